"""This is where the data-protection desk's orders are carried out, and customers' withdrawals."""

import asyncio
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from edge.daemon import erasing_book
from edge.daemon.applying import Applied
from edge.daemon.auditing import AuditTrail
from edge.daemon.clock import LiveClock
from edge.daemon.customer_orders import (
    AT_THE_DESK,
    BY_CARD,
    BY_COMMAND,
    EVERYTHING,
    CustomerOrder,
    ErasedHere,
    Withdrawn,
    kiosk_order,
    known_purposes,
    refused,
)
from edge.daemon.customers import CustomerBook
from edge.daemon.dossier import Dossier, put_together
from edge.daemon.erasing import Erasing, Sending
from edge.daemon.waiting import set_within
from edge.errors import ConfigError
from edge.model.event import ConsentWithdrawn, Event
from edge.model.names import CustomerId
from edge.privacy.audit import HANDED_OUT, SHOWN, WITHDRAWN
from edge.privacy.customers import Erase
from edge.privacy.receipt import consent_receipt
from edge.store import asked
from edge.store.database import Store
from edge.store.engine import Connection

log = logging.getLogger(__name__)

T = TypeVar("T")

DONE_WITHIN_S: Final = 25.0
"""How long an erasure is waited for, less than a command waits for its answer; it goes on by
itself afterwards."""
LOOK_S: Final = 0.1
READ_S: Final = 60.0
"""For the customers on the disk to be read: 100,000 take a quarter of it."""
REFERENCE_BYTES: Final = 6


class CustomerDesk:
    """Carries orders about one customer out; it belongs to the event loop."""

    def __init__(
        self,
        store: Store,
        *,
        clock: LiveClock,
        book: Callable[[], CustomerBook],
        erasing: Erasing,
        sending: Sending,
        trail: AuditTrail,
        holder: Callable[[str], CustomerId | None] = lambda _code: None,
    ) -> None:
        """Take the parts; `book` gives the one in force, `holder` whose a card is."""
        self._holder = holder
        # Cards come as fast as a scanner reads them; a withdrawal takes some milliseconds.
        self._cards: asyncio.Queue[CustomerId] = asyncio.Queue()
        self._store = store
        self._clock = clock
        self._book = book
        self._erasing = erasing
        self._sending = sending
        self._trail = trail

    def hear_card(self, customer: CustomerId) -> None:
        """Hear that a customer took all of their consents back with their card."""
        self._cards.put_nowait(customer)

    async def run(self) -> None:
        """Carry out what cards asked for, until cancelled.

        Raises: StoreError where the disk fails.
        """
        while True:
            customer = await self._cards.get()
            try:
                await self.withdraw(customer, method=BY_CARD)
            except ConfigError as error:  # erased a moment ago: there is nothing left to take back
                log.info("a card could take nothing back: %s", error.why)

    async def command(self, data: Mapping[str, Any]) -> Any:
        """Carry out a kiosk's or the platform's `withdraw`; the answer names nobody.

        Raises: WireError where the order is not as documented, ConfigError where it is refused.
        """
        order = kiosk_order(data)
        customer = await self._holder_of(order.card) if order.card else CustomerId(order.customer)
        if not customer:
            raise refused("the card is nobody's here", "there is nothing to take back")
        return await self.withdraw(customer, order.purposes, method=BY_COMMAND)

    async def _holder_of(self, card: str) -> CustomerId | None:
        """Give whose card it is; where customers are still being read, once they are."""
        customer = self._holder(card)
        if customer is None:
            is_read = asyncio.Event()
            self._book().once_read(is_read.set)
            await set_within(is_read, READ_S)
            customer = self._holder(card)
        return customer

    async def answer(self, order: CustomerOrder) -> Any:
        """Carry an order out.

        Raises: ConfigError where it is refused, StoreError where the disk fails, or the device's
        key is missing.
        """
        customer = CustomerId(order.customer)
        if order.do == "withdraw":
            return await self.withdraw(customer, order.purposes, method=AT_THE_DESK)
        if order.do == "forget":
            return await self.forget(customer)
        if order.do == "export":
            return await self.export(customer)
        if order.do == "receipt":
            return await self.receipt(customer, order.purposes)
        return await self.show(customer)

    async def show(self, customer: CustomerId) -> dict[str, Any]:
        """Say what is held about somebody, in figures: nothing personal but what they allow.

        Raises: StoreError without the device's key.
        """
        found = await self._gather(customer)
        await self._note(SHOWN, customer)
        return {
            "customer": customer,
            "found": found.found,
            "allows": found.allows,
            "withdrawn": found.withdrawn,
            "visits": len(found.visits),
            "events": len(found.events),
            "is_inside": "presence" in found.inside,
            "erased_version": found.erased_version,
            "erasures": found.erasures,
            "searched": found.searched,
        }

    async def export(self, customer: CustomerId) -> Dossier:
        """Give everything that is held about somebody.

        Raises: StoreError without the device's key.
        """
        found = await self._gather(customer)
        await self._note(HANDED_OUT, customer)
        return found

    async def receipt(self, customer: CustomerId, purposes: Sequence[str]) -> dict[str, Any]:
        """Give what a customer agreed to, for them to keep, and what they took back here since.

        Raises: ConfigError for somebody who is not known, or a purpose that is none.
        """
        now, wanted = self._clock.now(), known_purposes(purposes)
        found = await self._read(lambda reader: put_together(reader, customer, at=now))
        record = await self._read(lambda reader: erasing_book.read(reader, customer))
        if record is None:
            raise refused("nobody of this name is known here", "there is no consent")
        receipts = [consent_receipt(record, at=now, purpose=one) for one in wanted or (None,)]
        await self._note(HANDED_OUT, customer)
        return {
            "receipts": [one.document for one in receipts],
            "lacking": [place for one in receipts for place in one.lacking],
            "withdrawn": found.withdrawn,
        }

    async def withdraw(
        self, customer: CustomerId, purposes: Sequence[str] = (), *, method: str
    ) -> Withdrawn:
        """Take a customer's consents back, all of them or some, at once and without the platform.

        Raises: ConfigError for somebody who is not known, or a purpose that is none; StoreError
        where it could not be kept.
        """
        taken = known_purposes(purposes) or EVERYTHING
        if self._book().find(customer) is None:
            raise refused("nobody of this name is known here", "there is nothing to take back")
        now = self._clock.now()
        said = ConsentWithdrawn(customer=customer, purposes=taken, method=method)
        event = Event(at=now, recorded=now, data=said)
        self._book().withdrew(customer, taken, at=now)  # first of all it stops

        def also(conn: Connection) -> None:
            erasing_book.withdraw(conn, customer, taken, at=now)
            mark = erasing_book.mark_of(conn, customer)
            detail = {"purposes": list(taken), "method": method}
            self._trail.entry(WITHDRAWN, subject=mark, detail=detail, at=now)(conn)

        kept = self._store.ledger.append([event], synced=self._clock.is_synced, also=also)
        await asyncio.shield(asyncio.wrap_future(kept))
        left = await self._read(lambda reader: erasing_book.left(reader, customer, at=now))
        self._erasing.hear([erasing_book.Changed(customer=customer, purposes=left)])
        self._sending.rewritten()
        self._sending.tell([event])
        return Withdrawn(purposes=taken, left=left)

    async def forget(self, customer: CustomerId) -> ErasedHere:
        """Erase somebody, and wait until that is complete.

        Raises: StoreError where it could not be kept.
        """
        now, request = self._clock.now(), f"desk/{os.urandom(REFERENCE_BYTES).hex()}"

        def job(conn: Connection) -> erasing_book.Changed | None:
            return erasing_book.erase_whatever(conn, customer, request=request, at=now)

        gone = await self._write(job)
        if gone is None:
            return ErasedHere(request=request, was_known=False, is_complete=True)
        erasure = Erase(customer=customer, version=0, reason=AT_THE_DESK)
        self._book().tell(Applied(cursor="", faults=(), told=(erasure,)))
        self._erasing.hear([gone])
        is_complete = await self._is_through(gone.mark)
        return ErasedHere(request=request, was_known=True, is_complete=is_complete)

    async def _is_through(self, mark: bytes) -> bool:
        try:
            async with asyncio.timeout(DONE_WITHIN_S):
                while await self._read(lambda reader: asked.is_waiting(reader, mark)):  # noqa: ASYNC110 - the disk says so
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            return False
        return True

    async def _gather(self, customer: CustomerId) -> Dossier:
        now = self._clock.now()
        return await self._read(lambda reader: put_together(reader, customer, at=now))

    async def _note(self, what: str, customer: CustomerId) -> None:
        def job(conn: Connection) -> None:
            mark = erasing_book.mark_of(conn, customer)
            self._trail.entry(what, subject=mark, at=now)(conn)

        now = self._clock.now()
        await self._write(job)

    async def _write(self, job: Callable[[Connection], T]) -> T:
        return await asyncio.shield(asyncio.wrap_future(self._store.writer.submit(job)))

    async def _read(self, look: Callable[[Connection], T]) -> T:
        def work() -> T:
            reader = self._store.reader()
            try:
                reader.execute("BEGIN")  # one state of the file
                return look(reader)
            finally:
                reader.close()

        return await asyncio.to_thread(work)
