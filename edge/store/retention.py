"""This is where what was kept long enough is deleted."""

from collections.abc import Sequence
from typing import Final

import msgspec

from edge.model.event import EVENT_TYPES, EventData
from edge.model.names import Instant
from edge.store.engine import Connection
from edge.store.rows import MILLISECOND, code_of

SLICE_ROWS: Final = 5_000
"""Rows that one call deletes at most: some 50 ms in which nobody else can write."""


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep deleted, in rows."""

    events: int
    visits: int
    more: bool
    """True where the slice was full: call again."""


def unname(conn: Connection, *, before: Instant, limit: int = SLICE_ROWS) -> int:
    """Take the names out of events that happened before a moment, oldest first; give how many.

    The events stay, and what is sealed beside them goes. To be called in a job of the writer.
    """
    before_ms = before // MILLISECOND
    gone = conn.execute(
        "DELETE FROM personal WHERE sequence IN (SELECT personal.sequence FROM personal "
        "JOIN event USING (sequence) WHERE at_ms < ? ORDER BY personal.sequence LIMIT ?)",
        (before_ms, limit),
    ).rowcount
    conn.execute(
        "UPDATE visit SET person = NULL, confidence = NULL, grade = NULL "
        "WHERE person IS NOT NULL AND started_ms < ? AND NOT EXISTS (SELECT 1 FROM personal "
        "JOIN event USING (sequence) WHERE event.visit = visit.id)",
        (before_ms,),
    )
    return gone


def sweep(
    conn: Connection,
    *,
    before: Instant,
    types: Sequence[type[EventData]] = EVENT_TYPES,
    limit: int = SLICE_ROWS,
) -> Swept:
    """Delete acknowledged events of some types that happened before a moment, oldest first.

    A visit that began before it goes with the last of its events. What waits for the platform
    stays, however old it is. To be called in a job of the writer; what "before" is, is the
    policy's to say.
    """
    before_ms = before // MILLISECOND
    events = conn.execute(
        "DELETE FROM event WHERE sequence IN (SELECT sequence FROM event "
        f"WHERE at_ms < ? AND type IN ({', '.join('?' * len(types))}) "
        "AND sequence < ifnull((SELECT min(sequence) FROM outbox), 1 << 62) "
        "ORDER BY sequence LIMIT ?)",
        (before_ms, *(code_of(kind) for kind in types), limit),
    ).rowcount
    visits = conn.execute(
        "DELETE FROM visit WHERE id IN (SELECT id FROM visit WHERE started_ms < ? "
        "AND NOT EXISTS (SELECT 1 FROM event WHERE event.visit = visit.id) LIMIT ?)",
        (before_ms, limit),
    ).rowcount
    return Swept(events=events, visits=visits, more=limit in (events, visits))
