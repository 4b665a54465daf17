"""This is where the uplink's wishes are carried out: read, publish, take out of the outbox."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from itertools import takewhile
from typing import Final

from edge.model.event import Sensitivity
from edge.store.engine import Connection
from edge.store.rows import LedgerRow
from edge.sync import topics
from edge.sync.batch import CONTENT_TYPE, Batch, pack
from edge.sync.cloudevents import EventSource
from edge.sync.happenings import (
    Action,
    Ask,
    Confirm,
    Happening,
    Load,
    Loaded,
    Publish,
    Reconnect,
    Settled,
)
from edge.sync.link import Link
from edge.sync.messages import Outgoing
from edge.sync.ports import Ports
from edge.sync.reading import Reading
from edge.sync.settings import SyncSettings
from edge.sync.uplink import Uplink

log = logging.getLogger(__name__)

ROWS_A_READ: Final = 2_000
"""Events read from the outbox at once: five full messages, some 10 ms of the reading thread."""


class Pump:
    """Drives an uplink; belongs to the event loop."""

    def __init__(
        self,
        settings: SyncSettings,
        *,
        uplink: Uplink,
        link: Link,
        reading: Reading,
        ports: Ports,
        ask: Callable[[], None],
    ) -> None:
        """`ask` has the platform asked again about customers."""
        self.uplink = uplink
        self.progress = asyncio.Event()
        """Set whenever the platform acknowledged something."""
        self._settings = settings
        self._link = link
        self._reading = reading
        self._ports = ports
        self._ask = ask
        self._reads: asyncio.Queue[Load] = asyncio.Queue()
        self._serials: dict[int, int] = {}

    async def run(self) -> None:
        """Read the outbox whenever the uplink wants more, until cancelled.

        Raises: StoreError where the outbox cannot be read.
        """
        while True:
            load = await self._reads.get()
            batches = await self._reading.ask(partial(self._load, load=load))
            self.tell(Loaded(after=load.after, batches=batches))

    def tell(self, happening: Happening) -> list[Future[int]]:
        """Tell the uplink what happened and do what it wants; gives what is on its way to disk."""
        pending: list[Future[int]] = []
        for action in self.uplink.take(happening, asyncio.get_running_loop().time()):
            self._perform(action, pending)
        return pending

    async def feed(self, happening: Happening) -> None:
        """Tell the uplink, and wait until the outbox is as the platform's acknowledgement says.

        Raises: StoreError where that could not be written.
        """
        for future in self.tell(happening):
            await asyncio.wrap_future(future)
            self.progress.set()

    def published(self, mid: int, failure: str) -> None:
        """Hear the broker's answer to a message; others than events are none of our business."""
        serial = self._serials.pop(mid, None)
        if serial is not None:
            self.tell(Settled(serial=serial, taken=not failure))

    def forget_connection(self) -> None:
        """Forget the numbers of a connection that is gone."""
        self._serials.clear()

    def _perform(self, action: Action, pending: list[Future[int]]) -> None:
        match action:
            case Load():
                self._reads.put_nowait(action)
            case Publish():
                self._publish(action)
            case Confirm():
                store = self._reading.store
                pending.append(store.outbox.acknowledge(store.epoch, action.through))
            case Ask(is_anew=is_anew):
                if not is_anew:
                    log.warning(
                        "the platform has not said what it knows of withdrawals: events that "
                        "speak of people wait; see that it answers customers/sync"
                    )
                self._ask()
            case Reconnect():
                self._link.drop()

    def _publish(self, action: Publish) -> None:
        batch = action.batch
        mid = self._link.publish(
            Outgoing(
                topic=self._settings.address.topic(topics.EVENTS),
                payload=batch.payload,
                properties=batch.properties(acknowledged=action.acknowledged),
                content_type=CONTENT_TYPE,
            )
        )
        if mid is not None:
            self._serials[mid] = action.serial
            return
        refusal = Settled(serial=action.serial, taken=False)
        asyncio.get_running_loop().call_soon(self.tell, refusal)

    def _load(self, reader: Connection, *, load: Load) -> tuple[Batch, ...]:
        store, address = self._reading.store, self._settings.address
        rows = store.outbox.peek(reader, after=load.after, limit=ROWS_A_READ)
        if load.anonymous:
            rows = list(takewhile(_speaks_of_nobody, rows))
        source = EventSource(store=address.store, node=address.node, epoch=store.epoch)
        return pack(rows, source, now_ms=self._ports.now_ms(), limits=self._settings.batch)


def _speaks_of_nobody(row: LedgerRow) -> bool:
    return row.data.classification() is Sensitivity.ANONYMOUS
