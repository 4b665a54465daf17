"""This is where the table of visits is kept in step with the events, in the same transaction."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec

from edge.model.event import (
    Event,
    EventData,
    VisitCorrected,
    VisitEnded,
    VisitIdentified,
    VisitStarted,
    ZoneEntered,
)
from edge.model.names import CustomerId
from edge.store.engine import Connection
from edge.store.rows import MILLISECOND, visit_bytes

MERGED: Final = "merged"
"""The correction that puts a visit into another one; others leave the visit its own."""


class Change(msgspec.Struct, kw_only=True):
    """What a batch of events says about one visit, by column; None leaves it as it is."""

    id: bytes
    started_ms: int | None = None
    ended_ms: int | None = None
    door: str | None = None
    zone: str | None = None
    people: int | None = None
    basis: str | None = None
    customer: CustomerId | None = None
    """On the disk this is the person's number; without the device's key it is not kept."""
    confidence: float | None = None
    grade: str | None = None
    how: str | None = None
    correction: str | None = None
    merged_into: bytes | None = None
    reason: str | None = None


_COLUMNS: Final = tuple({"customer": "person"}.get(name, name) for name in Change.__struct_fields__)
_KEEP: Final = ", ".join(f"{name} = ifnull(excluded.{name}, {name})" for name in _COLUMNS[1:])
_BEGIN: Final = (
    f"INSERT INTO visit ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) "
    f"ON CONFLICT DO UPDATE SET {_KEEP}"
)
_GO_ON: Final = (
    f"UPDATE visit SET {', '.join(f'{name} = ifnull(?, {name})' for name in _COLUMNS[2:])} "
    "WHERE id = ?"
)


def changes(events: Iterable[Event]) -> list[Change]:
    """Fold events, in order, into what they change about each visit.

    Raises: StoreError for a visit id that cannot be kept.
    """
    folded: dict[str, Change] = {}
    for event in events:
        note = _NOTES.get(type(event.data))
        if note is not None:
            said: Any = event.data  # every class in _NOTES names its visit
            change = folded.get(said.visit)
            if change is None:
                change = folded[said.visit] = Change(id=visit_bytes(said.visit))
            note(change, said, event.at // MILLISECOND)
    return list(folded.values())


def apply(conn: Connection, wanted: Sequence[Change]) -> None:
    """Make the changes; to be called in the job that appends the events.

    A visit that is not there, because it was swept, is not made anew by what comes late.
    """
    begun = [_values(conn, change) for change in wanted if change.started_ms is not None]
    later = [_values(conn, change) for change in wanted if change.started_ms is None]
    conn.executemany(_BEGIN, begun)
    conn.executemany(_GO_ON, ((*values[2:], values[0]) for values in later))


def _values(conn: Connection, change: Change) -> tuple[Any, ...]:
    """Give the values of `_COLUMNS`."""
    if change.customer is None:
        return msgspec.structs.astuple(change)
    if not change.customer or conn.vault is None:
        nobody = msgspec.structs.replace(change, customer=None, confidence=None, grade=None)
        return msgspec.structs.astuple(nobody)
    values = msgspec.structs.astuple(change)
    place = Change.__struct_fields__.index("customer")
    person = conn.vault.admit(conn, change.customer)
    return (*values[:place], person.number, *values[place + 1 :])


def _started(change: Change, said: VisitStarted, at_ms: int) -> None:
    change.started_ms, change.people, change.basis = at_ms, said.people, said.basis
    change.door, change.zone = said.door, said.zone


def _identified(change: Change, said: VisitIdentified, _at_ms: int) -> None:
    change.customer, change.confidence, change.grade = said.customer, said.confidence, said.grade


def _entered(change: Change, said: ZoneEntered, _at_ms: int) -> None:
    change.zone = said.zone


def _ended(change: Change, said: VisitEnded, at_ms: int) -> None:
    change.ended_ms, change.how = at_ms, said.how


def _corrected(change: Change, said: VisitCorrected, _at_ms: int) -> None:
    change.correction, change.reason = said.what, said.reason
    if said.what == MERGED and said.with_ is not None:
        change.merged_into = visit_bytes(said.with_)


_NOTES: Final[dict[type[EventData], Callable[[Change, Any, int], None]]] = {
    VisitStarted: _started,
    VisitIdentified: _identified,
    ZoneEntered: _entered,
    VisitEnded: _ended,
    VisitCorrected: _corrected,
}
