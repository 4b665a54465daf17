"""Damage to a capture is a reason, never an exception; what is no capture is refused."""

import gzip
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.driver.capture import Capture
from edge.errors import RecordingError
from tests.driver.captures import DATA, block, enhanced, interface, pcap, read, section


@pytest.mark.parametrize(
    "lost",
    [
        enhanced(1, DATA, number=1),
        block(6, b"short"),
        block(6, struct.pack("<IIIII", 0, 0, 0, 999, 999)),
        block(3, b""),
        block(3, struct.pack("<I", 999)),
    ],
    ids=["no such interface", "short", "longer than its block", "empty simple", "long simple"],
)
def test_a_packet_block_that_makes_no_sense_is_left_out_and_the_rest_is_read(
    tmp_path: Path, lost: bytes
) -> None:
    whole = section() + interface() + lost + enhanced(1, DATA)

    packets, damage = read(tmp_path, whole)

    assert [packet[2] for packet in packets] == [DATA]
    assert damage == "packet block makes no sense"


def test_a_damaged_gzip_gives_what_came_before_the_damage(tmp_path: Path) -> None:
    frames = [struct.pack("<I", number * 2654435761 % 2**32) * 9 for number in range(4000)]
    packed = bytearray(gzip.compress(pcap(*frames)))
    middle = len(packed) // 2
    packed[middle : middle + 64] = b"\xff" * 64

    packets, damage = read(tmp_path, bytes(packed))

    assert damage == "gzip damaged"
    assert 1000 < len(packets) < 4000
    assert [packet[2] for packet in packets[:1000]] == frames[:1000]


def test_a_record_of_impossible_length_ends_the_reading(tmp_path: Path) -> None:
    whole = bytearray(pcap(DATA, DATA))
    whole[24 + 16 + 37 + 8 :] = b"\xff\xff\xff\x7f"

    packets, damage = read(tmp_path, bytes(whole) + bytes(400_000))

    assert len(packets) == 1
    assert damage == "record length out of bounds"


@pytest.mark.parametrize(
    ("tail", "reason"),
    [
        (struct.pack("<IIIx", 6, 13, 13), "block lengths make no sense"),
        (struct.pack("<III", 6, 12, 16), "block lengths make no sense"),
        (struct.pack("<III", 6, 0, 0), "block lengths make no sense"),
        (struct.pack("<III", 6, 2**31, 0), "block lengths make no sense"),
        (bytes.fromhex("0a0d0d0a1c0000001a2b3c4e"), "byte order unknown"),
    ],
)
def test_blocks_that_make_no_sense_end_the_reading(
    tmp_path: Path, tail: bytes, reason: str
) -> None:
    whole = section() + interface() + enhanced(1, DATA) + tail

    packets, damage = read(tmp_path, whole)

    assert len(packets) == 1
    assert damage == reason


def test_reading_again_gives_the_same_packets(tmp_path: Path) -> None:
    path = tmp_path / "capture"
    path.write_bytes(pcap(DATA, DATA)[:-1])
    capture = Capture(path)

    first = list(capture)
    again = list(capture)

    assert first == again
    assert capture.damage == "record cut short"


@pytest.mark.parametrize("whole", [b"", b"PK\x03\x04rest of it", b"\xa1\xb2"])
def test_a_file_that_is_no_capture_is_refused_with_a_remedy(tmp_path: Path, whole: bytes) -> None:
    with pytest.raises(RecordingError) as refusal:
        read(tmp_path, whole)

    assert "tcpdump -w" in refusal.value.remedy


def test_a_file_that_is_not_there_is_refused_with_a_remedy(tmp_path: Path) -> None:
    capture = Capture(tmp_path / "nowhere.pcap")

    with pytest.raises(RecordingError) as refusal:
        list(capture)

    assert "may read" in refusal.value.remedy


WHOLES = {
    "pcap": pcap(DATA, DATA, DATA),
    "pcapng": section() + interface() + enhanced(1, DATA) + enhanced(2, DATA) + enhanced(3, DATA),
    "gzip": gzip.compress(pcap(DATA, DATA, DATA), mtime=0),
}


@pytest.mark.parametrize("form", WHOLES)
def test_any_cut_gives_the_packets_before_it_and_a_reason(tmp_path: Path, form: str) -> None:
    whole = WHOLES[form]
    complete, _ = read(tmp_path, whole)
    path = tmp_path / "cut"

    for end in range(4, len(whole)):
        path.write_bytes(whole[:end])
        capture = Capture(path)
        try:
            packets = list(capture)
        except RecordingError:
            assert form == "gzip"
            assert end < 40
            continue
        assert packets == complete[: len(packets)]
        assert capture.damage is not None or _ends_between_records(form, end)


def _ends_between_records(form: str, end: int) -> bool:
    starts = {"pcap": (24, 77, 130), "pcapng": (28, 48, 120, 192), "gzip": ()}
    return end in starts[form]


@given(
    magic=st.sampled_from(
        [
            "d4c3b2a1",
            "a1b2c3d4",
            "4d3cb2a1",
            "a1b23c4d",
            "34cdb2a1",
            "a1b2cd34",
            "1f8b",
            "0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000",
        ]
    ),
    rest=st.binary(max_size=300),
)
def test_any_bytes_behind_any_magic_end_in_packets_or_a_reason(
    tmp_path_factory: pytest.TempPathFactory, magic: str, rest: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(bytes.fromhex(magic) + rest)
    capture = Capture(path)

    try:
        packets = list(capture)
    except RecordingError:
        assert magic == "1f8b"
        return

    assert packets or capture.damage or len(rest) == 20 or magic.startswith("0a0d")


@given(
    whole=st.sampled_from(sorted(WHOLES)),
    place=st.integers(0, 10_000),
    value=st.integers(0, 255),
)
def test_any_changed_byte_ends_in_packets_a_reason_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, whole: str, place: int, value: int
) -> None:
    changed = bytearray(WHOLES[whole])
    place %= len(changed)
    changed[place] = value
    path = tmp_path_factory.getbasetemp() / "changed"
    path.write_bytes(changed)

    try:
        packets = list(Capture(path))
    except RecordingError:
        assert place < 30
        return

    assert len(packets) <= 10
