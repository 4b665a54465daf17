"""Captures of every format give the same packets."""

import gzip
import struct
from pathlib import Path

import pytest

from tests.driver.captures import (
    AT_NS,
    AT_US,
    DATA,
    LINK_TYPE,
    block,
    enhanced,
    interface,
    pcap,
    read,
    section,
)


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
