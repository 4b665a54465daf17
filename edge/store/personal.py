"""This is where what an event says of a person is kept beside it, sealed with that person's key.

The event's own row holds what may be said of anybody. Where the key is gone, or never was, that is
what is read, counted and sent.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from edge.errors import StoreError
from edge.model.event import (
    EVENT_TYPES,
    ConsentWithdrawn,
    Event,
    EventData,
    PurchaseRecorded,
    VisitIdentified,
)
from edge.model.names import CustomerId, VisitId
from edge.store.cipher import PersonCipher
from edge.store.engine import Connection
from edge.store.rows import COLUMNS, LedgerRow, data_bytes, from_row, nobody
from edge.store.vault import Vault

BESIDE: Final = (
    "LEFT JOIN personal ON personal.sequence = event.sequence "
    "LEFT JOIN person ON person.number = personal.person"
)
"""Joins to `event` what is sealed beside it."""

SELECT: Final = f"SELECT {COLUMNS}, person.mark, person.wrapped, personal.sealed FROM"
"""The columns that `opened_row` takes; `event` and BESIDE have to follow."""


NAMING: Final = frozenset(kind for kind in EVENT_TYPES if "customer" in kind.__struct_fields__)
"""The types of events that can name somebody."""


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """What an event of a batch says of a person."""

    place: int
    """The event's place in its batch."""
    customer: CustomerId
    plain: bytes
    """The event's fields without the name, which the key already tells."""


def customer_of(data: EventData) -> CustomerId | None:
    """Give whom an event names."""
    return getattr(data, "customer", None) or None if type(data) in NAMING else None


def without_customer(data: EventData) -> EventData:
    """Give what is left of an event when its customer is taken out."""
    if isinstance(data, VisitIdentified):
        return nobody(data.visit)
    required = {field.name for field in msgspec.structs.fields(data) if field.required}
    return msgspec.structs.replace(data, customer="" if "customer" in required else None)


def readable(event: Event) -> Event:
    """Give what of an event may lie on the disk unsealed."""
    if customer_of(event.data) is None:
        return event
    data = without_customer(event.data)
    if isinstance(data, PurchaseRecorded):  # a receipt leads to its buyer, and a basket may
        data = msgspec.structs.replace(data, receipt="", items=())
    if isinstance(data, ConsentWithdrawn):
        data = msgspec.structs.replace(data, purposes=(), method="")
    return msgspec.structs.replace(event, data=data)


def named(events: Sequence[Event]) -> list[Named]:
    """Give what a batch says of persons."""
    found = ((place, event, customer_of(event.data)) for place, event in enumerate(events))
    return [
        Named(place=place, customer=customer, plain=_plain(event.data, event.visit))
        for place, event, customer in found
        if customer is not None
    ]


def keep(conn: Connection, said: Named, *, sequence: int) -> None:
    """Keep what an event says of a person; to be called in the job that appends the event.

    Without the device's key it is not kept.
    """
    if conn.vault is None:
        return
    person = conn.vault.admit(conn, said.customer)
    sealed = person.cipher.seal(said.plain, bound=_bound(sequence))
    conn.execute("INSERT INTO personal VALUES (?, ?, ?)", (sequence, person.number, sealed))


def reseal(conn: Connection, row: LedgerRow, data: EventData) -> None:
    """Put other words in the place of what an event said of its person; in a job of the writer."""
    customer = customer_of(data)
    if conn.vault is None or customer is None:
        return
    person = conn.vault.admit(conn, customer)
    sealed = person.cipher.seal(_plain(data, row.visit), bound=_bound(row.sequence))
    conn.execute("UPDATE personal SET sealed = ? WHERE sequence = ?", (sealed, row.sequence))


def opened_row(row: tuple[Any, ...], vault: Vault | None) -> LedgerRow:
    """Give the event that lies in the columns of SELECT, without its person where that is locked.

    Raises: StoreError where the event's own row cannot be read.
    """
    sealed = row[-1]
    if sealed is None:
        return from_row(row[:-3])
    cipher = None if vault is None else vault.opened(row[-3], row[-2])
    plain = None if cipher is None else _open(cipher, sealed, sequence=row[0])
    if cipher is None or plain is None:
        return msgspec.structs.replace(from_row(row[:-3]), is_locked=True)
    whole = from_row((*row[:-4], plain))
    data = msgspec.structs.replace(whole.data, customer=cipher.customer)
    return msgspec.structs.replace(whole, data=data)


def _open(cipher: PersonCipher, sealed: bytes, *, sequence: int) -> bytes | None:
    """Give the fields that were sealed for an event; None where they cannot be opened."""
    try:
        return cipher.open(sealed, bound=_bound(sequence))
    except StoreError:  # the event's own row says what may be said without it (R20)
        return None


def _bound(sequence: int) -> bytes:
    return b"event %d" % sequence


def _plain(data: EventData, visit: VisitId | None) -> bytes:
    return data_bytes(msgspec.structs.replace(data, customer=""), visit)
