"""This is where occupancy, lengths of stay and ways between zones are summed up."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from edge.cli.reporting.hours import ENOUGH_COVERAGE
from edge.cli.reporting.rows import interval_ms
from edge.cli.reporting.told import UNKNOWN_ZONE, ToldVisit
from edge.model.event import OccupancyEstimated
from edge.model.names import WHOLE_STORE
from edge.store.rows import LedgerRow

MOST_POINTS: Final = 800
"""A curve of more points than a page has pixels is averaged down to so many."""

DWELL_EDGES_MIN: Final = (0, 2, 5, 10, 20, 30, 45, 60, 90)
"""Lower ends, in minutes, of the classes of length; the last one is open."""

CAME: Final = "came in"
WENT: Final = "went out"


class OccupancyPoint(msgspec.Struct, frozen=True, kw_only=True):
    """How many people were in the store in an interval."""

    from_ms: int
    to_ms: int
    people: float | None
    """None where it is not known, or the sensors were alive for less than half of the time."""
    low: float | None
    high: float | None


class DwellClass(msgspec.Struct, frozen=True, kw_only=True):
    """Visits whose lengths lie in one class."""

    label: str
    visits: int


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """How often visits went from one place straight to another."""

    places: tuple[str, ...]
    """Zones, by name."""
    ways: dict[str, dict[str, int]]
    """From CAME or a zone, to a zone or WENT: how often."""

    def often(self, before: str, after: str) -> int:
        """Give how often visits went this way."""
        return self.ways.get(before, {}).get(after, 0)

    def listed(self) -> list[tuple[str, str, int]]:
        """Give every way that was taken, by name."""
        return [
            (before, after, visits)
            for before, ends in sorted(self.ways.items())
            for after, visits in sorted(ends.items())
        ]


def occupancy_points(rows: Iterable[LedgerRow]) -> tuple[OccupancyPoint, ...]:
    """Give the whole store's estimates in order of time, the last word on each interval."""
    said = {
        interval_ms(row.data): row.data
        for row in rows
        if isinstance(row.data, OccupancyEstimated) and row.data.zone == WHOLE_STORE
    }
    return _thinned([_point(ends, data) for ends, data in sorted(said.items())])


def gaps(points: Sequence[OccupancyPoint]) -> tuple[tuple[int, int], ...]:
    """Give the times (ms) between the first point and the last for which nothing is known."""
    unknown = [(point.from_ms, point.to_ms) for point in points if point.people is None]
    untold = [
        (before.to_ms, after.from_ms)
        for before, after in pairwise(points)
        if after.from_ms > before.to_ms
    ]
    joined: list[tuple[int, int]] = []
    for from_ms, to_ms in sorted(unknown + untold):
        if joined and from_ms <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(to_ms, joined[-1][1]))
        else:
            joined.append((from_ms, to_ms))
    return tuple(joined)


def dwell_classes(visits: Iterable[ToldVisit]) -> tuple[DwellClass, ...]:
    """Count the visits that ended by the class of their length."""
    found = Counter(
        bisect_right(DWELL_EDGES_MIN, visit.duration_s / 60) - 1
        for visit in visits
        if visit.duration_s is not None and visit.duration_s >= 0
    )
    labels = [f"{low}-{high}" for low, high in pairwise(DWELL_EDGES_MIN)]
    labels.append(f"{DWELL_EDGES_MIN[-1]}+")
    return tuple(DwellClass(label=label, visits=found[place]) for place, label in enumerate(labels))


def zone_flow(visits: Iterable[ToldVisit]) -> Flow:
    """Count the ways of all visits; times in an unknown zone are left out of the way."""
    ways: dict[str, Counter[str]] = defaultdict(Counter)
    for visit in visits:
        zones = [span.zone for span in visit.zones if span.zone != UNKNOWN_ZONE]
        if not zones:
            continue
        way = [CAME, *zones, *([WENT] if visit.duration_s is not None else [])]
        for before, after in pairwise(way):
            if before != after:
                ways[before][after] += 1
    places = {*ways, *(after for ends in ways.values() for after in ends)} - {CAME, WENT}
    return Flow(
        places=tuple(sorted(places)), ways={before: dict(ends) for before, ends in ways.items()}
    )


def _point(ends: tuple[int, int], said: OccupancyEstimated) -> OccupancyPoint:
    known = said.people is not None and said.coverage >= ENOUGH_COVERAGE
    return OccupancyPoint(
        from_ms=ends[0],
        to_ms=ends[1],
        people=said.people if known else None,
        low=said.low if known else None,
        high=said.high if known else None,
    )


def _thinned(points: Sequence[OccupancyPoint]) -> tuple[OccupancyPoint, ...]:
    """Average runs of points until the page can show them."""
    size = -(-len(points) // MOST_POINTS)
    if size <= 1:
        return tuple(points)
    return tuple(_averaged(points[start : start + size]) for start in range(0, len(points), size))


def _averaged(points: Sequence[OccupancyPoint]) -> OccupancyPoint:
    """Average a run; it is known where most of it is."""
    known = [point for point in points if point.people is not None]
    told = known if len(known) * 2 > len(points) else []
    return OccupancyPoint(
        from_ms=points[0].from_ms,
        to_ms=points[-1].to_ms,
        people=_mean([point.people for point in told]),
        low=_mean([point.low for point in told]),
        high=_mean([point.high for point in told]),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
