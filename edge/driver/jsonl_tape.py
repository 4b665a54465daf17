"""This is where a recorded file of JSON lines is written, in the form that `json_lines` reads."""

from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from edge.errors import RecordingError, StoreError
from edge.model.names import Instant

MICROSECOND: Final = 1_000
MICROSECONDS_A_SECOND: Final = 1_000_000


class LineTape:
    """A file of JSON lines that is being written; what it is given is written as it is."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path = path
        self._file = file

    def append(self, at: Instant, fields: Mapping[str, object]) -> None:
        """Write one object with its moment, to the microsecond.

        Raises: StoreError when the disk refuses it.
        """
        seconds = at // MICROSECOND / MICROSECONDS_A_SECOND
        line = msgspec.json.encode({"t": seconds, **fields})
        try:
            self._file.write(line + b"\n")
        except OSError as error:
            raise self._fault(error) from error

    def close(self) -> None:
        """Finish the file.

        Raises: StoreError when the disk refuses the last lines.
        """
        try:
            self._file.close()
        except OSError as error:
            raise self._fault(error) from error

    def _fault(self, error: OSError) -> StoreError:
        return StoreError(
            "cannot write the recording",
            where=str(self._path),
            why=error.strerror or type(error).__name__,
            remedy="make room on the disk, or record to another folder",
        )


def begin_lines(path: Path) -> LineTape:
    """Begin a file that is not there yet; each line goes to it at once, a crash loses none.

    Raises: RecordingError when it is there, or cannot be made.
    """
    try:
        return LineTape(path, path.open("xb", buffering=0))
    except OSError as error:
        raise RecordingError(
            "cannot begin the recorded file",
            where=str(path),
            why=error.strerror or type(error).__name__,
            remedy="name a new folder that this user may write to",
        ) from error
