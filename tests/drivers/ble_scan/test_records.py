"""A recording gives the same reports whatever format it is in."""

import gzip
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.ble_scan.air import air_reports, bare_reports
from drivers.ble_scan.records import Dated, dated_reports
from drivers.ble_scan.report import Report
from edge.errors import RecordingError
from tests.drivers.ble_scan.bytes_of import (
    ADDRESS,
    START,
    btsnoop,
    eid_payload,
    event,
    legacy,
    on_air,
    pcap,
    with_radio,
)

SECOND = 10**9
EVENT = event(0x02, legacy(eid_payload()))
REPORT = Report(address=ADDRESS, is_random=True, payload=eid_payload(), signal_dbm=-60)
COMMAND = b"\x01\x0c\x20\x02\x01\x00"


def read(tmp_path: Path, content: bytes) -> list[Dated | str]:
    path = tmp_path / "recording"
    path.write_bytes(content)
    return list(dated_reports(path))


@pytest.mark.parametrize(
    "content",
    [
        btsnoop(EVENT, EVENT, link=2001, flags=3),
        btsnoop(EVENT, EVENT, link=2001, flags=0x0001_0003),
        btsnoop(EVENT, EVENT, link=1001, flags=3),
        btsnoop(b"\x04" + EVENT, b"\x04" + EVENT, link=1002, flags=3),
        gzip.compress(btsnoop(EVENT, EVENT), mtime=0),
        pcap(b"\x04" + EVENT, b"\x04" + EVENT, link=187),
        pcap(b"\0\0\0\x01\x04" + EVENT, b"\0\0\0\x01\x04" + EVENT, link=201),
        pcap(b"\0\0\0\x03" + EVENT, b"\0\0\0\x03" + EVENT, link=254),
        gzip.compress(pcap(b"\x04" + EVENT, b"\x04" + EVENT, link=187), mtime=0),
    ],
)
def test_every_format_gives_the_same_dated_reports(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path, content) == [(START, [REPORT]), (START + SECOND, [REPORT])]


@pytest.mark.parametrize(
    "content",
    [
        btsnoop(EVENT, link=2001, flags=5),
        btsnoop(EVENT, link=1001, flags=1),
        btsnoop(b"\x01" + COMMAND, b"", link=1002),
        pcap(b"\x01" + COMMAND, b"", link=187),
        pcap(b"\0\0\0\0\x01" + COMMAND, b"\0\0", link=201),
        pcap(b"\0\0\0\x02" + COMMAND, b"\0", link=254),
        btsnoop(b"\x0e\x04\x01\x0c\x20\x00"),
    ],
)
def test_packets_without_a_report_are_passed_over(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path, content) == []


def test_a_btsnoop_moment_is_exact_to_the_microsecond(tmp_path: Path) -> None:
    entries = read(tmp_path, btsnoop(EVENT, start_s=1_773_478_800.123457))

    assert entries == [(1_773_478_800_123_457_000, [REPORT])]


def test_a_recording_cut_in_its_last_record_keeps_the_ones_before(tmp_path: Path) -> None:
    whole = btsnoop(EVENT, EVENT)

    entries = read(tmp_path, whole[:-1])

    assert entries == [(START, [REPORT]), "record cut short"]


def test_a_record_of_impossible_length_ends_the_reading(tmp_path: Path) -> None:
    whole = btsnoop(EVENT) + struct.pack(">IIIIq", 1, 1 << 30, 3, 0, 0) + bytes(100)

    entries = read(tmp_path, whole)

    assert entries == [(START, [REPORT]), "record length out of bounds"]


def test_a_capture_cut_in_its_last_record_keeps_the_ones_before(tmp_path: Path) -> None:
    whole = pcap(b"\x04" + EVENT, b"\x04" + EVENT, link=187)

    entries = read(tmp_path, whole[:-1])

    assert entries == [(START, [REPORT]), "record cut short"]


def test_packets_of_another_radio_are_counted(tmp_path: Path) -> None:
    assert read(tmp_path, pcap(b"\0" * 20, link=127)) == [(START, ["unknown link type"])]


@pytest.mark.parametrize(
    "content", [b"", b"btsnoop", b"{}\n", btsnoop(EVENT, link=1003), b"btsnoop\0\0\0\0\x01"]
)
def test_a_file_of_another_format_is_refused_as_a_whole(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(RecordingError):
        read(tmp_path, content)


def test_a_file_that_is_not_there_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"nowhere\.btsnoop"):
        list(dated_reports(tmp_path / "nowhere.btsnoop"))


@pytest.mark.parametrize("kind", [0, 2, 4, 6])
def test_a_sniffers_advertisements_are_read(tmp_path: Path, kind: int) -> None:
    packet = on_air(eid_payload(), kind=kind)
    unheard = Report(address=ADDRESS, is_random=True, payload=eid_payload(), signal_dbm=None)
    heard = Report(address=ADDRESS, is_random=True, payload=eid_payload(), signal_dbm=-70)

    assert read(tmp_path, pcap(packet, link=251)) == [(START, [unheard])]
    assert read(tmp_path, pcap(with_radio(packet), link=256)) == [(START, [heard])]


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        (with_radio(on_air(b""), flags=0x0002), ["still whitened"]),
        (with_radio(on_air(b""), flags=0x0403), ["bad checksum"]),
        (with_radio(on_air(b""))[:9], ["broken report"]),
        (with_radio(on_air(b"", kind=3)), []),
        (with_radio(on_air(b"", kind=7)), ["extended advert"]),
        (with_radio(on_air(b"abcdef")[:-5]), ["broken report"]),
        (with_radio(on_air(b"")[:4]), ["broken report"]),
        (with_radio(b"\0\0\0\0\0\x06" + bytes(6)), []),
    ],
)
def test_what_a_sniffer_got_wrong_is_counted(packet: bytes, expected: list[str]) -> None:
    assert air_reports(packet) == expected


def test_a_public_address_on_the_air_is_no_random_one() -> None:
    (report,) = bare_reports(on_air(b"", is_random=False))

    assert isinstance(report, Report)
    assert not report.is_random


@given(data=st.binary(max_size=60), is_sound=st.booleans())
def test_any_bytes_of_a_sniffer_do_no_harm(data: bytes, *, is_sound: bool) -> None:
    packet = with_radio(on_air(b"")[:5] + data) if is_sound else data

    for report in [*air_reports(packet), *bare_reports(packet)]:
        assert isinstance(report, Report | str)
