"""This is where people and purchases are added up by the local hour of the day."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, tzinfo
from typing import Final

import msgspec

from edge.cli.reporting.rows import interval_ms
from edge.cli.reporting.told import ToldVisit
from edge.model.event import FootfallCounted, PurchaseRecorded
from edge.store.rows import LedgerRow

ENOUGH_COVERAGE: Final = 0.5
"""Below this share of living sensors a figure is shown as a gap."""

FULL_COVERAGE: Final = 0.95
"""Below this share a count of people is too low by more than its own noise, and is marked."""

FEW: Final = 5
"""Counts of people below this are not shown by themselves (k-threshold, policy default)."""


class FootfallHour(msgspec.Struct, frozen=True, kw_only=True):
    """One hour of the day, averaged over the days on which the counters were alive."""

    hour: int
    """0..23, local."""
    come: float | None
    """People in, a day; None where the counters were dead on every day."""
    gone: float | None
    coverage: float
    """Share of the hour in which the counters were alive, over all days."""
    days: int
    """Days behind the averages."""


class ConversionHour(msgspec.Struct, frozen=True, kw_only=True):
    """Purchases by people who came, within one hour of the day, over all days."""

    hour: int
    people: int
    purchases: int
    share: float | None
    """None where fewer than five people came: a share of so few says nothing."""


class _Counted(msgspec.Struct):
    """What one hour of one day adds up to."""

    come: int = 0
    gone: int = 0
    alive_s: float = 0.0
    length_s: float = 0.0


def footfall_by_hour(rows: Iterable[LedgerRow], zone: tzinfo) -> tuple[FootfallHour, ...]:
    """Average what the doors counted by hour of the day; hours that no door told of are absent."""
    slots: dict[int, dict[date, _Counted]] = defaultdict(lambda: defaultdict(_Counted))
    for row in rows:
        if not isinstance(row.data, FootfallCounted):
            continue
        from_ms, to_ms = interval_ms(row.data)
        local = datetime.fromtimestamp(from_ms / 1000, tz=zone)
        slot = slots[local.hour][local.date()]
        length_s = (to_ms - from_ms) / 1000
        slot.come += row.data.in_
        slot.gone += row.data.out
        slot.alive_s += row.data.coverage * length_s
        slot.length_s += length_s
    return tuple(_footfall(hour, list(slots[hour].values())) for hour in sorted(slots))


def conversion_by_hour(
    rows: Iterable[LedgerRow], visits: Sequence[ToldVisit], *, zone: tzinfo
) -> tuple[ConversionHour, ...]:
    """Set the purchases of each hour of the day against the people who came in that hour."""
    people: Counter[int] = Counter()
    for visit in visits:
        people[_hour(visit.started_ms, zone)] += visit.people
    purchases = Counter(
        _hour(row.at_ms, zone) for row in rows if isinstance(row.data, PurchaseRecorded)
    )
    return tuple(
        ConversionHour(
            hour=hour,
            people=people[hour],
            purchases=purchases[hour],
            share=purchases[hour] / people[hour] if people[hour] >= FEW else None,
        )
        for hour in sorted(people.keys() | purchases.keys())
    )


def _hour(at_ms: int, zone: tzinfo) -> int:
    return datetime.fromtimestamp(at_ms / 1000, tz=zone).hour


def _footfall(hour: int, slots: Sequence[_Counted]) -> FootfallHour:
    alive = [
        slot for slot in slots if slot.length_s and slot.alive_s / slot.length_s >= ENOUGH_COVERAGE
    ]
    length_s = sum(slot.length_s for slot in slots)
    return FootfallHour(
        hour=hour,
        come=sum(slot.come for slot in alive) / len(alive) if alive else None,
        gone=sum(slot.gone for slot in alive) / len(alive) if alive else None,
        coverage=sum(slot.alive_s for slot in slots) / length_s if length_s else 0.0,
        days=len(alive),
    )
