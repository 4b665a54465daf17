"""This is where the ledger forgets a customer without losing count.

An event that waits in the outbox keeps its number, because a missing number means a loss to the
platform; what it says of the customer is taken out of it. After the job, `Store.scrub` takes what
was overwritten out of the WAL as well. A snapshot is fusion's own: the caller appends a new one.
"""

from collections.abc import Collection
from typing import Final

import msgspec

from edge.model.customer import Purpose
from edge.model.event import ConsentWithdrawn, EventData, VisitIdentified
from edge.model.names import CustomerId
from edge.model.observation import PURPOSE_OF_EVIDENCE
from edge.store.engine import Connection
from edge.store.personal import BESIDE, SELECT, opened_row, reseal, without_customer
from edge.store.rows import LedgerRow, data_bytes, visit_bytes
from edge.store.vault import need_vault

_NUMBER: Final = "SELECT number FROM person WHERE mark = ?"
_FOUND: Final = f"{SELECT} event {BESIDE} WHERE personal.person = ? AND personal.sequence >= ?"


class Forgotten(msgspec.Struct, frozen=True, kw_only=True):
    """What an erasure touched, in rows."""

    visits: int
    """Visits that no longer name the customer."""
    events: int
    """Events in the ledger that no longer name them."""
    queued: int
    """Those of them that still wait for the platform."""
    keys: int = 0
    """1 where the person's key was thrown away."""


def forget(conn: Connection, customer: CustomerId) -> Forgotten:
    """Take a customer out of every visit and event, and throw their key away.

    The key stays where the platform has told of them again since. To be called in a job of the
    writer. Raises: StoreError without the device's key.
    """
    vault = need_vault(conn, what="could not forget a customer")
    return forget_mark(conn, vault.cipher.mark(customer))


def forget_mark(conn: Connection, mark: bytes) -> Forgotten:
    """Do what `forget` does for a person of whom only the mark is known, after a restart."""
    vault = need_vault(conn, what="could not forget a customer")
    number = _number(conn, mark)
    if number is None:
        return Forgotten(visits=0, events=0, queued=0)
    visits = conn.execute(
        "UPDATE visit SET person = NULL, confidence = NULL, grade = NULL WHERE person = ?",
        (number,),
    ).rowcount
    first = _first_queued(conn)
    changed = _found(conn, number, start=0)
    _take_out(conn, changed)
    keys = conn.execute(
        "DELETE FROM person WHERE number = ?1 "
        "AND NOT EXISTS (SELECT 1 FROM customer WHERE person = ?1)",
        (number,),
    ).rowcount
    vault.close_keys()
    queued = sum(first is not None and row.sequence >= first for row in changed)
    return Forgotten(visits=visits, events=len(changed), queued=queued, keys=keys)


def hold_back(conn: Connection, customer: CustomerId, *, keep: Collection[str] = ()) -> int:
    """Take a customer out of what was not acknowledged yet; give how many events that were.

    For consents that were withdrawn: `keep` names the purposes that are left, and what rests on
    those alone stays. So does what the platform has had, and the word of the withdrawal itself. To
    be called in a job of the writer.
    Raises: StoreError without the device's key.
    """
    vault = need_vault(conn, what="could not hold back what is said of a customer")
    number = _number(conn, vault.cipher.mark(customer))
    first = _first_queued(conn)
    if number is None or first is None:
        return 0
    rows = _found(conn, number, start=first)
    held = [row for row in rows if not _may_stay(row.data, keep)]
    _take_out(conn, held)
    _unname(conn, held)
    _cut_purposes(conn, [row for row in rows if row not in held], keep)
    return len(held)


def _may_stay(data: EventData, keep: Collection[str]) -> bool:
    """Say whether an event rests on nothing but purposes that are left."""
    if isinstance(data, ConsentWithdrawn):
        return True
    if isinstance(data, VisitIdentified):
        kinds = {one.kind for one in data.evidence}
        return bool(keep) and all(
            purpose in keep for kind, purpose in PURPOSE_OF_EVIDENCE.items() if kind in kinds
        )
    return Purpose.VISIT_HISTORY in keep


def _unname(conn: Connection, rows: list[LedgerRow]) -> None:
    """Take the name from the visits whose identification was taken out."""
    conn.executemany(
        "UPDATE visit SET person = NULL, confidence = NULL, grade = NULL WHERE id = ?",
        [
            (visit_bytes(row.data.visit),)
            for row in rows
            if isinstance(row.data, VisitIdentified) and not row.is_locked
        ],
    )


def _cut_purposes(conn: Connection, rows: list[LedgerRow], keep: Collection[str]) -> None:
    """Leave in identifications that may stay the purposes that are left."""
    for row in rows:
        if not isinstance(row.data, VisitIdentified) or set(row.data.purposes) <= set(keep):
            continue
        purposes = tuple(one for one in row.data.purposes if one in keep)
        reseal(conn, row, msgspec.structs.replace(row.data, purposes=purposes))


def _number(conn: Connection, mark: bytes) -> int | None:
    """Give what stands for a customer in the tables; None where nothing does."""
    row: tuple[int] | None = conn.execute(_NUMBER, (mark,)).fetchone()
    return None if row is None else row[0]


def _found(conn: Connection, number: int, *, start: int) -> list[LedgerRow]:
    """Give the events from a sequence on that name a person."""
    rows = conn.execute(_FOUND, (number, start)).fetchall()
    return [opened_row(row, conn.vault) for row in rows]


def _take_out(conn: Connection, rows: list[LedgerRow]) -> None:
    """Leave of events what says nothing of their person; what is locked says nothing already."""
    conn.executemany(
        "UPDATE event SET data = ? WHERE sequence = ?",
        [
            (data_bytes(without_customer(row.data), row.visit), row.sequence)
            for row in rows
            if not row.is_locked
        ],
    )
    conn.executemany("DELETE FROM personal WHERE sequence = ?", [(row.sequence,) for row in rows])


def _first_queued(conn: Connection) -> int | None:
    """Give the oldest sequence that waits for the platform."""
    row: tuple[int | None] = conn.execute("SELECT min(sequence) FROM outbox").fetchone()
    return row[0]
