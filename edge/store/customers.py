"""This is where sealed customers are kept, and where those who were erased stay erased.

The store never sees the plain text: `sealed` is encrypted by the caller, and `mark` is the caller's
keyed hash of the customer's name, so that a tombstone names nobody. Messages may come in any order
and more than once; what counts is the highest version, and of an erasure and a profile with the
same version, the erasure.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from edge.model.names import CustomerId
from edge.store import meta
from edge.store.engine import Connection

_CURSOR: Final = "customers.cursor"


class SealedCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """A customer as they lie on the disk."""

    customer: CustomerId
    version: int
    sealed: bytes
    """Encrypted by the caller, with the customer's own key."""


def put(
    conn: Connection, customer: CustomerId, *, version: int, sealed: bytes, mark: bytes
) -> bool:
    """Keep a version of a customer; False where a newer or equal one, or an erasure, is there.

    To be called in a job of the writer.
    """
    if version <= _erased_version(conn, mark):
        return False
    done = conn.execute(
        "INSERT INTO customer VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET "
        "version = excluded.version, sealed = excluded.sealed WHERE excluded.version > version",
        (customer, version, sealed),
    )
    return done.rowcount > 0


def erase(conn: Connection, customer: CustomerId, *, version: int, mark: bytes) -> bool:
    """Erase a customer up to a version and leave a tombstone; False where nothing was there.

    To be called in a job of the writer. What the ledger says of them is the matter of
    `edge.store.erasure`, and so is what is left in the WAL.
    """
    conn.execute(
        "INSERT INTO tombstone VALUES (?, ?) ON CONFLICT DO UPDATE SET version = excluded.version "
        "WHERE excluded.version > version",
        (mark, version),
    )
    done = conn.execute(
        "DELETE FROM customer WHERE customer = ? AND version <= ?", (customer, version)
    )
    return done.rowcount > 0


def get(reader: Connection, customer: CustomerId) -> SealedCustomer | None:
    """Give one customer."""
    row = reader.execute(
        "SELECT customer, version, sealed FROM customer WHERE customer = ?", (customer,)
    ).fetchone()
    return None if row is None else _sealed(*row)


def rows(reader: Connection) -> Iterator[SealedCustomer]:
    """Give every customer, in the order of their names."""
    for row in reader.execute("SELECT customer, version, sealed FROM customer ORDER BY customer"):
        yield _sealed(*row)


def cursor(reader: Connection) -> str | None:
    """Give how far the platform's deltas were applied; None before the first."""
    return meta.get(reader, _CURSOR)


def keep_cursor(conn: Connection, reached: str) -> None:
    """Keep how far the deltas were applied; to be called in the job that applies them."""
    meta.put(conn, _CURSOR, reached)


def _erased_version(conn: Connection, mark: bytes) -> int:
    """Give the version up to which a customer was erased; -1 where they never were."""
    row: tuple[int] | None = conn.execute(
        "SELECT version FROM tombstone WHERE mark = ?", (mark,)
    ).fetchone()
    return -1 if row is None else row[0]


def _sealed(customer: str, version: int, sealed: bytes) -> SealedCustomer:
    return SealedCustomer(customer=CustomerId(customer), version=version, sealed=sealed)
