"""This is where lengths, moments and lists are put into words."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Final

UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
"""Seconds in each unit, longest first."""


def spell_length(length_s: float) -> str:
    """Say how long, in the two largest units that matter: `3 h 5 min`, `45 s`."""
    rest = max(0, round(length_s))
    parts: list[str] = []
    for size, unit in UNITS:
        number, rest = divmod(rest, size)
        if number:
            parts.append(f"{number} {unit}")
        elif parts:
            break
    return " ".join(parts[:2]) or "0 s"


def spell_people(people: int) -> str:
    """Say how many people."""
    return "1 person" if people == 1 else f"{people} people"


def spell_list(parts: Sequence[str]) -> str:
    """Join with commas, and the last with `and`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def spell_clock(at_ms: int, zone: tzinfo) -> str:
    """Give the local time of day, to the second."""
    return datetime.fromtimestamp(at_ms / 1000, tz=zone).strftime("%H:%M:%S")


def spell_moment(at_ms: int, zone: tzinfo) -> str:
    """Give the local date and time, to the minute, with the zone's short name."""
    return datetime.fromtimestamp(at_ms / 1000, tz=zone).strftime("%Y-%m-%d %H:%M %Z")
