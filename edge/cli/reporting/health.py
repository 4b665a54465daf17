"""This is where the health of the sources is laid out along time."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from edge.cli.reporting.moment import WATCHING
from edge.model.event import SourceStateChanged
from edge.model.names import SourceName
from edge.store.rows import LedgerRow


class StateSpan(msgspec.Struct, frozen=True, kw_only=True):
    """A time that a source spent in one state of health."""

    state: str
    from_ms: int
    to_ms: int


class SourceChange(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a source's health."""

    at_ms: int
    said: SourceStateChanged


def source_changes(rows: Iterable[LedgerRow]) -> tuple[SourceChange, ...]:
    """Give every change, in the ledger's order."""
    return tuple(
        SourceChange(at_ms=row.at_ms, said=row.data)
        for row in rows
        if isinstance(row.data, SourceStateChanged)
    )


def state_spans(
    changes: Sequence[SourceChange], *, from_ms: int, to_ms: int
) -> dict[SourceName, tuple[StateSpan, ...]]:
    """Give each source's states from one moment to another; before its first change it was so."""
    grouped: dict[SourceName, list[SourceChange]] = defaultdict(list)
    for change in changes:
        grouped[change.said.source].append(change)
    return {
        source: _spans(sorted(found, key=lambda one: one.at_ms), from_ms=from_ms, to_ms=to_ms)
        for source, found in sorted(grouped.items())
    }


def watched_share(spans: Sequence[StateSpan]) -> float | None:
    """Give the share of the time in which a source watched; None of no time."""
    whole = sum(span.to_ms - span.from_ms for span in spans)
    watched = sum(span.to_ms - span.from_ms for span in spans if span.state == WATCHING)
    return watched / whole if whole else None


def _spans(changes: Sequence[SourceChange], *, from_ms: int, to_ms: int) -> tuple[StateSpan, ...]:
    starts = [from_ms, *(change.at_ms for change in changes)]
    ends = [*(change.at_ms for change in changes), to_ms]
    states = [changes[0].said.from_, *(change.said.to for change in changes)]
    return tuple(
        StateSpan(state=state, from_ms=max(start, from_ms), to_ms=min(end, to_ms))
        for state, start, end in zip(states, starts, ends, strict=True)
        if min(end, to_ms) > max(start, from_ms)
    )
