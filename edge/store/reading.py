"""This is where the command line and the report read the ledger.

Long readings go page by page along the sequence: memory stays constant, and no page holds a view
of the file that would keep the WAL from being emptied.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from edge.errors import StoreError
from edge.model.event import EventData
from edge.model.names import CustomerId, DoorName, Instant, VisitId, ZoneName
from edge.store.engine import Connection
from edge.store.personal import BESIDE, SELECT, opened_row
from edge.store.rows import MILLISECOND, LedgerRow, code_of, visit_bytes, visit_name

PAGE_ROWS: Final = 500
"""Rows of a page, some 100 KB."""

_VISIT: Final = (
    "SELECT id, started_ms, ended_ms, door, zone, people, basis, NULL, confidence, grade, how, "
    "correction, merged_into, reason, mark, wrapped FROM visit "
    "LEFT JOIN person ON number = visit.person"
)


class VisitRow(msgspec.Struct, frozen=True, kw_only=True):
    """A visit as all events so far tell it."""

    visit: VisitId
    started_ms: int
    """Milliseconds since 1970-01-01T00:00:00Z."""
    ended_ms: int | None
    """None while the person is inside."""
    door: DoorName | None
    zone: ZoneName | None
    """The zone entered last."""
    people: int
    basis: str
    customer: CustomerId | None
    """None where nobody was recognised, and where the device's key does not say who."""
    confidence: float | None
    grade: str | None
    how: str | None
    """How the end was known."""
    correction: str | None
    """The correction made last: merged, split or retracted."""
    merged_into: VisitId | None
    """The visit that this one turned out to be part of."""
    reason: str | None


def events(
    reader: Connection,
    *,
    types: Sequence[type[EventData]] = (),
    since: Instant | None = None,
    after: int = 0,
) -> Iterator[LedgerRow]:
    """Give events in order: of some types (all of none), that happened since, behind a sequence."""
    where = ["event.sequence > ?"]
    values: list[int] = []
    if types:
        where.append(f"type IN ({', '.join('?' * len(types))})")
        values.extend(code_of(kind) for kind in types)
    if since is not None:
        where.append("at_ms >= ?")
        values.append(since // MILLISECOND)
    page = f"{_select(where)} ORDER BY event.sequence LIMIT {PAGE_ROWS}"
    while rows := reader.execute(page, (after, *values)).fetchall():
        yield from (opened_row(row, reader.vault) for row in rows)
        after = rows[-1][0]


def of_visit(reader: Connection, visit: VisitId) -> list[LedgerRow]:
    """Give every event about a visit, in order."""
    found = reader.execute(
        f"{_select(['visit = ?'])} ORDER BY event.sequence", (visit_bytes(visit),)
    ).fetchall()
    return [opened_row(row, reader.vault) for row in found]


def latest(reader: Connection, kind: type[EventData]) -> LedgerRow | None:
    """Give the newest event of a type."""
    row = reader.execute(
        f"{_select(['type = ?'])} ORDER BY event.sequence DESC LIMIT 1", (code_of(kind),)
    ).fetchone()
    return None if row is None else opened_row(row, reader.vault)


def visit(reader: Connection, visit_id: VisitId) -> VisitRow | None:
    """Give one visit."""
    row = reader.execute(f"{_VISIT} WHERE id = ?", (visit_bytes(visit_id),)).fetchone()
    return None if row is None else _visit(reader, row)


def visits(reader: Connection, *, since: Instant | None = None) -> Iterator[VisitRow]:
    """Give the visits that began since a moment, oldest first, corrected ones included."""
    page = f"{_VISIT} WHERE (started_ms, id) > (?, ?) ORDER BY started_ms, id LIMIT {PAGE_ROWS}"
    place: tuple[int, bytes] = (0 if since is None else since // MILLISECOND, b"")
    while rows := reader.execute(page, place).fetchall():
        yield from (_visit(reader, row) for row in rows)
        place = (rows[-1][1], rows[-1][0])


def faults(reader: Connection) -> list[str]:
    """Look through the whole file for damage, reading all of it; empty where it is sound."""
    try:
        found = [str(row[0]) for row in reader.execute("PRAGMA integrity_check").fetchall()]
    except StoreError as error:  # so damaged that the look itself fails
        return [error.why]
    return [] if found == ["ok"] else found


def _select(where: Sequence[str]) -> str:
    return f"{SELECT} event {BESIDE} WHERE {' AND '.join(where)}"


def _visit(reader: Connection, row: tuple[Any, ...]) -> VisitRow:
    """Give a row of `_VISIT` its names."""
    *own, mark, wrapped = row
    values = dict(zip(VisitRow.__struct_fields__, own, strict=True))
    into = values["merged_into"]
    cipher = None if reader.vault is None else reader.vault.opened(mark, wrapped)
    return VisitRow(
        **{
            **values,
            "visit": visit_name(values["visit"]),
            "customer": None if cipher is None else cipher.customer,
            "merged_into": None if into is None else visit_name(into),
        }
    )
