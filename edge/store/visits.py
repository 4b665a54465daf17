"""This is where the table of visits is kept in step with the events, in the same transaction."""

from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from edge.model.event import (
    Event,
    EventData,
    VisitCorrected,
    VisitEnded,
    VisitIdentified,
    VisitStarted,
    ZoneEntered,
)
from edge.store.engine import Connection
from edge.store.rows import MILLISECOND, visit_bytes

Change = tuple[str, tuple[Any, ...]]
"""A statement and its values."""

MERGED: Final = "merged"
"""The correction that puts a visit into another one; others leave the visit its own."""

_STARTED: Final = """
    INSERT INTO visit (started_ms, door, zone, people, basis, id) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET started_ms = excluded.started_ms, door = excluded.door,
    zone = excluded.zone, people = excluded.people, basis = excluded.basis"""
_IDENTIFIED: Final = "UPDATE visit SET customer = ?, confidence = ?, grade = ? WHERE id = ?"
_ENTERED: Final = "UPDATE visit SET zone = ? WHERE id = ?"
_ENDED: Final = "UPDATE visit SET ended_ms = ?, how = ? WHERE id = ?"
_CORRECTED: Final = (
    "UPDATE visit SET correction = ?, merged_into = ifnull(?, merged_into), reason = ? WHERE id = ?"
)


def changes(events: Sequence[Event]) -> list[Change]:
    """Say how the table of visits changes with these events, in order."""
    found = ((_CHANGES.get(type(event.data)), event) for event in events)
    return [change(event.data, event.at // MILLISECOND) for change, event in found if change]


def apply(conn: Connection, wanted: Sequence[Change]) -> None:
    """Make the changes; to be called in the job that appends the events."""
    for statement, values in wanted:
        conn.execute(statement, values)


def _started(data: EventData, at_ms: int) -> Change:
    said = cast("VisitStarted", data)
    key = visit_bytes(said.visit)
    return _STARTED, (at_ms, said.door, said.zone, said.people, said.basis, key)


def _identified(data: EventData, _at_ms: int) -> Change:
    said = cast("VisitIdentified", data)
    key = visit_bytes(said.visit)
    return _IDENTIFIED, (said.customer, said.confidence, said.grade, key)


def _entered(data: EventData, _at_ms: int) -> Change:
    said = cast("ZoneEntered", data)
    return _ENTERED, (said.zone, visit_bytes(said.visit))


def _ended(data: EventData, at_ms: int) -> Change:
    said = cast("VisitEnded", data)
    return _ENDED, (at_ms, said.how, visit_bytes(said.visit))


def _corrected(data: EventData, _at_ms: int) -> Change:
    said = cast("VisitCorrected", data)
    merged = said.what == MERGED and said.with_ is not None
    into = visit_bytes(said.with_) if merged and said.with_ else None
    return _CORRECTED, (said.what, into, said.reason, visit_bytes(said.visit))


_CHANGES: Final[dict[type[EventData], Callable[[EventData, int], Change]]] = {
    VisitStarted: _started,
    VisitIdentified: _identified,
    ZoneEntered: _entered,
    VisitEnded: _ended,
    VisitCorrected: _corrected,
}
