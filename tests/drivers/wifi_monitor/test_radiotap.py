"""Radiotap headers are read as their specification and its test vectors say."""

import re
import struct
from pathlib import Path

import pytest

from drivers.wifi_monitor.decode import Decoder, ProbeRequest
from drivers.wifi_monitor.fcs import BadFcs, FcsMode, FcsRule
from drivers.wifi_monitor.layouts import MOST_LAYOUTS
from drivers.wifi_monitor.opening import Opener
from drivers.wifi_monitor.radiotap import fields, present_words, read_radiotap
from edge.driver.capture import Capture
from tests.drivers.wifi_monitor.frames import RADIOTAP, probe, radiotap, usual

MORE, VENDOR, BACK = 1 << 31, 1 << 30, 1 << 29
FLAGS, CHANNEL, SIGNAL, ANTENNA = 1 << 1, 1 << 3, 1 << 5, 1 << 11


def decoded(frame: bytes) -> ProbeRequest:
    """Decode twice, so that a remembered layout is used as well."""
    decoder = Decoder()
    first, again = decoder.decode(RADIOTAP, frame), decoder.decode(RADIOTAP, frame)
    assert first == again
    assert isinstance(again, ProbeRequest)
    return again


def test_the_fields_of_a_common_header_are_found() -> None:
    frame = usual(signal_dbm=-71, frequency_mhz=2462) + probe()

    heard = decoded(frame)

    assert (heard.signal_dbm, heard.frequency_mhz, heard.sequence) == (-71, 2462, 291)


def test_alignment_counts_from_the_headers_start_behind_chained_present_words() -> None:
    words = (1 | FLAGS | CHANNEL | SIGNAL | BACK | MORE, SIGNAL | ANTENNA)
    # TSFT must stand at 16, because 12 is no multiple of 8.
    body = bytes(4) + bytes(8) + struct.pack("<BxHHb", 0, 2412, 0, -40) + struct.pack("<bB", -60, 1)

    heard = decoded(radiotap(body, *words) + probe())

    assert (heard.signal_dbm, heard.frequency_mhz) == (-40, 2412)


def test_of_several_antennas_signals_the_first_counts() -> None:
    words = (SIGNAL | BACK | MORE, SIGNAL | ANTENNA | BACK | MORE, SIGNAL | ANTENNA)
    body = struct.pack("<bbBbB", -30, -70, 0, -90, 1)

    heard = decoded(radiotap(body, *words) + probe())

    assert heard.signal_dbm == -30


def test_a_signal_that_only_a_later_word_announces_is_found() -> None:
    words = (FLAGS | BACK | MORE, SIGNAL | ANTENNA)

    heard = decoded(radiotap(struct.pack("<BbB", 0, -44, 0), *words) + probe())

    assert heard.signal_dbm == -44


def test_a_later_word_may_announce_what_an_earlier_one_left_out() -> None:
    words = (SIGNAL | BACK | MORE, FLAGS | CHANNEL)

    heard = decoded(radiotap(struct.pack("<bBHH", -44, 0, 2412, 0), *words) + probe())

    assert (heard.signal_dbm, heard.frequency_mhz) == (-44, 2412)


def test_two_chains_with_the_same_first_word_are_told_apart() -> None:
    one = radiotap(struct.pack("<BbBx", 0, -44, 0), FLAGS | BACK | MORE, SIGNAL | ANTENNA)
    other = radiotap(struct.pack("<BBbx", 0, 9, -55), FLAGS | BACK | MORE, ANTENNA | 1 << 5)
    third = radiotap(struct.pack("<BBxx", 0, 9), FLAGS | BACK | MORE, ANTENNA)
    decoder = Decoder()

    signals = []
    for header in (one, third, other, one, third):
        heard = decoder.decode(RADIOTAP, header + probe())
        assert isinstance(heard, ProbeRequest)
        signals.append(heard.signal_dbm)

    assert signals == [-44, None, 9, -44, None]


def test_a_vendors_fields_are_skipped_by_their_length() -> None:
    words = (FLAGS | VENDOR | MORE, 0xFFFF | BACK | MORE, SIGNAL)
    vendor = struct.pack("<3sBH", b"\x00\x11\x22", 7, 5) + b"\x80" * 5

    heard = decoded(radiotap(b"\x00" + b"\x00" + vendor + struct.pack("<b", -33), *words) + probe())

    assert heard.signal_dbm == -33


def test_a_vendors_length_may_change_from_frame_to_frame() -> None:
    words = (FLAGS | VENDOR | MORE, BACK | MORE, SIGNAL)
    decoder = Decoder()

    signals = []
    for size in (1, 3):
        vendor = struct.pack("<3sBH", b"\x00\x11\x22", 7, size) + b"\x80" * size
        padding = bytes(3 - size)
        header = radiotap(bytes(2) + vendor + struct.pack("<b", -20 - size) + padding, *words)
        heard = decoder.decode(RADIOTAP, header + probe())
        assert isinstance(heard, ProbeRequest)
        signals.append(heard.signal_dbm)

    assert signals == [-21, -23]


def test_a_vendors_length_beyond_the_header_loses_the_fields_behind_it_only() -> None:
    words = (SIGNAL | VENDOR | MORE, BACK | MORE, CHANNEL)
    vendor = struct.pack("<3sBH", b"\x00\x11\x22", 7, 9999)

    heard = decoded(radiotap(struct.pack("<bx", -33) + vendor + bytes(8), *words) + probe())

    assert (heard.signal_dbm, heard.frequency_mhz) == (-33, None)


def test_in_tlv_mode_fields_carry_their_own_type_and_length() -> None:
    tagged = (
        struct.pack("<HH4s", 34, 3, b"EHT")
        + struct.pack("<HHb3x", 5, 1, -61)
        + struct.pack("<HHHH", 3, 4, 5180, 0x140)
    )

    heard = decoded(radiotap(tagged, 1 << 28) + probe())

    assert (heard.signal_dbm, heard.frequency_mhz) == (-61, 5180)


def test_a_tlv_that_is_shorter_than_its_field_or_longer_than_the_header_ends_the_reading() -> None:
    short = radiotap(struct.pack("<HHxxxx", 3, 2), 1 << 28)
    long = radiotap(struct.pack("<HHbxxx", 5, 200, -61), 1 << 28)

    assert decoded(short + probe()).frequency_mhz is None
    assert decoded(long + probe()).signal_dbm is None


def test_a_field_nobody_has_defined_ends_the_reading_because_its_size_is_unknown() -> None:
    words = (SIGNAL | MORE, 1 << 3)  # bit 35

    heard = decoded(radiotap(struct.pack("<bx", -33) + bytes(8), *words) + probe())

    assert (heard.signal_dbm, heard.frequency_mhz) == (-33, None)


def test_a_field_that_does_not_fit_into_the_header_is_not_read_from_the_frame() -> None:
    heard = decoded(radiotap(b"\x00", FLAGS | SIGNAL, length=9) + probe())

    assert heard.signal_dbm is None


def test_frequency_zero_is_unknown() -> None:
    assert decoded(usual(frequency_mhz=0) + probe()).frequency_mhz is None


def test_a_header_without_a_signal_has_none() -> None:
    header = radiotap(struct.pack("<HH", 2412, 0), CHANNEL)

    heard = decoded(header + probe())

    assert (heard.signal_dbm, heard.frequency_mhz) == (None, 2412)


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"", "radio header cut short"),
        (b"\x00" * 7, "radio header cut short"),
        (radiotap(bytes(4), 0, length=200) + probe(), "radio header cut short"),
        (radiotap(bytes(4), 0, length=7) + probe(), "radio header malformed"),
        (b"\x01" + usual()[1:] + probe(), "radio header malformed"),
        (radiotap(b"", MORE, MORE) + probe(), "radio header malformed"),
        (usual(), "frame cut short"),
        (usual() + probe()[:23], "frame cut short"),
        (usual() + b"\xd4\x00" + bytes(8), "not a probe request"),
    ],
)
def test_a_frame_that_cannot_be_read_is_refused_with_a_reason_however_often(
    frame: bytes, reason: str
) -> None:
    decoder = Decoder()
    decoder.decode(RADIOTAP, usual() + probe())

    assert [decoder.decode(RADIOTAP, frame) for _ in range(2)] == [reason] * 2


def test_a_known_layout_does_not_hide_that_the_header_was_cut() -> None:
    decoder = Decoder()
    decoder.decode(RADIOTAP, usual() + probe())

    assert decoder.decode(RADIOTAP, usual()[:-1]) == "radio header cut short"


def test_another_link_type_is_not_opened_with_a_radiotap_layout() -> None:
    opener = Decoder()
    opener.decode(RADIOTAP, usual() + probe())

    assert opener.decode(105, usual() + probe()) == "not a probe request"


def test_made_up_headers_do_not_fill_the_memory() -> None:
    opener = Opener(FcsRule(FcsMode.AUTO, BadFcs.FLAGGED))

    for length in range(9, 9 + 3 * MOST_LAYOUTS):
        opener.open(RADIOTAP, radiotap(bytes(length - 8), SIGNAL) + probe())

    assert len(opener._known) <= MOST_LAYOUTS


def test_a_remembered_layout_reads_what_walking_through_the_fields_reads(captures: Path) -> None:
    compared = 0
    for path in sorted((captures / "wifi" / "iphones_and_androids").glob("*.pcap")):
        opener = Opener(FcsRule(FcsMode.AUTO, BadFcs.FLAGGED))
        for _, link_type, frame, _ in Capture(path):
            opened, walked = opener.open(link_type, frame), read_radiotap(frame)
            assert not isinstance(opened, str)
            assert opened[:4] == walked
            compared += 1

    assert compared > 2000


# The one vector left out asks for a check sequence in the header, which an extinct system wrote.
VECTORS = ["0", "00", "0v0-2", "0v0-3", "0v0-4", "0v0", "1", "unparsed-vendor"]


@pytest.mark.parametrize("name", [*VECTORS, "malformed-vendor"])
def test_the_vectors_of_the_radiotap_library_give_the_fields_it_prints(
    captures: Path, name: str
) -> None:
    folder = captures / "wifi" / "parser_corpus" / "radiotap-library_check" / "check"
    header = (folder / f"{name}.bin").read_bytes()
    printed = (folder / f"{name}.out").read_text()
    words = present_words(header)
    assert not isinstance(words, str)

    found = [_print(header, bit, place) for bit, place in fields(header, words)]

    expected = re.findall(
        r"^\t(TSFT: \d+|flags: \w+|rate: [\d.]+|RX flags: \w+)", printed, re.MULTILINE
    )
    assert [line for line in found if line] == expected


def _print(header: bytes, bit: int, place: int) -> str:
    if bit == 0:
        return f"TSFT: {struct.unpack_from('<Q', header, place)[0]}"
    if bit == 1:
        return f"flags: {header[place]:02x}"
    if bit == 2:
        return f"rate: {header[place] / 2:f}"
    if bit == 14:
        return f"RX flags: {struct.unpack_from('<H', header, place)[0]:04x}"
    return ""
