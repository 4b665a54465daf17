"""This is where one message about customers takes effect on the disk, in one transaction."""

from typing import Final

import msgspec

from edge.daemon import erasing_book
from edge.daemon.erasing_book import Changed
from edge.model.customer import Customer
from edge.model.names import Instant
from edge.privacy.customers import CustomerMessage, Erase, Put
from edge.privacy.enrolment import carried_over
from edge.store import customers as table
from edge.store import meta
from edge.store.engine import Connection

CONFIRMED: Final = "customers.confirmed"
"""Where it stands in meta when the platform last said that nothing newer is known."""


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one message about customers."""

    cursor: str
    """Where the platform may go on; empty where it did not say."""
    faults: tuple[str, ...]
    """Fixed texts for what was refused."""
    told: tuple[Put | Erase, ...] = ()
    """The deltas that took effect, in their order; older versions and repeats do not."""
    renewed: tuple[Customer, ...] = ()
    """Those of whom the platform said once more what is held: their leases run anew."""
    changes: tuple[Changed, ...] = ()
    """Who allows less than before, or was erased; the ledger has forgotten it already."""
    confirmed: Instant | None = None
    """When the platform said that nothing newer is known: all leases run anew from here."""

    @property
    def changed(self) -> int:
        """How many deltas took effect."""
        return len(self.told)


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    """When and where a delta was told."""

    at: Instant
    place: str
    """The message's cursor and the delta's number in it: the platform knows it by that."""


def apply(conn: Connection, message: CustomerMessage, *, at: Instant) -> Applied:
    """Apply a message that came at a moment; to be called in a job of the writer.

    Raises: StoreError without the device's key.
    """
    changes: list[Changed] = []
    outcomes = [
        _apply(conn, delta, _Told(at=at, place=f"{message.cursor}/{place}"), changes)
        for place, delta in enumerate(message.deltas)
    ]
    # An empty message ends an answer to `customers/sync`: what is held is the platform's word.
    is_end = bool(message.cursor) and not message.deltas and not message.faults
    if message.cursor:
        table.keep_cursor(conn, message.cursor)
    if is_end:
        meta.put(conn, CONFIRMED, str(at))
    return Applied(
        cursor=message.cursor,
        faults=message.faults,
        told=tuple(one for one in outcomes if isinstance(one, Put | Erase)),
        renewed=tuple(one for one in outcomes if isinstance(one, Customer)),
        changes=tuple(changes),
        confirmed=at if is_end else None,
    )


def confirmed(reader: Connection) -> Instant | None:
    """Give when the platform last said that nothing newer is known than what is on the disk."""
    told = meta.get(reader, CONFIRMED)
    return None if told is None else Instant(int(told))


def _apply(
    conn: Connection, delta: Put | Erase, told: _Told, changes: list[Changed]
) -> Put | Erase | Customer | None:
    """Give the delta where it took effect, the customer whom it renewed, or None.

    What it takes away is added to `changes`.
    """
    if isinstance(delta, Erase):
        gone = erasing_book.erase(
            conn,
            delta.customer,
            version=delta.version,
            request=told.place,
            reason=delta.reason,
            at=told.at,
        )
        changes += [] if gone is None else [gone]
        return None if gone is None else delta
    before = erasing_book.read(conn, delta.customer.customer)
    customer = carried_over(delta.customer, before, at=told.at)
    record = msgspec.msgpack.encode(customer)
    if table.put(conn, customer.customer, version=customer.version, record=record):
        lost = erasing_book.compare(conn, customer, before=before, at=told.at)
        changes += [] if lost is None else [lost]
        return Put(customer=customer)
    return _renewed(conn, before, customer)


def _renewed(conn: Connection, before: Customer | None, customer: Customer) -> Customer | None:
    """Renew a customer whose version is held already, and which the platform signed once more."""
    if before is None or before.version != customer.version:
        return None
    if not (before.trusted and customer.trusted):
        return None
    renewed = msgspec.structs.replace(
        before, confirmed_at=customer.confirmed_at, signer=customer.signer
    )
    record = msgspec.msgpack.encode(renewed)
    table.renew(conn, renewed.customer, version=renewed.version, record=record)
    return renewed
