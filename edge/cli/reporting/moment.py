"""This is where the newest events become one sentence about the store right now."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from edge.cli.reporting.rows import interval_ms
from edge.cli.reporting.told import standing, tell_visits
from edge.cli.reporting.words import spell_length, spell_list
from edge.model.event import FootfallCounted, OccupancyEstimated, SourceStateChanged
from edge.model.names import WHOLE_STORE, DoorName, SourceName
from edge.store.rows import LedgerRow

WATCHING: Final = "watching"
"""The state of health in which a source does its work."""

STALE_S: Final = 600.0
"""Estimates come every 5 minutes or more often; two missed ones make a figure old."""

HALF: Final = 0.5
"""A door whose counter was alive for less than this share of its last interval is named."""


class SourceNow(msgspec.Struct, frozen=True, kw_only=True):
    """A source that is not watching."""

    source: SourceName
    state: str
    for_s: float
    reason: str
    remedy: str


class Now(msgspec.Struct, frozen=True, kw_only=True):
    """The store at this moment, as far as the ledger knows."""

    sentence: str
    people: float | None
    """None where it is unknown, also because the newest figure is old."""
    low: float | None
    high: float | None
    age_s: float | None
    """How long ago the interval of the newest estimate ended; None without an estimate."""
    known_customers: int | None
    """Visits of identified customers that go on; None where the ledger's newest event is old."""
    not_watching: tuple[SourceNow, ...]
    blind_doors: tuple[DoorName, ...]
    """Doors whose counter was dead for most of its last interval."""
    outbox: int | None
    """Events on their way; None where nobody counted them."""


def describe_now(rows: Iterable[LedgerRow], *, now_ms: int, outbox: int | None) -> Now:
    """Sum up the newest rows, which stand in the ledger's order."""
    kept = list(rows)
    estimate = _newest_estimate(kept)
    age_s = None if estimate is None else max(0.0, (now_ms - interval_ms(estimate)[1]) / 1000)
    known = _known_customers(kept, now_ms=now_ms)
    not_watching = _not_watching(kept, now_ms=now_ms)
    blind = _blind_doors(kept)
    fresh = estimate if age_s is not None and age_s <= STALE_S else None
    parts = [
        _spell_people(estimate, age_s=age_s),
        _spell_known(known),
        _spell_sources(
            not_watching, heard=any(isinstance(row.data, SourceStateChanged) for row in kept)
        ),
        *([f"the counter of door {spell_list(blind)} was dead most of the time"] if blind else []),
        _spell_outbox(outbox),
    ]
    return Now(
        sentence="; ".join(parts) + ".",
        people=fresh.people if fresh else None,
        low=fresh.low if fresh else None,
        high=fresh.high if fresh else None,
        age_s=age_s,
        known_customers=known,
        not_watching=not_watching,
        blind_doors=tuple(blind),
        outbox=outbox,
    )


def _newest_estimate(rows: Sequence[LedgerRow]) -> OccupancyEstimated | None:
    found = [
        row.data
        for row in rows
        if isinstance(row.data, OccupancyEstimated) and row.data.zone == WHOLE_STORE
    ]
    return max(found, key=lambda said: interval_ms(said)[1], default=None)


def _known_customers(rows: Sequence[LedgerRow], *, now_ms: int) -> int | None:
    newest_ms = max((row.at_ms for row in rows), default=0)
    if now_ms - newest_ms > STALE_S * 1000:
        return None
    return sum(
        visit.duration_s is None and visit.identified is not None
        for visit in standing(tell_visits(rows).values())
    )


def _not_watching(rows: Sequence[LedgerRow], *, now_ms: int) -> tuple[SourceNow, ...]:
    newest = {
        row.data.source: (row.at_ms, row.data)
        for row in rows
        if isinstance(row.data, SourceStateChanged)
    }
    return tuple(
        SourceNow(
            source=source,
            state=said.to,
            for_s=max(0.0, (now_ms - at_ms) / 1000),
            reason=said.reason,
            remedy=said.remedy,
        )
        for source, (at_ms, said) in sorted(newest.items())
        if said.to != WATCHING
    )


def _blind_doors(rows: Sequence[LedgerRow]) -> list[DoorName]:
    newest = {row.data.door: row.data for row in rows if isinstance(row.data, FootfallCounted)}
    return sorted(door for door, said in newest.items() if said.coverage < HALF)


def _spell_people(estimate: OccupancyEstimated | None, *, age_s: float | None) -> str:
    if estimate is None or age_s is None:
        return "How many people are inside is unknown: no estimate was made in this time"
    if estimate.people is None:
        return (
            "How many people are inside is unknown: no sensor behind the figure was alive "
            f"({spell_length(age_s)} ago)"
        )
    interval = (
        f" ({estimate.low:.0f} to {estimate.high:.0f})"
        if estimate.low is not None and estimate.high is not None
        else ""
    )
    number = round(estimate.people)
    about = f"about {number} {'person' if number == 1 else 'people'}{interval}"
    if age_s > STALE_S:
        return (
            f"How many people are inside is unknown: the newest figure, {about}, "
            f"is {spell_length(age_s)} old"
        )
    verb = "is" if number == 1 else "are"
    return f"{about.capitalize()} {verb} inside, as of {spell_length(age_s)} ago"


def _spell_known(known: int | None) -> str:
    if known is None:
        return "how many known customers are inside is unknown"
    if not known:
        return "no known customer is inside"
    return f"{known} known customer{' is' if known == 1 else 's are'} inside"


def _spell_sources(sources: Sequence[SourceNow], *, heard: bool) -> str:
    if not heard:
        return "whether the sources watch is unknown"
    if not sources:
        return "all sources watch"
    return spell_list(
        [
            f"source {one.source} has been {one.state} for {spell_length(one.for_s)}"
            for one in sources
        ]
    )


def _spell_outbox(outbox: int | None) -> str:
    if outbox is None:
        return "how many events wait is unknown"
    if not outbox:
        return "no event waits for the platform"
    return f"{outbox} event{' waits' if outbox == 1 else 's wait'} for the platform"
