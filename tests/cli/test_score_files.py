"""Events are read back from files, and what was lost or doubled on the way is seen."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.cli.reporting.rows import interval_ms, parse_event_lines
from edge.cli.scoring.compare import score_events
from edge.cli.scoring.truth import Truth
from edge.errors import RecordingError
from edge.model.event import OccupancyEstimated
from tests.cli.perfect_day import UTC, score, told_day, true_day
from tests.cli.tale import Tale, cloud_event


def test_a_lost_event_is_a_gap_and_a_repeated_one_a_duplicate() -> None:
    rows = told_day().rows
    torn = [*rows[:4], *rows[5:], rows[-1]]

    ledger = score_events(torn, Truth(), zone=UTC).ledger

    assert (ledger.gaps.value, ledger.duplicates.value) == (1, 1)


def test_the_same_event_under_two_numbers_is_a_duplicate() -> None:
    tale = told_day()
    tale.bought(10, receipt="R-7")
    tale.bought(10, receipt="R-7")

    ledger = score(tale, true_day()).ledger

    assert (ledger.gaps.value, ledger.duplicates.value) == (0, 1)


def test_events_read_from_a_file_score_like_those_of_the_ledger() -> None:
    lines = [cloud_event(row) for row in told_day().rows]

    rows = list(parse_event_lines([*lines[:3], b"\n", *lines[3:]], where="e"))

    assert rows == told_day().rows


def test_an_event_of_an_unknown_type_keeps_its_number() -> None:
    tale = told_day()
    lines = [cloud_event(row) for row in tale.rows]
    lines[2] = lines[2].replace(tale.rows[2].data.type.encode(), b"activation.decided.v1")

    rows = list(parse_event_lines(lines, where="e"))

    assert score_events(rows, Truth(), zone=UTC).ledger.gaps.value == 0


def test_events_of_a_second_epoch_are_refused() -> None:
    row = told_day().rows[0]

    with pytest.raises(RecordingError) as caught:
        list(parse_event_lines([cloud_event(row), cloud_event(row, epoch="e2")], where="e"))

    assert caught.value.where == "e, line 2"


@given(st.lists(st.binary(max_size=80)))
def test_any_bytes_are_events_or_a_recording_error(lines: list[bytes]) -> None:
    try:
        found = str(list(parse_event_lines(lines, where="e")))
    except RecordingError as error:
        found = error.where

    assert found == "[]" or found.startswith("e, line ")


def test_a_score_is_json_in_which_missing_is_null() -> None:
    encoded = msgspec.json.decode(msgspec.json.encode(score(told_day(), [])))

    assert encoded["visits"]["mape_day"] == {
        "value": None,
        "reason": "the truth has no `entered` lines",
    }
    assert encoded["ledger"]["gaps"]["value"] == 0


def test_an_event_whose_content_is_not_as_its_type_says_is_named_by_its_line() -> None:
    tale = Tale()
    tale.started(1, 0, people=3)
    line = cloud_event(tale.rows[0]).replace(b'"people":3', b'"people":"x"')

    with pytest.raises(RecordingError) as caught:
        list(parse_event_lines([b"", line], where="e"))

    assert caught.value.where == "e, line 2"


def test_an_interval_that_is_no_time_is_refused() -> None:
    tale = Tale()
    tale.estimated(0, people=1)
    said = tale.rows[0].data
    assert isinstance(said, OccupancyEstimated)

    with pytest.raises(RecordingError) as caught:
        interval_ms(msgspec.structs.replace(said, to="tomorrow"))

    assert "tomorrow" in caught.value.why
