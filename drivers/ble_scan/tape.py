"""This is where what a radio hears is recorded so that nobody can be told from it.

Addresses and rotating ids are replaced under a key that is thrown away after the recording; the
same one is replaced by the same one throughout. Of everything else only what says what kind of
device it was is kept: flags, power, 16-bit services, the maker. Names and contents are not.
"""

from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, Final

from drivers.ble_scan import btsnoop
from drivers.ble_scan.advertisement import BROKEN, FLAGS, MANUFACTURER, TX_POWER, structures
from drivers.ble_scan.ephemeral import EID_START, ID_AT, ID_END
from drivers.ble_scan.events import EventDecoder
from drivers.ble_scan.rebuilt import SERVICE_DATA, SHORT_UUID_SIZE, rebuilt_packet, structure
from drivers.ble_scan.records import H4_EVENT
from drivers.ble_scan.report import Report
from edge.driver.disguise import disguised_address
from edge.errors import RecordingError, StoreError
from edge.model.names import Instant

KIND_BITS: Final = 0xC0
"""Of a random address's first byte: static, resolvable or neither (Core 5.4, Vol 6, B, 1.3)."""

KEPT_WHOLE: Final = (FLAGS, TX_POWER, 0x02, 0x03)
"""Flags, power, lists of 16-bit services."""
CUT_AFTER: Final = {MANUFACTURER: 2, SERVICE_DATA[SHORT_UUID_SIZE]: SHORT_UUID_SIZE}
"""Bytes that are kept of others: the company, the service. Any other structure is left out."""
EID_HEAD: Final = ID_AT - 2
"""Bytes of service data in front of an id: UUID, frame type, power."""
EID_SIZE: Final = ID_END - ID_AT


class Mask:
    """Replaces identifiers under one throw-away key (32 bytes)."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def address(self, address: bytes, *, is_random: bool) -> bytes:
        """Give the address that stands for another; it keeps its kind and resolves to nobody."""
        made = disguised_address(address, key=self._key)
        if not is_random:
            return made
        return bytes((address[0] & KIND_BITS | made[0] & ~KIND_BITS,)) + made[1:]

    def payload(self, payload: bytes) -> bytes:
        """Give advertising data without anything that tells one device from another."""
        return b"".join(
            structure(kind, kept)
            for kind, value in structures(payload)
            if kind != BROKEN and (kept := self._kept(kind, value)) is not None
        )

    def _kept(self, kind: int, value: bytes) -> bytes | None:
        if kind in KEPT_WHOLE:
            return value
        if bytes((kind,)) + value[: len(EID_START) - 1] == EID_START:
            ephemeral = value[EID_HEAD : EID_HEAD + EID_SIZE]
            return value[:EID_HEAD] + self._ephemeral(ephemeral)
        return value[: CUT_AFTER[kind]] if kind in CUT_AFTER else None

    def _ephemeral(self, identifier: bytes) -> bytes:
        stand_in = blake2b(identifier, key=self._key, digest_size=EID_SIZE, person=b"eid").digest()
        return stand_in[: len(identifier)]


class SnoopTape:
    """A btsnoop file in the making; belongs to the event loop."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        self.left_out = 0
        """Packets and reports that could not be read, and so could not be made unlinkable."""
        self._file = file
        self._mask = Mask(key)
        self._decoder = EventDecoder()

    def write(self, at: Instant, raw: bytes) -> None:
        """Record the advertisements in one HCI packet, behind its H4 type byte.

        Raises: StoreError where the disk does not take them.
        """
        if raw[:1] != H4_EVENT:
            self.left_out += 1
            return
        for report in self._decoder.decode(at, raw[1:]):
            if isinstance(report, str):
                self.left_out += 1
            else:
                self._append(btsnoop.record(at, rebuilt_packet(self._masked(report))))

    def close(self) -> None:
        """Finish the file.

        Raises: StoreError where the disk does not take the rest.
        """
        try:
            self._file.close()
        except OSError as error:
            raise _full(error) from error

    def _masked(self, report: Report) -> Report:
        address = report.address
        return Report(
            address=address and self._mask.address(address, is_random=report.is_random),
            is_random=report.is_random,
            payload=self._mask.payload(report.payload),
            signal_dbm=report.signal_dbm,
        )

    def _append(self, record: bytes) -> None:
        try:
            self._file.write(record)
        except OSError as error:
            raise _full(error) from error


def open_snoop_tape(path: Path, key: bytes) -> SnoopTape:
    """Begin a btsnoop file of HCI packets; there must be none of that name.

    Each record goes to it at once: a crash leaves a file that can be read.

    Raises: RecordingError where it cannot be written.
    """
    try:
        file = path.open("xb", buffering=0)
        file.write(btsnoop.file_header(btsnoop.HCI_H4))
    except OSError as error:
        raise RecordingError(
            "cannot write the Bluetooth recording",
            where=str(path),
            why=error.strerror or type(error).__name__,
            remedy="name a new folder that this user may write to",
        ) from error
    return SnoopTape(file, key)


def _full(error: OSError) -> StoreError:
    return StoreError(
        "the Bluetooth recording cannot be written",
        why=error.strerror or type(error).__name__,
        remedy="make room on the disk",
    )
