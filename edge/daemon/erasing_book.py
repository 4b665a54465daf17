"""This is where it is worked out what a message about a customer takes away, in its transaction."""

from collections.abc import Iterable

import msgspec

from edge.daemon.erasing_residue import Needles, needles_of
from edge.model.customer import Customer
from edge.model.names import CustomerId, Instant
from edge.privacy.consent import read_standing
from edge.privacy.withdrawal import left_standing, withheld
from edge.store import asked, customers, erasure, withdrawals
from edge.store.engine import Connection
from edge.store.vault import need_vault


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """A customer who allows less than before, or who was erased."""

    customer: CustomerId
    purposes: tuple[str, ...]
    """What they still allow; nothing after an erasure."""
    erased: Needles | None = None
    """What to search the files for, where they were erased."""
    mark: bytes = b""


def erase(
    conn: Connection,
    customer: CustomerId,
    *,
    version: int,
    request: str,
    reason: str,
    at: Instant,
) -> Changed | None:
    """Erase a customer, and note that the rest is to follow; None for a repeat.

    To be called in a job of the writer. Raises: StoreError without the device's key.
    """
    mark = mark_of(conn, customer)
    record = read(conn, customer)
    if not asked.ask(conn, customer, version=version, request=request, reason=reason, asked=at):
        return None
    needles = needles_of(customer, mark, record)
    return Changed(customer=customer, purposes=(), erased=needles, mark=mark)


def erase_whatever(
    conn: Connection, customer: CustomerId, *, request: str, at: Instant
) -> Changed | None:
    """Erase a customer in the version that is held; None where nothing at all is.

    Whatever the platform sends in a newer version is a new record. To be called in a job.
    Raises: StoreError without the device's key.
    """
    kept = customers.get(conn, customer)
    if kept is None and not asked.left_under(conn, mark_of(conn, customer)):
        return None
    version = 0 if kept is None else kept.version
    return erase(conn, customer, version=version, request=request, reason="desk", at=at)


def compare(
    conn: Connection, customer: Customer, *, before: Customer | None, at: Instant
) -> Changed | None:
    """Hold back what waits and rests on a purpose that a new version of a customer takes away.

    What was taken back here and is given anew by it is in force again. None where nothing was
    taken away. To be called in the job that keeps the version.
    """
    if before is None and not withdrawals.are_any(conn):  # 100,000 new customers come at once
        return None
    mark = mark_of(conn, customer.customer)
    taken = withdrawals.of(conn, mark)
    lifted = taken.keys() - withheld(read_standing(customer), taken)
    withdrawals.lift(conn, mark, lifted)
    left = left_standing(customer, taken, at=at)
    if before is None or set(left_standing(before, taken, at=at)) <= set(left):
        return None
    erasure.hold_back(conn, customer.customer, keep=left)
    return Changed(customer=customer.customer, purposes=left, mark=mark)


def withdraw(
    conn: Connection, customer: CustomerId, purposes: Iterable[str], *, at: Instant
) -> Changed | None:
    """Keep that a customer took purposes back here; None for somebody who is not known.

    To be called in a job of the writer. Raises: StoreError without the device's key.
    """
    record = read(conn, customer)
    if record is None:
        return None
    mark = mark_of(conn, customer)
    withdrawals.put(conn, mark, purposes, at=at)
    left = left_standing(record, withdrawals.of(conn, mark), at=at)
    erasure.hold_back(conn, customer, keep=left)
    return Changed(customer=customer, purposes=left, mark=mark)


def left(conn: Connection, customer: CustomerId, *, at: Instant) -> tuple[str, ...]:
    """Give what a customer allows by what lies on the disk; nothing of somebody not known."""
    if conn.vault is None:
        return ()
    taken = withdrawals.of(conn, mark_of(conn, customer))
    return left_standing(read(conn, customer), taken, at=at)


def read(conn: Connection, customer: CustomerId) -> Customer | None:
    """Read a customer's record; None where there is none that can be opened."""
    kept = customers.get(conn, customer)
    if kept is None or kept.record is None:
        return None
    try:
        return msgspec.msgpack.decode(kept.record, type=Customer)
    except msgspec.DecodeError:  # another version wrote it; the platform tells of them anew
        return None


def mark_of(conn: Connection, customer: CustomerId) -> bytes:
    """Give what stands for a customer on the disk.

    Raises: StoreError without the device's key.
    """
    return need_vault(conn, what="could not look a customer up").cipher.mark(customer)
