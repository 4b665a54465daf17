"""This is where a file in which customers' names could be read is sealed, when it is upgraded.

Without the device's key the names are taken out instead.
"""

from typing import Final

import msgspec

from edge.model.event import Event
from edge.model.names import CustomerId, Instant
from edge.store import personal
from edge.store.engine import Connection
from edge.store.ledger import LOCKED, Snapshot, keep_snapshot
from edge.store.rows import COLUMNS, MILLISECOND, LedgerRow, code_of, data_bytes, from_row

_NAMING: Final = sorted(str(code_of(kind)) for kind in personal.NAMING)
_PAGE: Final = (
    f"SELECT {COLUMNS} FROM event WHERE type IN ({', '.join(_NAMING)}) AND sequence > ? "
    "ORDER BY sequence LIMIT 500"
)


def seal_what_lay_open(conn: Connection) -> None:
    """Seal events, visits and fusion's memory; to be called between SECOND and SECOND_END."""
    after = 0
    while rows := conn.execute(_PAGE, (after,)).fetchall():
        for row in rows:
            _seal_event(conn, from_row(row))
        after = rows[-1][0]
    for visit, customer in conn.execute(
        "SELECT id, customer FROM visit WHERE customer IS NOT NULL"
    ).fetchall():
        _seal_visit(conn, visit, CustomerId(customer))
    for position, at_ns, state in conn.execute(
        "SELECT position, at_ns, state FROM old_snapshot"
    ).fetchall():
        kept = Snapshot(position=position, at=Instant(at_ns), state=state)
        keep_snapshot(conn, kept if conn.vault else msgspec.structs.replace(kept, state=LOCKED))


def _seal_event(conn: Connection, row: LedgerRow) -> None:
    at, recorded = Instant(row.at_ms * MILLISECOND), Instant(row.recorded_ms * MILLISECOND)
    event = Event(at=at, recorded=recorded, data=row.data, visit=row.visit)
    for said in personal.named([event]):
        personal.keep(conn, said, sequence=row.sequence)
    left = data_bytes(personal.readable(event).data, row.visit)
    conn.execute("UPDATE event SET data = ? WHERE sequence = ?", (left, row.sequence))


def _seal_visit(conn: Connection, visit: bytes, customer: CustomerId) -> None:
    person = None if conn.vault is None else conn.vault.admit(conn, customer).number
    conn.execute("UPDATE visit SET person = ? WHERE id = ?", (person, visit))
