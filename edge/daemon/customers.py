"""This is where what the platform says about customers takes effect."""

from collections.abc import Callable

import msgspec

from edge.model.customer import Customer
from edge.model.names import Instant
from edge.privacy.customers import Erase, Put, decode_message
from edge.privacy.recogniser import Recogniser
from edge.privacy.signature import PlatformKey
from edge.store import customers as table
from edge.store.engine import Connection


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one message about customers."""

    cursor: str
    """Where the platform may go on; empty where it did not say."""
    changed: int
    """Deltas that took effect; older versions and repeats do not."""
    faults: tuple[str, ...]
    """Fixed texts for what was refused."""


class CustomerBook:
    """Keeps customers sealed on disk, and tells the recogniser what changed.

    The job that `keep` gives runs in the store's writer thread, everything else in the daemon's.
    """

    def __init__(self, *, platform_key: PlatformKey | None, recogniser: Recogniser) -> None:
        self._platform_key = platform_key
        self._recogniser = recogniser

    def load(self, reader: Connection) -> int:
        """Read every customer from disk; gives how many could not be opened (R20: not known)."""
        known: list[Customer] = []
        unreadable = 0
        for row in table.rows(reader):
            customer = _customer(row)
            if customer is None:
                unreadable += 1
            else:
                known.append(customer)
        self._recogniser.update(known)
        return unreadable

    def keep(self, raw: bytes, *, at: Instant) -> Callable[[Connection], Applied]:
        """Give the job that applies one message of the `customers` topic or seed to the disk."""
        message = decode_message(raw, key=self._platform_key, at=at)

        def job(conn: Connection) -> Applied:
            changed = sum(self._apply(conn, delta) for delta in message.deltas)
            if message.cursor:
                table.keep_cursor(conn, message.cursor)
            return Applied(cursor=message.cursor, changed=changed, faults=message.faults)

        return job

    def _apply(self, conn: Connection, delta: Put | Erase) -> bool:
        if isinstance(delta, Erase):
            return table.erase(conn, delta.customer, version=delta.version)
        customer = delta.customer
        return table.put(
            conn,
            customer.customer,
            version=customer.version,
            record=msgspec.msgpack.encode(customer),
        )


def _customer(row: table.KeptCustomer) -> Customer | None:
    """Read a record; None where it could not be opened, or is not of our form."""
    if row.record is None:
        return None
    try:
        found = msgspec.msgpack.decode(row.record, type=Customer)
    except msgspec.DecodeError:  # another version wrote it; the caller counts it
        return None
    return found if found.customer == row.customer else None
