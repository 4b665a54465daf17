"""Captures of every format give the same packets; damage is a reason, never an exception."""

import gzip
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.driver.capture import Capture
from edge.errors import RecordingError

SECONDS, NANOSECONDS = 1_700_000_000, 123_456_789
AT_NS = SECONDS * 1_000_000_000 + NANOSECONDS
AT_US = AT_NS - 789
DATA = bytes(range(37))
LINK_TYPE = 127


def pcap(
    *frames: bytes, order: str = "<", magic: int = 0xA1B2C3D4, link_type: int = LINK_TYPE
) -> bytes:
    """Write a pcap file of frames that all came at the same moment."""
    fraction = NANOSECONDS if magic == 0xA1B23C4D else NANOSECONDS // 1000
    extra = bytes(8) if magic == 0xA1B2CD34 else b""
    whole = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 65535, link_type)
    for frame in frames:
        whole += struct.pack(f"{order}IIII", SECONDS, fraction, len(frame), len(frame) + 3)
        whole += extra + frame
    return whole


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    """Write a pcapng block."""
    body += bytes(-len(body) % 4)
    size = struct.pack(f"{order}I", len(body) + 12)
    return struct.pack(f"{order}I", kind) + size + body + size


def section(order: str = "<") -> bytes:
    """Write a section header block."""
    return block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(
    link_type: int = LINK_TYPE, *, order: str = "<", longest: int = 0, options: bytes = b""
) -> bytes:
    """Write an interface description block."""
    return block(1, struct.pack(f"{order}HHI", link_type, 0, longest) + options, order)


def enhanced(ticks: int, data: bytes, *, number: int = 0, order: str = "<") -> bytes:
    """Write an enhanced packet block."""
    head = struct.pack(
        f"{order}IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data) + 3
    )
    return block(6, head + data, order)


def read(tmp_path: Path, whole: bytes) -> tuple[list[tuple[int, int, bytes, int]], str | None]:
    """Write a file of these bytes and read it as a capture."""
    path = tmp_path / "capture"
    path.write_bytes(whole)
    capture = Capture(path)
    return list(capture), capture.damage


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("magic", "at_ns"), [(0xA1B2C3D4, AT_US), (0xA1B23C4D, AT_NS), (0xA1B2CD34, AT_US)]
)
def test_every_pcap_magic_in_both_byte_orders_gives_the_packet_and_its_moment(
    tmp_path: Path, order: str, magic: int, at_ns: int
) -> None:
    whole = pcap(DATA, b"", order=order, magic=magic)

    packets, damage = read(tmp_path, whole)

    assert packets == [(at_ns, LINK_TYPE, DATA, 40), (at_ns, LINK_TYPE, b"", 3)]
    assert damage is None


def test_the_upper_half_of_the_link_type_field_is_no_part_of_the_link_type(tmp_path: Path) -> None:
    whole = pcap(DATA, link_type=0x5400_0069)

    packets, _ = read(tmp_path, whole)

    assert packets[0][1] == 105


@pytest.mark.parametrize("order", ["<", ">"])
def test_an_enhanced_packet_block_carries_its_interfaces_link_type_and_time(
    tmp_path: Path, order: str
) -> None:
    resolution = struct.pack(f"{order}HHB3x", 9, 1, 9)
    offset = struct.pack(f"{order}HHq", 14, 8, 3600)
    end = struct.pack(f"{order}HH", 0, 0)
    ignored = struct.pack(f"{order}HHq", 14, 8, 7200)
    whole = (
        section(order)
        + interface(105, order=order)
        + interface(order=order, options=resolution + offset + end + ignored)
        + enhanced(AT_US // 1000, DATA, order=order)
        + enhanced(AT_NS, DATA, number=1, order=order)
    )

    packets, damage = read(tmp_path, whole)

    assert packets == [
        (AT_US, 105, DATA, 40),
        (AT_NS + 3600 * 1_000_000_000, LINK_TYPE, DATA, 40),
    ]
    assert damage is None


def test_a_resolution_can_be_a_power_of_two(tmp_path: Path) -> None:
    half_seconds = struct.pack("<HHB3x", 9, 1, 0x80 | 1)
    whole = section() + interface(options=half_seconds) + enhanced(3, DATA)

    packets, _ = read(tmp_path, whole)

    assert packets[0][0] == 1_500_000_000


def test_every_section_starts_with_a_byte_order_and_interfaces_of_its_own(tmp_path: Path) -> None:
    whole = section("<") + interface() + enhanced(1, DATA)
    whole += section(">") + interface(105, order=">") + enhanced(2, DATA, order=">")

    packets, damage = read(tmp_path, whole)

    assert [packet[:2] for packet in packets] == [(1000, LINK_TYPE), (2000, 105)]
    assert damage is None


def test_a_simple_packet_block_has_no_time_and_is_cut_at_its_interfaces_length(
    tmp_path: Path,
) -> None:
    whole = section() + interface(longest=4) + block(3, struct.pack("<I", 9) + b"abcd")

    packets, damage = read(tmp_path, whole)

    assert packets == [(0, LINK_TYPE, b"abcd", 9)]
    assert damage is None


def test_an_old_packet_block_is_read(tmp_path: Path) -> None:
    head = struct.pack("<HHIIII", 0, 7, 0, 5, len(DATA), 99)
    whole = section() + interface() + block(2, head + DATA)

    packets, _ = read(tmp_path, whole)

    assert packets == [(5000, LINK_TYPE, DATA, 99)]


def test_blocks_of_unknown_kind_are_skipped(tmp_path: Path) -> None:
    whole = section() + block(0xBAD, b"?" * 9) + interface() + block(5, b"") + enhanced(1, DATA)

    packets, damage = read(tmp_path, whole)

    assert len(packets) == 1
    assert damage is None


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


def test_an_interface_too_short_to_have_a_link_type_keeps_its_number(tmp_path: Path) -> None:
    whole = section() + block(1, b"abcd") + interface() + enhanced(1, DATA, number=1)

    packets, damage = read(tmp_path, whole)

    assert [packet[1] for packet in packets] == [LINK_TYPE]
    assert damage is None


def test_gzip_is_told_by_its_bytes_and_may_have_several_members_and_padding(tmp_path: Path) -> None:
    whole = pcap(DATA, DATA)

    packets, damage = read(
        tmp_path, gzip.compress(whole[:50]) + gzip.compress(whole[50:]) + bytes(512)
    )

    assert len(packets) == 2
    assert damage is None


def test_a_capture_larger_than_a_piece_is_read_whole(tmp_path: Path) -> None:
    frames = [bytes([number % 251]) * (number % 2000) for number in range(1500)]

    plain, damage = read(tmp_path, pcap(*frames))
    packed, _ = read(tmp_path, gzip.compress(pcap(*frames)))
    blocks, _ = read(
        tmp_path, section() + interface() + b"".join(enhanced(1, frame) for frame in frames)
    )

    assert [packet[2] for packet in plain] == frames
    assert [packet[2] for packet in packed] == frames
    assert [packet[2] for packet in blocks] == frames
    assert damage is None


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
