"""This is where the data-protection desk works on a state folder whose daemon does not run."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from edge.daemon.auditing import AuditTrail
from edge.daemon.clock import system_clock
from edge.daemon.customer_desk import CustomerDesk
from edge.daemon.customer_orders import CustomerOrder
from edge.daemon.customers import CustomerBook
from edge.daemon.erasing import Erasing
from edge.daemon.keys import key_of
from edge.daemon.ledgers import cipher_of
from edge.daemon.places import DATABASE
from edge.daemon.premises import SECRET_BYTES
from edge.errors import StoreError, meant
from edge.fusion.fold import Fusion, resume
from edge.fusion.tuning import Tuning
from edge.model.event import Event
from edge.model.names import Instant
from edge.model.observation import AnyObservation
from edge.model.place import Floor
from edge.privacy.policy import OFF
from edge.privacy.recogniser import Recogniser
from edge.store.database import Store


def carry_out(folder: Path, order: CustomerOrder) -> Any:
    """Carry an order out on a state folder; the caller holds its lock.

    Raises: ConfigError where the order is refused; StoreError where the disk fails, or the device's
    key is missing.
    """
    database = folder / DATABASE
    found = key_of(database)
    if found.key is None:
        raise StoreError(
            "cannot look for a customer",
            where=str(database),
            why=found.doubt or "there is no device key",
            remedy=found.remedy,
        )
    with Store.open(database, cipher=cipher_of(found)) as store:
        return asyncio.run(_answer(store, order, key=found.key))


async def _answer(store: Store, order: CustomerOrder, *, key: bytes) -> Any:
    clock = system_clock(Instant(0))
    memory = _Memory(store)
    trail = AuditTrail(store, device_key=key, now=clock.now)
    erasing = Erasing(
        store, clock=clock, offer=memory.offer, folding=memory, trail=trail, sending=memory
    )
    recogniser = Recogniser((), policy=OFF, secret=os.urandom(SECRET_BYTES))
    book = CustomerBook(store, platform_key=None, recogniser=recogniser)
    desk = CustomerDesk(
        store, clock=clock, book=lambda: book, erasing=erasing, sending=memory, trail=trail
    )
    try:
        async with asyncio.TaskGroup() as tasks:
            carrying = tasks.create_task(erasing.run(), name="erasures")
            answer = await desk.answer(order)
            await memory.turn()
            carrying.cancel()
    except ExceptionGroup as group:
        error = meant(group)
        if error is None:
            raise
        raise error from group
    return answer


class _Memory:
    """Makes what fusion remembered forget; nothing is observed meanwhile, and nothing is sent."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[AnyObservation] = []

    def offer(self, observation: AnyObservation) -> None:
        """Take in that somebody's consents have changed."""
        self._waiting.append(observation)

    async def turn(self) -> None:
        """Let it take effect in the snapshot that the next start goes on from."""
        waiting, self._waiting = self._waiting, []
        snapshot = self._store.ledger.snapshot()
        if not waiting or snapshot is None or not snapshot.state:
            return
        try:
            state = resume(snapshot.state)
        except msgspec.MsgspecError:  # of another version: the next start forgets it as a whole
            return
        floor = Floor(store="", timezone="UTC")
        fusion = Fusion(floor, state=state, tuning=Tuning())
        events = [event for one in waiting for event in fusion.step(one)]
        forgetful = msgspec.structs.replace(snapshot, state=fusion.snapshot())
        kept = self._store.ledger.append(events, snapshot=forgetful)
        await asyncio.shield(asyncio.wrap_future(kept))

    def tell(self, events: Sequence[Event]) -> None:
        """Do nothing: the daemon sends them once it runs."""

    def rewritten(self) -> None:
        """Do nothing: nothing was read to be sent."""
