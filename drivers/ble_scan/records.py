"""This is where a recorded file becomes dated advertising reports, whatever its format."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from drivers.ble_scan import btsnoop
from drivers.ble_scan.air import air_reports, bare_reports
from drivers.ble_scan.events import EventDecoder
from drivers.ble_scan.report import Decoded
from edge.driver.capture import Capture
from edge.driver.capture_stream import Stream
from edge.errors import RecordingError

PCAP_H4, PCAP_H4_DIRECTION, PCAP_MONITOR = 187, 201, 254
PCAP_AIR, PCAP_AIR_RADIO = 251, 256
PREFIX: Final = 4
"""Bytes in front of the packet: a direction (201), or adapter and opcode (254)."""

H4_EVENT: Final = b"\x04"
MONITOR_EVENT: Final = 3
"""Opcode of an HCI event (BlueZ, src/shared/btsnoop.h)."""
OPCODE_MASK: Final = 0xFFFF
"""The upper half of a monitor record's flags names the adapter."""
IS_RECEIVED_EVENT: Final = btsnoop.TO_HOST_EVENT
"""Flags of a bare HCI record: from the controller, and a command or an event."""

UNKNOWN_LINK: Final = "unknown link type"

Dated = tuple[int, Decoded]
"""Moment (ns since 1970) and what was heard."""


def dated_reports(path: Path) -> Iterator[Dated | str]:
    """Give what each packet of a file held, in its order; a text says why something is missing.

    Packets that hold no advertising report are passed over.

    Raises: RecordingError when the file cannot be opened or is of no format that is read here.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise _fault(path, error.strerror or type(error).__name__) from error
    with file:
        stream = Stream(file)
        link = btsnoop.datalink(stream)
        if link is not None and link not in btsnoop.DATALINKS:
            raise _fault(path, f"its btsnoop datalink is {link}")
        if link is not None:
            yield from _from_btsnoop(stream, link)
            if stream.damage:
                yield stream.damage
            return
    yield from _from_capture(Capture(path))


def _from_btsnoop(stream: Stream, link: int) -> Iterator[Dated]:
    decode = EventDecoder().decode
    for at_ns, _, data, flags in btsnoop.packets(stream, link):
        event = snoop_event(link, data, flags=flags)
        if event is not None and (heard := decode(at_ns, event)):
            yield at_ns, heard


def _from_capture(capture: Capture) -> Iterator[Dated | str]:
    decode = EventDecoder().decode
    for at_ns, link, data, _ in capture:
        if reader := AIR_READERS.get(link):
            heard: Decoded = reader(data)
        elif link in PCAP_LINKS:
            event = capture_event(link, data)
            heard = decode(at_ns, event) if event is not None else []
        else:
            heard = [UNKNOWN_LINK]
        if heard:
            yield at_ns, heard
    if capture.damage:
        yield capture.damage


AIR_READERS: Final[dict[int, Callable[[bytes], Decoded]]] = {
    PCAP_AIR: bare_reports,
    PCAP_AIR_RADIO: air_reports,
}
PCAP_LINKS: Final = (PCAP_H4, PCAP_H4_DIRECTION, PCAP_MONITOR)


def snoop_event(link: int, data: bytes, *, flags: int) -> bytes | None:
    """Give the HCI event in a btsnoop record, None where it holds something else."""
    if link == btsnoop.HCI_H4:
        return data[1:] if data[:1] == H4_EVENT else None
    if link == btsnoop.MONITOR:
        return data if flags & OPCODE_MASK == MONITOR_EVENT else None
    return data if flags & IS_RECEIVED_EVENT == IS_RECEIVED_EVENT else None


def capture_event(link: int, data: bytes) -> bytes | None:
    """Give the HCI event in a pcap packet, None where it holds something else."""
    if link == PCAP_MONITOR:
        is_event = int.from_bytes(data[2:PREFIX], "big") == MONITOR_EVENT
        return data[PREFIX:] if is_event else None
    packet = data if link == PCAP_H4 else data[PREFIX:]
    return packet[1:] if packet[:1] == H4_EVENT else None


def _fault(path: Path, why: str) -> RecordingError:
    return RecordingError(
        "cannot read the Bluetooth recording",
        where=str(path),
        why=why,
        remedy="record it with btmon -w FILE, or with tcpdump as pcap",
    )
