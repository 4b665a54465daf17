"""R5: outside opening hours and below the signal floor no radio is processed."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.config.opening import parse_opening
from edge.daemon.hours import OpeningHours
from edge.model.customer import Purpose
from edge.model.names import SECOND, Instant
from edge.model.observation import ProbeHeard, SignOfLife
from tests.daemon.kit import FLOOR_DBM, STRANGER, Way, member
from tests.privacy.kit import CHANNELS, RESOLVABLE, moment

BERLIN = ZoneInfo("Europe/Berlin")


def hours(opening: str, timezone: str = "UTC") -> OpeningHours:
    return OpeningHours(parse_opening(opening), timezone=timezone)


def local(text: str, *, fold: int = 0) -> Instant:
    at = datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)
    return Instant(round(at.timestamp()) * SECOND)


@pytest.mark.parametrize(
    ("opening", "at", "expected"),
    [
        ("09:00-20:00", "08:59:59", False),
        ("09:00-20:00", "09:00:00", True),
        ("09:00-20:00", "19:59:59", True),
        ("09:00-20:00", "20:00:00", False),
        ("09:00-24:00", "23:59:59", True),
        ("09:00-24:00", "00:00:00", False),
        ("00:00-24:00", "00:00:00", True),
        ("00:00-24:00", "23:59:59", True),
        ("18:00-02:00", "23:00:00", True),
        ("18:00-02:00", "00:00:00", True),
        ("18:00-02:00", "01:59:59", True),
        ("18:00-02:00", "02:00:00", False),
        ("18:00-02:00", "17:59:59", False),
    ],
)
def test_r05_a_store_is_open_from_its_first_second_to_its_last(
    opening: str,
    at: str,
    expected: bool,  # noqa: FBT001 - the expectation itself
) -> None:
    assert hours(opening).is_open(moment(f"2026-03-14T{at}")) is expected


def test_r05_a_store_without_hours_is_always_open() -> None:
    assert OpeningHours(None, timezone="UTC").is_open(moment("2026-03-14T03:00:00"))


@pytest.mark.parametrize("day", ["2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25"])
def test_r05_hours_are_the_stores_own_before_and_on_the_days_the_clocks_change(day: str) -> None:
    open_hours = hours("09:00-20:00", "Europe/Berlin")

    assert not open_hours.is_open(local(f"{day}T08:59:59"))
    assert open_hours.is_open(local(f"{day}T09:00:00"))
    assert open_hours.is_open(local(f"{day}T19:59:59"))
    assert not open_hours.is_open(local(f"{day}T20:00:00"))


def test_r05_in_the_hour_that_comes_twice_the_store_is_open_both_times() -> None:
    open_hours = hours("02:15-02:45", "Europe/Berlin")

    assert open_hours.is_open(local("2026-10-25T02:30:00"))
    assert open_hours.is_open(local("2026-10-25T02:30:00", fold=1))
    assert not open_hours.is_open(local("2026-10-25T02:50:00", fold=1))


def test_r05_an_hour_that_is_left_out_leaves_the_store_shut() -> None:
    open_hours = hours("02:15-02:45", "Europe/Berlin")
    night = moment("2026-03-29T00:00:00")

    assert not any(
        open_hours.is_open(Instant(night + minute * 60 * SECOND)) for minute in range(180)
    )


@settings(max_examples=200, deadline=None)
@given(
    opens=st.integers(0, 1439),
    length=st.integers(1, 1439),
    start=st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - made aware below
    steps=st.lists(st.integers(-7200, 7200), max_size=20),
)
def test_r05_whether_it_is_open_does_not_depend_on_what_was_asked_before(
    opens: int, length: int, start: datetime, steps: list[int]
) -> None:
    closes = (opens + length) % 1440
    text = f"{opens // 60:02}:{opens % 60:02}-{closes // 60:02}:{closes % 60:02}"
    asked = hours(text, "Europe/Berlin")
    at = start.replace(tzinfo=UTC, microsecond=0)

    for step in steps:
        at += timedelta(seconds=step)
        instant = Instant(round(at.timestamp()) * SECOND)
        assert asked.is_open(instant) is _is_open(at, opens=opens, closes=closes)
        assert asked.is_open(instant) is hours(text, "Europe/Berlin").is_open(instant)


def _is_open(at: datetime, *, opens: int, closes: int) -> bool:
    """Say the same in other words: walk the day from the opening."""
    now: time = at.astimezone(BERLIN).time()
    since_opening = (now.hour * 60 + now.minute - opens) % 1440
    return since_opening < (closes - opens) % 1440


def test_r05_a_night_and_weak_frames_leave_every_counter_as_it_was() -> None:
    way = Way(member(*Purpose), opening="09:00-20:00")
    assert CHANNELS
    night = moment("2026-03-14T23:00:00")
    day = moment("2026-03-14T12:00:00")

    for second in range(600):
        at = Instant(night + second * SECOND)
        way.door.probe(at, STRANGER, signal_dbm=-40)
        way.door.advert(at, address=RESOLVABLE, is_random=True, ephemeral_id=None, signal_dbm=-40)
        way.door.probe(
            Instant(day + second * SECOND), STRANGER, signal_dbm=FLOOR_DBM - 1 - second % 20
        )
    way.door.close(day)

    assert {type(one) for one in way.out} == {SignOfLife}
    assert sum(way.refused.values()) == 1800


def test_r05_the_first_frame_after_opening_is_processed() -> None:
    way = Way(opening="09:00-20:00")

    way.door.probe(moment("2026-03-14T08:59:59"), STRANGER, signal_dbm=-50)
    way.door.probe(moment("2026-03-14T09:00:00"), STRANGER, signal_dbm=-50)

    assert [type(one) for one in way.out] == [ProbeHeard]
