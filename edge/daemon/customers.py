"""This is where what the platform says about customers takes effect."""

from collections.abc import Callable

import msgspec

from edge.errors import StoreError
from edge.model.customer import Customer
from edge.model.names import Instant
from edge.privacy.customers import Erase, Put, decode_message
from edge.privacy.keyed import customer_mark
from edge.privacy.recogniser import Recogniser
from edge.privacy.seal import seal, unseal
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

    def __init__(
        self, *, device_key: bytes, platform_key: PlatformKey | None, recogniser: Recogniser
    ) -> None:
        self._device_key = device_key
        self._platform_key = platform_key
        self._recogniser = recogniser

    def load(self, reader: Connection) -> int:
        """Read every customer from disk; gives how many could not be opened (R20: not known)."""
        known: list[Customer] = []
        unreadable = 0
        for row in table.rows(reader):
            try:
                known.append(
                    unseal(row.sealed, self._device_key, customer=row.customer, version=row.version)
                )
            except StoreError:
                unreadable += 1
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
            mark = customer_mark(self._device_key, delta.customer)
            return table.erase(conn, delta.customer, version=delta.version, mark=mark)
        customer = delta.customer
        return table.put(
            conn,
            customer.customer,
            version=customer.version,
            sealed=seal(customer, self._device_key),
            mark=customer_mark(self._device_key, customer.customer),
        )
