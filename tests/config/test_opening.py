from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config.opening import parse_opening


@pytest.mark.parametrize(
    ("text", "open_at", "closed_at"),
    [
        ("08:30-20:00", ["08:30", "19:59:59.999999"], ["08:29:59", "20:00", "00:00"]),
        ("18:00-02:00", ["18:00", "23:59", "00:00", "01:59"], ["02:00", "17:59"]),
        ("00:00-24:00", ["00:00", "12:00", "23:59:59.999999"], []),
        ("10:00-24:00", ["10:00", "23:59"], ["00:00", "09:59"]),
        ("07:05 - 07:06", ["07:05:30"], ["07:06"]),
    ],
)
def test_a_store_is_open_between_its_hours(
    text: str, open_at: list[str], closed_at: list[str]
) -> None:
    opening = parse_opening(text)

    assert all(opening.is_open(time.fromisoformat(now)) for now in open_at)
    assert not any(opening.is_open(time.fromisoformat(now)) for now in closed_at)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "8-20",
        "08:30",
        "08:30-25:00",
        "08:60-20:00",
        "24:00-08:00",
        "08:00-08:00",
        "08:00-24:30",
    ],
)
def test_anything_else_is_refused_with_the_way_to_write_it(text: str) -> None:
    with pytest.raises(ValueError, match="write opening hours as 08:30-20:00"):
        parse_opening(text)


@given(opens=st.times().map(lambda one: one.replace(second=0, microsecond=0)), now=st.times())
def test_a_store_open_around_the_clock_but_for_a_minute_is_closed_in_it_only(
    opens: time, now: time
) -> None:
    closes = time((opens.hour + (opens.minute == 59)) % 24, (opens.minute + 1) % 60)
    opening = parse_opening(f"{closes:%H:%M}-{opens:%H:%M}")

    assert opening.is_open(now) != (opens.hour == now.hour and opens.minute == now.minute)
