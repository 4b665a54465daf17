"""A recording's truth is read with patience, and its mistakes are named by their line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.cli.scoring.truth import parse_truth
from edge.errors import RecordingError
from tests.cli.tale import OPENING_S, truth_line


def test_each_entering_is_paired_with_the_same_persons_next_leaving() -> None:
    lines = [
        truth_line(0, "entered", person="a", customer="c-1"),
        truth_line(10, "entered", person="b"),
        truth_line(60, "left", person="a"),
        truth_line(300, "entered", person="a", customer="c-1"),
        truth_line(400, "left", person="a"),
    ]

    truth = parse_truth(lines, where="t")

    spans = [
        (stay.entered_ms // 1000 - OPENING_S, stay.left_ms and stay.left_ms // 1000 - OPENING_S)
        for stay in truth.stays
    ]
    assert spans == [(0, 60), (10, None), (300, 400)]
    assert [stay.reachable for stay in truth.stays] == [True, False, True]


def test_lines_may_stand_in_any_order() -> None:
    lines = [
        truth_line(60, "left", person="a"),
        truth_line(20, "zone", person="a", zone="toys"),
        truth_line(0, "entered", person="a"),
    ]

    (stay,) = parse_truth(lines, where="t").stays

    assert stay.left_ms == (OPENING_S + 60) * 1000
    assert stay.zones == (((OPENING_S + 20) * 1000, "toys"),)


def test_where_any_line_says_reachable_the_others_are_not() -> None:
    lines = [
        truth_line(0, "entered", person="a", customer="c-1", reachable=True),
        truth_line(1, "entered", person="b", customer="c-2"),
        truth_line(2, "entered", person="c", customer="c-3", reachable=False),
    ]

    truth = parse_truth(lines, where="t")

    assert [stay.reachable for stay in truth.stays] == [True, False, False]


def test_staff_are_no_visitors_and_their_leaving_is_nobodys() -> None:
    lines = [
        truth_line(0, "entered", person="s", customer="c-9", role="staff"),
        truth_line(1, "entered", person="t", customer="c-8"),
        truth_line(2, "entered", person="a"),
        truth_line(3, "left", person="s"),
        truth_line(4, "left", person="a"),
    ]

    truth = parse_truth(lines, where="t", staff={"c-8"})

    assert len(truth.stays) == len(truth.leavings_ms) == 1
    assert truth.staff == {"c-8", "c-9"}


def test_a_time_may_be_written_as_text() -> None:
    line = b'{"t": "2026-03-14T09:00:00Z", "kind": "entered", "person": 7}'

    truth = parse_truth([line, b"", b"  "], where="t")

    assert truth.stays[0].entered_ms == OPENING_S * 1000


def test_lines_of_an_unknown_kind_are_counted_and_passed_over() -> None:
    lines = [truth_line(0, "weather", person="a"), truth_line(0, "entered", person="a")]

    truth = parse_truth(lines, where="t")

    assert (truth.ignored, len(truth.stays)) == (1, 1)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"{", "truncated"),
        (b'{"kind": "entered"}', "`t`"),
        (b'{"t": 1773478800000, "kind": "entered"}', "UTC epoch seconds"),
        (b'{"t": "yesterday", "kind": "entered"}', "yesterday"),
        (b'{"t": "2026-03-14T09:00:00", "kind": "entered"}', "offset"),
        (b'{"t": 1, "kind": "occupancy", "people": -1}', "0 or more"),
        (b'{"t": 1, "kind": "zone", "person": "a"}', "a person and a zone"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_with_its_number(line: bytes, why: str) -> None:
    lines = [truth_line(0, "entered", person="a"), b"", line, line]

    with pytest.raises(RecordingError) as caught:
        parse_truth(lines, where="truth.jsonl")

    assert caught.value.where == "truth.jsonl, line 3"
    assert why in caught.value.why
    assert caught.value.why.endswith("(and 1 more lines)")


@given(st.lists(st.binary(max_size=60)))
def test_any_bytes_are_truth_or_a_recording_error(lines: list[bytes]) -> None:
    try:
        found = str(parse_truth(lines, where="t").stays)
    except RecordingError as error:
        found = error.where

    assert found == "()" or found.startswith("t, line ")
