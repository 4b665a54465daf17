"""Radio headers other than radiotap give signal and frequency where they can be trusted."""

import struct

import pytest

from drivers.wifi_monitor.decode import Decoder, ProbeRequest
from drivers.wifi_monitor.radio import channel_mhz
from tests.drivers.wifi_monitor.frames import ADDRESS, AVS, BARE, IDS, PPI, PRISM, probe, with_fcs


def decoded(link_type: int, frame: bytes) -> ProbeRequest:
    heard = Decoder().decode(link_type, frame)
    assert isinstance(heard, ProbeRequest)
    assert heard.address == ADDRESS
    assert heard.elements.ids == IDS
    return heard


def prism(
    items: dict[int, int], *, order: str = "<", code: int = 0x44, missing: int | None = None
) -> bytes:
    """Build a Prism header of the generation that `code` names."""
    body = b""
    for number, value in items.items():
        name = number << 16 | 0x44 if code == 0x44 else number << 12 | 0x41
        body += struct.pack(f"{order}IHHi", name, int(number == missing), 4, value)
    return struct.pack(f"{order}II16s", code, 24 + len(body), b"wlan0") + body


def avs(
    *, channel: int = 6, signal_kind: int = 2, signal: int = -48, magic: int = 0x80211001
) -> bytes:
    """Build an AVS header."""
    return struct.pack(
        ">IIQQIIIIIIiiII", magic, 64, 1, 2, 4, channel, 10, 0, 0, signal_kind, signal, -95, 0, 0
    )


def ppi(*fields: tuple[int, bytes], flags: int = 0, link_type: int = BARE) -> bytes:
    """Build a PPI header around fields of (type, content)."""
    body = b""
    for kind, content in fields:
        body += struct.pack("<HH", kind, len(content)) + content
        body += bytes(-len(content) % 4) if flags & 1 else b""
    return struct.pack("<BBHI", 0, flags, 8 + len(body), link_type) + body


def common(*, flags: int = 0, frequency_mhz: int = 2412, signal_dbm: int = -66) -> bytes:
    """Build the content of PPI's 802.11-common field."""
    return struct.pack("<QHHHHBBbb", 1, flags, 2, frequency_mhz, 0xA0, 0, 0, signal_dbm, -95)


def test_a_bare_frame_says_nothing_of_the_radio() -> None:
    heard = decoded(BARE, probe())

    assert (heard.signal_dbm, heard.frequency_mhz) == (None, None)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("code", [0x41, 0x44])
def test_prism_headers_of_both_generations_and_byte_orders_are_read(order: str, code: int) -> None:
    header = prism({1: 99, 3: 11, 6: -52, 10: 60}, order=order, code=code)

    heard = decoded(PRISM, header + probe())

    assert (heard.signal_dbm, heard.frequency_mhz) == (-52, 2462)


@pytest.mark.parametrize("signal", [0, 60, 204, -128])
def test_a_prism_signal_that_can_be_no_dbm_is_unknown(signal: int) -> None:
    assert decoded(PRISM, prism({6: signal}) + probe()).signal_dbm is None


def test_a_prism_item_marked_as_missing_is_not_read() -> None:
    assert decoded(PRISM, prism({6: -52}, missing=6) + probe()).signal_dbm is None


def test_an_avs_header_may_stand_where_a_prism_header_should() -> None:
    assert decoded(PRISM, avs() + probe()).signal_dbm == -48


@pytest.mark.parametrize("magic", [0x80211001, 0x80211002])
@pytest.mark.parametrize(
    ("channel", "frequency_mhz"),
    [(6, 2437), (14, 2484), (36, 5180), (2437, 2437), (5_180_000, 5180), (0, None)],
)
def test_avs_gives_its_channel_as_a_number_in_mhz_or_in_khz(
    magic: int, channel: int, frequency_mhz: int | None
) -> None:
    heard = decoded(AVS, avs(channel=channel, magic=magic) + probe())

    assert (heard.signal_dbm, heard.frequency_mhz) == (-48, frequency_mhz)


@pytest.mark.parametrize("kind", [0, 1, 3])
def test_an_avs_signal_in_another_unit_than_dbm_is_unknown(kind: int) -> None:
    assert decoded(AVS, avs(signal_kind=kind) + probe()).signal_dbm is None


@pytest.mark.parametrize("flags", [0, 1])
def test_ppis_common_field_is_found_behind_others_padded_or_not(flags: int) -> None:
    header = ppi((7, b"odd"), (2, common()), flags=flags)

    heard = decoded(PPI, header + probe())

    assert (heard.signal_dbm, heard.frequency_mhz) == (-66, 2412)


def test_ppi_says_whether_the_check_sequence_is_there_and_bad() -> None:
    present = ppi((2, common(flags=1)))
    bad = ppi((2, common(flags=1 | 8)))

    assert decoded(PPI, present + with_fcs(probe())).elements.is_whole
    assert Decoder().decode(PPI, bad + with_fcs(probe())) == "bad frame check sequence"


def test_ppi_without_a_common_field_or_with_a_short_one_says_nothing() -> None:
    for header in (ppi(), ppi((2, b"short")), ppi((2, common(signal_dbm=-128, frequency_mhz=0)))):
        heard = decoded(PPI, header + probe())

        assert (heard.signal_dbm, heard.frequency_mhz) == (None, None)


@pytest.mark.parametrize(
    ("link_type", "frame", "reason"),
    [
        (PRISM, b"", "radio header cut short"),
        (PRISM, b"\x99" * 60, "radio header malformed"),
        (PRISM, prism({6: -52})[:30], "radio header cut short"),
        (PRISM, struct.pack("<II16s", 0x44, 4, b""), "radio header malformed"),
        (AVS, b"\x80\x21\x10\x01", "radio header cut short"),
        (AVS, b"\x99" * 64, "radio header malformed"),
        (AVS, avs()[:60], "radio header cut short"),
        (PPI, b"\x00" * 7, "radio header cut short"),
        (PPI, ppi(link_type=1) + probe(), "radio header malformed"),
        (PPI, struct.pack("<BBHI", 0, 0, 7, BARE) + probe(), "radio header malformed"),
        (PPI, struct.pack("<BBHI", 0, 0, 999, BARE) + probe(), "radio header cut short"),
        (1, bytes(64), "unknown link type"),
    ],
)
def test_a_header_that_cannot_be_read_is_refused_with_a_reason(
    link_type: int, frame: bytes, reason: str
) -> None:
    assert Decoder().decode(link_type, frame) == reason


@pytest.mark.parametrize(
    ("channel", "frequency_mhz"),
    [
        (1, 2412),
        (13, 2472),
        (14, 2484),
        (36, 5180),
        (177, 5885),
        (0, None),
        (15, None),
        (999, None),
    ],
)
def test_channels_have_their_frequencies(channel: int, frequency_mhz: int | None) -> None:
    assert channel_mhz(channel) == frequency_mhz
