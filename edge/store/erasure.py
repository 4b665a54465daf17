"""This is where the ledger forgets a customer without losing count.

An event that waits in the outbox keeps its number, because a missing number means a loss to the
platform; what it says of the customer is taken out of it. After the job, `Store.scrub` takes what
was overwritten out of the WAL as well. A snapshot is fusion's own: the caller appends a new one.
"""

from typing import Final

import msgspec

from edge.model.event import EVENT_TYPES, EventData, VisitIdentified
from edge.model.names import CustomerId
from edge.store.engine import Connection
from edge.store.rows import COLUMNS, LedgerRow, code_of, data_bytes, from_row

WITHDRAWN: Final = "withdrawn"
"""The grade of an identification that was taken out before it was sent; it names nobody."""

_NAMING: Final = tuple(kind for kind in EVENT_TYPES if "customer" in kind.__struct_fields__)
_FOUND: Final = (
    f"SELECT {COLUMNS} FROM event WHERE type IN ({', '.join('?' * len(_NAMING))}) "
    "AND instr(data, ?) > 0 AND sequence >= ?"
)


class Forgotten(msgspec.Struct, frozen=True, kw_only=True):
    """What an erasure touched, in rows."""

    visits: int
    """Visits that no longer name the customer."""
    events: int
    """Events in the ledger that no longer name them."""
    queued: int
    """Those of them that still wait for the platform."""


def forget(conn: Connection, customer: CustomerId) -> Forgotten:
    """Take a customer out of every visit and event; to be called in a job of the writer."""
    visits = conn.execute(
        "UPDATE visit SET customer = NULL, confidence = NULL, grade = NULL WHERE customer = ?",
        (customer,),
    ).rowcount
    first = _first_queued(conn)
    changed = _take_out(conn, customer, start=0)
    queued = sum(first is not None and row.sequence >= first for row in changed)
    return Forgotten(visits=visits, events=len(changed), queued=queued)


def hold_back(conn: Connection, customer: CustomerId) -> int:
    """Take a customer out of what was not acknowledged yet; give how many events that were.

    For a consent that was withdrawn: what the platform has had, stays. To be called in a job.
    """
    first = _first_queued(conn)
    return 0 if first is None else len(_take_out(conn, customer, start=first))


def without_customer(data: EventData) -> EventData:
    """Give what is left of an event when its customer is taken out."""
    if isinstance(data, VisitIdentified):
        return VisitIdentified(
            visit=data.visit,
            customer=CustomerId(""),
            confidence=0.0,
            grade=WITHDRAWN,
            evidence=(),
            purposes=(),
        )
    required = {field.name for field in msgspec.structs.fields(data) if field.required}
    return msgspec.structs.replace(data, customer="" if "customer" in required else None)


def _take_out(conn: Connection, customer: CustomerId, *, start: int) -> list[LedgerRow]:
    """Rewrite the events from a sequence on that name a customer; give what they said."""
    codes = [code_of(kind) for kind in _NAMING]
    # The bytes may also lie in another field, or within a longer name: the decoded field decides.
    near = map(from_row, conn.execute(_FOUND, (*codes, customer.encode(), start)).fetchall())
    rows = [row for row in near if getattr(row.data, "customer", None) == customer]
    conn.executemany(
        "UPDATE event SET data = ? WHERE sequence = ?",
        [(data_bytes(without_customer(row.data), row.visit), row.sequence) for row in rows],
    )
    return rows


def _first_queued(conn: Connection) -> int | None:
    """Give the oldest sequence that waits for the platform."""
    row: tuple[int | None] = conn.execute("SELECT min(sequence) FROM outbox").fetchone()
    return row[0]
