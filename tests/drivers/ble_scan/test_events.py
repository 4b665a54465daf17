"""HCI events become advertising reports, and broken ones become reasons."""

import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.ble_scan.events import EventDecoder
from drivers.ble_scan.report import Report
from tests.drivers.ble_scan.bytes_of import ADDRESS, directed, event, extended, legacy

LEGACY, DIRECTED, EXTENDED = 0x02, 0x0B, 0x0D
SECOND = 10**9


def test_a_legacy_report_has_its_address_the_way_people_read_it() -> None:
    packet = event(LEGACY, legacy(b"\x02\x01\x06", rssi=-42))

    reports = EventDecoder().decode(0, packet)

    assert reports == [
        Report(address=ADDRESS, is_random=True, payload=b"\x02\x01\x06", signal_dbm=-42)
    ]


def test_an_event_may_hold_several_reports() -> None:
    other = bytes.fromhex("c0ffee000001")
    packet = event(LEGACY, legacy(b"\x01\x0a"), legacy(address=other, address_type=0))

    reports = EventDecoder().decode(0, packet)

    assert [report.address for report in reports if isinstance(report, Report)] == [ADDRESS, other]
    assert [report.is_random for report in reports if isinstance(report, Report)] == [True, False]


@pytest.mark.parametrize(
    ("address_type", "is_random"), [(0, False), (1, True), (2, False), (3, True)]
)
@pytest.mark.parametrize("subevent", [LEGACY, EXTENDED])
def test_a_resolved_identity_keeps_the_kind_of_its_address(
    subevent: int, address_type: int, *, is_random: bool
) -> None:
    write = legacy if subevent == LEGACY else extended
    packet = event(subevent, write(address_type=address_type))

    (report,) = EventDecoder().decode(0, packet)

    assert isinstance(report, Report)
    assert report.is_random is is_random


@pytest.mark.parametrize(("rssi", "signal_dbm"), [(127, None), (-127, -127), (20, 20), (0, 0)])
@pytest.mark.parametrize("subevent", [LEGACY, EXTENDED])
def test_a_signal_of_127_means_that_the_controller_did_not_know(
    subevent: int, rssi: int, signal_dbm: int | None
) -> None:
    write = legacy if subevent == LEGACY else extended
    packet = event(subevent, write(rssi=rssi))

    (report,) = EventDecoder().decode(0, packet)

    assert isinstance(report, Report)
    assert report.signal_dbm == signal_dbm


def test_a_scan_response_is_a_report_like_any_other() -> None:
    packet = event(LEGACY, legacy(b"\x05\x09shop", kind=4))

    (report,) = EventDecoder().decode(0, packet)

    assert isinstance(report, Report)
    assert report.payload == b"\x05\x09shop"


def test_an_anonymous_extended_report_has_no_address() -> None:
    packet = event(EXTENDED, extended(b"\x01\x0a", kind=0, address_type=0xFF))

    (report,) = EventDecoder().decode(0, packet)

    assert isinstance(report, Report)
    assert report.address is None


def test_fragments_of_an_extended_payload_become_one_report() -> None:
    decoder = EventDecoder()

    first = decoder.decode(0, event(EXTENDED, extended(b"ab", kind=0, status=1)))
    second = decoder.decode(1, event(EXTENDED, extended(b"cd", kind=0, status=1)))
    (report,) = decoder.decode(2, event(EXTENDED, extended(b"ef", kind=0, rssi=-33)))

    assert first == second == []
    assert report == Report(address=ADDRESS, is_random=True, payload=b"abcdef", signal_dbm=-33)


def test_fragments_of_two_devices_do_not_mix() -> None:
    decoder = EventDecoder()
    other = bytes.fromhex("c0ffee000001")

    decoder.decode(0, event(EXTENDED, extended(b"ab", status=1)))
    decoder.decode(0, event(EXTENDED, extended(b"xy", status=1, address=other)))
    (report,) = decoder.decode(0, event(EXTENDED, extended(b"cd")))

    assert isinstance(report, Report)
    assert report.payload == b"abcd"


def test_a_truncated_payload_is_marked_so() -> None:
    packet = event(EXTENDED, extended(b"\x1f\x09sho", status=2))

    (report,) = EventDecoder().decode(0, packet)

    assert isinstance(report, Report)
    assert not report.is_whole


def test_a_fragment_is_forgotten_after_two_seconds() -> None:
    decoder = EventDecoder()
    decoder.decode(0, event(EXTENDED, extended(b"ab", status=1)))

    lost, report = decoder.decode(3 * SECOND, event(EXTENDED, extended(b"cd")))

    assert lost == "lost fragments"
    assert isinstance(report, Report)
    assert report.payload == b"cd"


def test_any_advertising_event_makes_an_old_fragment_forgotten() -> None:
    decoder = EventDecoder()
    decoder.decode(0, event(EXTENDED, extended(b"ab", status=1)))

    lost, _ = decoder.decode(3 * SECOND, event(LEGACY, legacy()))

    assert lost == "lost fragments"
    assert not decoder._unfinished


def test_unfinished_payloads_are_bounded_in_number_and_in_length() -> None:
    decoder = EventDecoder()
    crowd = [struct.pack(">HI", 0x4A00, number) for number in range(100)]

    lost = [
        reason
        for address in crowd
        for reason in decoder.decode(0, event(EXTENDED, extended(b"a", status=1, address=address)))
    ]
    grown = [
        reason
        for _ in range(20)
        for reason in decoder.decode(0, event(EXTENDED, extended(bytes(200), status=1)))
    ]

    assert lost == ["lost fragments"] * 36
    assert len(decoder._unfinished) <= 64
    assert set(grown) == {"lost fragments"}
    assert max(len(begun.payload) for begun in decoder._unfinished.values()) <= 1650


def test_directed_advertisements_count_without_their_address() -> None:
    packet = event(DIRECTED, directed(), directed(rssi=-80))

    reports = EventDecoder().decode(0, packet)

    assert reports == [
        Report(address=None, is_random=True, payload=b"", signal_dbm=-60),
        Report(address=None, is_random=True, payload=b"", signal_dbm=-80),
    ]


@pytest.mark.parametrize(
    "packet",
    [
        event(LEGACY, legacy(), count=2),
        event(EXTENDED, extended(), count=2),
        event(DIRECTED, directed(), count=2),
        event(LEGACY, legacy(b"abc")[:-1]),
        event(LEGACY, legacy(b"abc")[:-2]),
        event(EXTENDED, extended(b"abc")[:-2]),
        event(LEGACY, legacy(address_type=4)),
        event(EXTENDED, extended(address_type=0xFE)),
        bytes([0x3E, 1, LEGACY]),
    ],
)
def test_a_report_that_is_not_as_specified_is_refused(packet: bytes) -> None:
    reports = EventDecoder().decode(0, packet)

    assert reports[-1] == "broken report"


def test_reports_before_a_broken_one_count() -> None:
    packet = event(LEGACY, legacy(b"\x01\x0a"), legacy()[:5], count=2)

    first, second = EventDecoder().decode(0, packet)

    assert isinstance(first, Report)
    assert second == "broken report"


@pytest.mark.parametrize("subevent", [LEGACY, DIRECTED, EXTENDED])
def test_an_event_that_ends_early_is_refused(subevent: int) -> None:
    packet = event(subevent, legacy() if subevent == LEGACY else extended())

    assert EventDecoder().decode(0, packet[:-1]) == ["event cut short"]
    assert EventDecoder().decode(0, packet[:3]) == ["event cut short"]


@pytest.mark.parametrize("packet", [b"", b"\x3e", b"\x3e\x13\x01", b"\x0e\x04\x01\x0c\x20\x00"])
def test_events_of_other_kinds_hold_nothing(packet: bytes) -> None:
    assert EventDecoder().decode(0, packet) == []


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=64),
            st.tuples(st.sampled_from([2, 11, 13]), st.binary(max_size=80)).map(
                lambda pair: event(pair[0], pair[1])
            ),
        )
    )
)
def test_any_bytes_give_reports_or_reasons(packets: list[bytes]) -> None:
    decoder = EventDecoder()

    for packet in packets:
        for report in decoder.decode(0, packet):
            if isinstance(report, Report):
                assert report.address is None or len(report.address) == 6
                assert report.signal_dbm is None or -128 <= report.signal_dbm <= 126
            else:
                assert len(report.split()) in (2, 3)


@given(payload=st.binary(max_size=229), cuts=st.lists(st.integers(0, 229), max_size=6))
def test_any_cut_into_fragments_gives_the_same_payload(payload: bytes, cuts: list[int]) -> None:
    decoder = EventDecoder()
    edges = sorted({0, len(payload), *(cut for cut in cuts if cut <= len(payload))})
    pieces = [payload[start:end] for start, end in pairwise(edges)] or [b""]

    for piece in pieces[:-1]:
        assert decoder.decode(0, event(EXTENDED, extended(piece, status=1))) == []
    (report,) = decoder.decode(0, event(EXTENDED, extended(pieces[-1])))

    assert isinstance(report, Report)
    assert report.payload == payload
