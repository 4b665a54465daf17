"""Probe requests are told from other frames and read down to the ids of their elements."""

import struct

import pytest

from drivers.wifi_monitor.decode import Decoder, ProbeRequest
from drivers.wifi_monitor.elements import ElementMemo, describe
from drivers.wifi_monitor.fcs import BadFcs, FcsMode
from tests.drivers.wifi_monitor.frames import (
    ADDRESS,
    BARE,
    BROADCAST,
    ELEMENTS,
    IDS,
    RADIOTAP,
    probe,
    usual,
    with_fcs,
)

HAS_FCS, BAD_FCS = 0x10, 0x40
WRONG_FCS = b"\xde\xad\xbe\xef"


def decoded(frame: bytes, *, fcs: FcsMode = FcsMode.AUTO, flags: int = 0) -> ProbeRequest:
    heard = Decoder(fcs=fcs).decode(RADIOTAP, usual(flags=flags) + frame)
    assert isinstance(heard, ProbeRequest)
    return heard


def test_a_probe_request_says_who_and_what() -> None:
    heard = decoded(probe())

    assert heard.address == ADDRESS
    assert heard.receiver == BROADCAST
    assert heard.sequence == 291
    assert heard.elements.ids == IDS
    assert heard.elements.vendors == (b"\x00\x50\xf2\x08",)
    assert heard.elements.channel == 6
    assert heard.elements.is_whole


def test_the_channel_a_sender_names_stands_beside_the_radios_own() -> None:
    frame = usual(frequency_mhz=2412) + probe()

    heard = Decoder().decode(RADIOTAP, frame)

    assert isinstance(heard, ProbeRequest)
    assert (heard.elements.channel, heard.frequency_mhz) == (6, 2412)


def test_a_retry_and_a_probe_to_one_access_point_are_probes() -> None:
    heard = decoded(probe(control=0x0840, receiver=b"\x02" * 6))

    assert heard.is_retry
    assert heard.receiver == b"\x02" * 6
    assert not decoded(probe()).is_retry


def test_the_order_bit_puts_ht_control_before_the_elements() -> None:
    heard = decoded(probe(b"\xde\xad\xbe\xef" + ELEMENTS, control=0x8040))

    assert heard.elements.ids == IDS


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (probe(control=0x4040), "protected frame"),
        (probe(control=0x0440), "fragmented frame"),
        (probe(fragment=1), "fragmented frame"),
        (probe(control=0x0080), "not a probe request"),
        (probe(control=0x0041), "not a probe request"),
        (probe()[:23], "frame cut short"),
        (b"\x80\x00", "not a probe request"),
    ],
)
def test_what_is_no_readable_probe_request_is_refused_with_a_reason(
    frame: bytes, reason: str
) -> None:
    decoder = Decoder()

    for link_type, header in ((RADIOTAP, usual()), (RADIOTAP, usual()), (BARE, b"")):
        assert decoder.decode(link_type, header + frame) == reason
        assert decoder.sight(link_type, header + frame) == reason


def test_a_sighting_holds_address_sequence_and_signal() -> None:
    assert Decoder().sight(RADIOTAP, usual(signal_dbm=-77) + probe()) == (ADDRESS, 291, -77)
    assert Decoder().sight(BARE, probe()) == (ADDRESS, 291, None)


@pytest.mark.parametrize("flags", [0, HAS_FCS])
@pytest.mark.parametrize("frame", [probe(), with_fcs(probe()), probe() + WRONG_FCS])
def test_auto_finds_the_end_of_the_elements_whatever_the_flag_says(
    flags: int, frame: bytes
) -> None:
    heard = decoded(frame, flags=flags)

    assert heard.elements.ids == IDS
    assert heard.elements.is_whole


def test_a_right_check_sequence_is_not_taken_for_an_element() -> None:
    frames = (with_fcs(probe(sequence=number)) for number in range(4096))
    (frame, *_) = [frame for frame in frames if frame[-3] == 2]

    assert describe(frame[24:]).is_whole
    assert decoded(frame).elements.ids == IDS


@pytest.mark.parametrize(
    ("mode", "flags", "frame", "is_whole"),
    [
        (FcsMode.FLAG, 0, probe(), True),
        (FcsMode.FLAG, 0, with_fcs(probe()), False),
        (FcsMode.FLAG, HAS_FCS, with_fcs(probe()), True),
        (FcsMode.FLAG, HAS_FCS, probe(), False),
        (FcsMode.ALWAYS, 0, with_fcs(probe()), True),
        (FcsMode.ALWAYS, 0, probe(), False),
        (FcsMode.NEVER, HAS_FCS, probe(), True),
        (FcsMode.NEVER, HAS_FCS, with_fcs(probe()), False),
    ],
)
def test_the_other_modes_take_their_word(
    mode: FcsMode, flags: int, frame: bytes, *, is_whole: bool
) -> None:
    assert decoded(frame, fcs=mode, flags=flags).elements.is_whole is is_whole


@pytest.mark.parametrize(
    ("rule", "flags", "frame", "is_used"),
    [
        (BadFcs.FLAGGED, HAS_FCS | BAD_FCS, with_fcs(probe()), False),
        (BadFcs.FLAGGED, HAS_FCS, probe() + WRONG_FCS, True),
        (BadFcs.CHECKED, HAS_FCS | BAD_FCS, with_fcs(probe()), False),
        (BadFcs.CHECKED, HAS_FCS, probe() + WRONG_FCS, False),
        (BadFcs.CHECKED, HAS_FCS, with_fcs(probe()), True),
        (BadFcs.CHECKED, 0, probe(), True),
        (BadFcs.KEEP, HAS_FCS | BAD_FCS, probe() + WRONG_FCS, True),
    ],
)
def test_what_becomes_of_a_bad_check_sequence_is_a_setting(
    rule: BadFcs, flags: int, frame: bytes, *, is_used: bool
) -> None:
    decoder = Decoder(bad_fcs=rule)

    heard = [decoder.decode(RADIOTAP, usual(flags=flags) + frame) for _ in range(2)]

    assert [isinstance(one, ProbeRequest) for one in heard] == [is_used] * 2
    assert is_used or heard == ["bad frame check sequence"] * 2


@pytest.mark.parametrize("missing", [1, 3, 4])
def test_a_capture_cut_inside_the_check_sequence_keeps_all_elements(missing: int) -> None:
    whole = usual(flags=HAS_FCS) + with_fcs(probe())

    heard = Decoder().decode(RADIOTAP, whole[:-missing], original_length=len(whole))

    assert isinstance(heard, ProbeRequest)
    assert heard.elements.ids == IDS
    assert heard.elements.is_whole


def test_a_capture_cut_inside_the_elements_keeps_those_before_the_cut() -> None:
    whole = usual(flags=HAS_FCS) + with_fcs(probe())

    heard = Decoder().decode(RADIOTAP, whole[:-6], original_length=len(whole))

    assert isinstance(heard, ProbeRequest)
    assert heard.elements.ids == IDS[:-1]
    assert not heard.elements.is_whole


def test_duplicate_ids_stay_in_the_order_sent() -> None:
    assert describe(b"\xdd\x00\x01\x00\xdd\x00\x01\x00").ids == (221, 1, 221, 1)


def test_a_truncated_last_element_is_left_out() -> None:
    for tail in (b"\x2d", b"\x2d\x1a", b"\x2d\x1a" + bytes(25)):
        read = describe(ELEMENTS + tail)

        assert read.ids == IDS
        assert not read.is_whole


def test_an_extension_element_without_an_id_and_a_vendors_without_an_oui_stay_numbers() -> None:
    read = describe(b"\xff\x00\xdd\x03abc")

    assert read.ids == (255, 221)
    assert read.vendors == ()


def test_a_network_name_that_is_no_text_is_an_element_like_any_other() -> None:
    body = b"\x00\x04\xff\xfe\xc3\x28" + b"\x00\x20" + bytes(32)

    assert describe(body).ids == (0, 0)


def test_the_first_channel_counts_and_must_be_one_byte() -> None:
    assert describe(b"\x03\x02\x01\x02\x03\x01\x0b\x03\x01\x01").channel == 11
    assert describe(b"").channel is None


def test_the_memo_gives_what_reading_gives_and_keeps_no_body() -> None:
    memo = ElementMemo()

    first, again = memo.read(ELEMENTS), memo.read(ELEMENTS)

    assert first == again == describe(ELEMENTS)
    assert first is again
    assert b"abc" not in repr(memo.known).encode()
    assert list(memo.known) == [hash(ELEMENTS)]


def test_the_memo_holds_no_more_than_it_may_and_no_broken_bodies() -> None:
    memo = ElementMemo(most=3)

    for number in range(10):
        memo.read(struct.pack("<BBH", 1, 2, number))
        memo.read(struct.pack("<BBH", 1, 9, number))

    assert 1 <= len(memo.known) <= 3
    assert all(elements.is_whole for elements in memo.known.values())


def test_a_memo_of_no_size_reads_every_body() -> None:
    memo = ElementMemo(most=0)

    assert memo.read(ELEMENTS) == describe(ELEMENTS)
    assert memo.known == {}
