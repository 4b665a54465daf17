from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.privacy.moments import parse_moment

OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-03-14T09:00:00Z", 1_773_478_800_000_000_000),
        ("2026-03-14T10:00:00+01:00", 1_773_478_800_000_000_000),
        ("2026-03-14 09:00:00.000001+00:00", 1_773_478_800_000_001_000),
        ("1969-12-31T23:59:59Z", -1_000_000_000),
    ],
)
def test_a_time_with_its_offset_is_read(text: str, at: int) -> None:
    assert parse_moment(text) == at


@pytest.mark.parametrize("text", ["", "now", "2026-03-14", "2026-03-14T09:00:00", "1773478800"])
def test_anything_else_is_no_moment(text: str) -> None:
    assert parse_moment(text) is None


@given(moment=st.datetimes(timezones=OFFSETS))
def test_every_moment_is_read_exactly(moment: datetime) -> None:
    wanted = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1_000

    assert parse_moment(moment.isoformat()) == wanted


@given(text=st.text())
def test_any_text_is_survived(text: str) -> None:
    assert parse_moment(text) is None or isinstance(parse_moment(text), int)
