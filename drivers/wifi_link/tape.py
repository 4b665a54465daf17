"""This is where live changes are recorded, with stand-ins in the place of addresses."""

from pathlib import Path

import msgspec

from drivers.wifi_link.decode import LinkChange, read_change
from drivers.wifi_link.handing import record_of
from edge.driver.disguise import disguised_address
from edge.driver.jsonl_tape import LineTape, begin_lines
from edge.model.names import Instant


class LinkTape:
    """Records changes of associations; accounts and names of networks never reach it."""

    def __init__(self, file: LineTape, *, key: bytes) -> None:
        self._file = file
        self._key = key

    def write(self, at: Instant, raw: bytes) -> None:
        """Record one object as `replay` reads it; one that is no change is left out.

        Raises: StoreError when the disk refuses it.
        """
        change = read_change(msgspec.json.decode(raw, type=dict))
        if not isinstance(change, str):
            stand_in = disguised_address(change.address, key=self._key)
            disguised = LinkChange(address=stand_in, joined=change.joined)
            self._file.append(at, msgspec.json.decode(record_of(disguised), type=dict))

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


def begin_tape(path: Path, *, key: bytes) -> LinkTape:
    """Begin a recorded file.

    Raises: RecordingError when it is there already or cannot be made.
    """
    return LinkTape(begin_lines(path), key=key)
