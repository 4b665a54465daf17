"""This is where customers are kept, and where those who were erased stay erased.

A record is sealed with the customer's own key, and found by the keyed hash of their name; a
tombstone is such a hash too, so that it names nobody. Messages may come in any order and more than
once; what counts is the highest version, and of an erasure and a profile with the same version, the
erasure. Whatever is done here takes the device's key.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from edge.errors import StoreError
from edge.model.names import CustomerId
from edge.store import meta
from edge.store.cipher import PersonCipher
from edge.store.engine import Connection
from edge.store.vault import need_vault

_CURSOR: Final = "customers.cursor"
_PAGE_ROWS: Final = 1_000
"""Rows of a page, some 1 MB; no page holds a view of the file that keeps the WAL from emptying."""

_SELECT: Final = (
    "SELECT number, mark, wrapped, version, sealed FROM customer JOIN person ON number = person"
)


class KeptCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """A customer as they came from the disk."""

    customer: CustomerId | None
    """None where the key or the record is damaged."""
    version: int
    record: bytes | None
    """What was put; None where it cannot be opened."""


def put(conn: Connection, customer: CustomerId, *, version: int, record: bytes) -> bool:
    """Keep a version of a customer; False where a newer or equal one, or an erasure, is there.

    To be called in a job of the writer.
    Raises: StoreError without the device's key.
    """
    vault = need_vault(conn, what="could not keep a customer")
    if version <= _erased_version(conn, vault.cipher.mark(customer)):
        return False
    person = vault.admit(conn, customer)
    sealed = person.cipher.seal(record, bound=_bound(version))
    done = conn.execute(
        "INSERT INTO customer VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET "
        "version = excluded.version, sealed = excluded.sealed WHERE excluded.version > version",
        (person.number, version, sealed),
    )
    return done.rowcount > 0


def renew(conn: Connection, customer: CustomerId, *, version: int, record: bytes) -> None:
    """Replace the record of a version that is held; to be called in a job of the writer.

    Raises: StoreError without the device's key.
    """
    person = need_vault(conn, what="could not keep a customer").admit(conn, customer)
    conn.execute(
        "UPDATE customer SET sealed = ? WHERE person = ? AND version = ?",
        (person.cipher.seal(record, bound=_bound(version)), person.number, version),
    )


def erase(conn: Connection, customer: CustomerId, *, version: int) -> bool:
    """Erase a customer up to a version and leave a tombstone; False where nothing was there.

    To be called in a job of the writer. What the ledger says of them, and their key, is the matter
    of `edge.store.erasure`, and so is what is left in the WAL.
    Raises: StoreError without the device's key.
    """
    mark = need_vault(conn, what="could not erase a customer").cipher.mark(customer)
    conn.execute(
        "INSERT INTO tombstone VALUES (?, ?) ON CONFLICT DO UPDATE SET version = excluded.version "
        "WHERE excluded.version > version",
        (mark, version),
    )
    done = conn.execute(
        "DELETE FROM customer WHERE version <= ? "
        "AND person = (SELECT number FROM person WHERE mark = ?)",
        (version, mark),
    )
    return done.rowcount > 0


def get(reader: Connection, customer: CustomerId) -> KeptCustomer | None:
    """Give one customer; None where there is none, or the device's key is missing."""
    if reader.vault is None:
        return None
    mark = reader.vault.cipher.mark(customer)
    row = reader.execute(f"{_SELECT} WHERE mark = ?", (mark,)).fetchone()
    return None if row is None else _kept(reader, row)


def rows(reader: Connection) -> Iterator[KeptCustomer]:
    """Give every customer, page by page, in the order in which they came first."""
    after = 0
    page = f"{_SELECT} WHERE customer.person > ? ORDER BY customer.person LIMIT {_PAGE_ROWS}"
    while found := reader.execute(page, (after,)).fetchall():
        yield from (_kept(reader, row) for row in found)
        after = found[-1][0]


def page(reader: Connection, *, after: int, limit: int) -> list[tuple[int, KeptCustomer]]:
    """Give some customers behind a number, each with their own, in the order of the numbers."""
    rows = f"{_SELECT} WHERE customer.person > ? ORDER BY customer.person LIMIT ?"
    found = reader.execute(rows, (after, limit)).fetchall()
    return [(row[0], _kept(reader, row)) for row in found]


def forget_all(conn: Connection) -> int:
    """Forget every customer and how far the platform's deltas came; gives how many there were.

    Their keys stay, for what the ledger says of them. To be called in a job of the writer, before
    the platform is asked for everything anew.
    """
    meta.put(conn, _CURSOR, "")
    return conn.execute("DELETE FROM customer").rowcount


def mark_of(conn: Connection, customer: CustomerId) -> bytes:
    """Give what stands for a customer on the disk.

    Raises: StoreError without the device's key.
    """
    return need_vault(conn, what="could not look a customer up").cipher.mark(customer)


def is_erased(reader: Connection, mark: bytes, *, version: int) -> bool:
    """Say whether a version of a customer was erased before."""
    return _erased_version(reader, mark) >= version


def is_kept(reader: Connection, mark: bytes) -> bool:
    """Say whether a customer is kept, by their mark."""
    found = reader.execute(
        "SELECT 1 FROM customer JOIN person ON number = person WHERE mark = ?", (mark,)
    ).fetchone()
    return found is not None


def count(reader: Connection) -> int:
    """Give how many customers are kept; this takes no key."""
    row: tuple[int] = reader.execute("SELECT count(*) FROM customer").fetchone()
    return row[0]


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


def _kept(reader: Connection, row: tuple[Any, ...]) -> KeptCustomer:
    _, mark, wrapped, version, sealed = row
    cipher = None if reader.vault is None else reader.vault.opened(mark, wrapped)
    return KeptCustomer(
        customer=None if cipher is None else cipher.customer,
        version=version,
        record=None if cipher is None else _open(cipher, sealed, version=version),
    )


def _open(cipher: PersonCipher, sealed: bytes, *, version: int) -> bytes | None:
    try:
        return cipher.open(sealed, bound=_bound(version))
    except StoreError:  # who cannot be opened is not known (R20); the caller counts them
        return None


def _bound(version: int) -> bytes:
    return b"customer %d" % version
