"""This is where erasures wait that were asked for: a restart goes on with those not finished.

The row is written in the transaction that deletes the customer, so that no crash lies between the
two; it is deleted in the one that appends the receipt. It knows the person by their mark only.
"""

from typing import Final

import msgspec

from edge.model.names import CustomerId, Instant
from edge.store import customers, erasure, withdrawals
from edge.store.engine import Connection
from edge.store.rows import MILLISECOND
from edge.store.vault import need_vault

_COLUMNS: Final = "place, mark, request, reason, asked_ms, counts"


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that an erasure deleted, or that no longer name the person, by table."""

    customer: int = 0
    person: int = 0
    visit: int = 0
    event: int = 0
    queued: int = 0
    """Those of the events that had not been sent."""
    withdrawal: int = 0

    def plus(self, other: "Counts") -> "Counts":
        """Add what a further pass found."""
        names = self.__struct_fields__
        return Counts(**{name: getattr(self, name) + getattr(other, name) for name in names})


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """An erasure that is not finished."""

    place: int
    mark: bytes
    request: str
    """What the platform, or the desk, knows it by; it names nobody."""
    reason: str
    asked: Instant
    """When it was delivered."""
    counts: Counts


def ask(
    conn: Connection,
    customer: CustomerId,
    *,
    version: int,
    request: str,
    reason: str,
    asked: Instant,
) -> bool:
    """Erase a customer up to a version, and note that the rest is to follow.

    False where that version was erased before: then nothing changes. A newer version that is there
    already stays, without the past. To be called in a job of the writer.
    Raises: StoreError without the device's key.
    """
    mark = need_vault(conn, what="could not erase a customer").cipher.mark(customer)
    if customers.is_erased(conn, mark, version=version):
        return False
    row = customers.erase(conn, customer, version=version)
    counts = msgspec.structs.replace(sweep(conn, mark), customer=int(row))
    conn.execute(
        "INSERT INTO erasure (mark, request, reason, asked_ms, counts) VALUES (?, ?, ?, ?, ?)",
        (mark, request, reason, asked // MILLISECOND, msgspec.msgpack.encode(counts)),
    )
    return True


def sweep(conn: Connection, mark: bytes) -> Counts:
    """Take a person out of everything that the ledger keeps; to be called in a job.

    Whoever is kept in a newer version keeps what they took back: it may be of that version.
    """
    gone = erasure.forget_mark(conn, mark)
    is_kept = customers.is_kept(conn, mark)
    return Counts(
        person=gone.keys,
        visit=gone.visits,
        event=gone.events,
        queued=gone.queued,
        withdrawal=0 if is_kept else withdrawals.forget(conn, mark),
    )


def sweep_again(conn: Connection, waiting: Asked) -> Asked:
    """Take out what was said of a person by batches that were on their way; in a job.

    Nothing is done for somebody whom the platform has told of again since.
    """
    if customers.is_kept(conn, waiting.mark):
        return waiting
    counts = waiting.counts.plus(sweep(conn, waiting.mark))
    conn.execute(
        "UPDATE erasure SET counts = ? WHERE place = ?",
        (msgspec.msgpack.encode(counts), waiting.place),
    )
    return msgspec.structs.replace(waiting, counts=counts)


def pending(reader: Connection, *, limit: int) -> list[Asked]:
    """Give erasures that are not finished, oldest first."""
    rows = reader.execute(
        f"SELECT {_COLUMNS} FROM erasure ORDER BY place LIMIT ?", (limit,)
    ).fetchall()
    return [
        Asked(
            place=place,
            mark=mark,
            request=request,
            reason=reason,
            asked=Instant(asked_ms * MILLISECOND),
            counts=msgspec.msgpack.decode(counts, type=Counts) if counts else Counts(),
        )
        for place, mark, request, reason, asked_ms, counts in rows
    ]


def is_waiting(reader: Connection, mark: bytes) -> bool:
    """Say whether a person's erasure is not finished."""
    found = reader.execute("SELECT 1 FROM erasure WHERE mark = ?", (mark,)).fetchone()
    return found is not None


def finish(conn: Connection, waiting: Asked) -> None:
    """Take an erasure off the list; to be called in the job that appends its receipt."""
    conn.execute("DELETE FROM erasure WHERE place = ?", (waiting.place,))


def left_under(reader: Connection, mark: bytes) -> int:
    """Count the rows that still stand for a person, outside the tombstones and the audit trail.

    Of somebody who is kept in a newer version nothing is left: the rows are the newer record's.
    """
    if customers.is_kept(reader, mark):
        return 0
    tables = ("person", "withdrawal")
    return sum(
        reader.execute(f"SELECT count(*) FROM {table} WHERE mark = ?", (mark,)).fetchone()[0]
        for table in tables
    )
