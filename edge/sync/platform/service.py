"""This is where the reference platform runs: it stores, then acknowledges; it answers and sends."""

import asyncio
import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from edge.errors import WireError
from edge.store.platform_store import PlatformStore, ReceivedRow
from edge.sync import topics
from edge.sync.address import Broker
from edge.sync.backoff import BackOff, Chance
from edge.sync.batch import unpack
from edge.sync.cloudevents import ReceivedEvent
from edge.sync.link import Link
from edge.sync.messages import Incoming, Outgoing
from edge.sync.payloads import PROGRESS, Ack, CustomersSync, Status
from edge.sync.platform.answers import Answers
from edge.sync.platform.customers_file import NO_CUSTOMERS, CustomersFile
from edge.sync.settings import LinkSettings
from edge.sync.topics import NodeAddress, Place

log = logging.getLogger(__name__)

SESSION_S: Final = 3600
"""The broker keeps messages for us so long while we restart."""

WAITING_MESSAGES: Final = 256
"""Messages that may wait for the disk; the broker sends at most 20 that we did not settle."""

SEND_S: Final = 60.0
"""A message that cannot be sent for so long is left; the appliance will ask again."""

BACK_OFF: Final = BackOff(drop_s=2.0, cap_s=15.0)
"""One platform does not have to spread its attempts like thousands of appliances."""

NO_PROPERTIES: Final[Mapping[str, str]] = MappingProxyType({})

_encoder = msgspec.json.Encoder()


class PlatformCounts(msgspec.Struct, kw_only=True):
    """What came in during this run."""

    batches: int = 0
    events: int = 0
    refused: int = 0
    """Messages that were not as the contract says."""
    syncs: int = 0
    """Questions of `customers/sync` that were answered."""


class Platform:
    """Serves every appliance behind a broker; `run` it in a task group."""

    def __init__(
        self,
        broker: Broker,
        store: PlatformStore,
        *,
        chance: Chance,
        customers: CustomersFile = NO_CUSTOMERS,
        playbook: bytes = b"",
        back_off: BackOff = BACK_OFF,
        client_id: str = "platform",
    ) -> None:
        self.counts = PlatformCounts()
        self.states: dict[str, str] = {}
        """What each node said last in `status`."""
        self._store = store
        self._answers = Answers(customers, send=self._send_customers)
        self._playbook = playbook
        self._arrivals: asyncio.Queue[Incoming] = asyncio.Queue(WAITING_MESSAGES)
        self._dropped = 0
        settings = LinkSettings(
            broker=broker,
            client_id=client_id,
            subscriptions=tuple(
                f"{topics.PREFIX}/+/+/{channel}"
                for channel in (
                    topics.EVENTS,
                    topics.STATUS,
                    topics.INFO,
                    topics.HEALTH,
                    topics.REPORTED,
                    topics.CUSTOMERS_SYNC,
                    f"{topics.RESPONSE}/#",
                )
            ),
            session_s=SESSION_S,
            back_off=back_off,
        )
        self._link = Link(settings, listener=self, chance=chance)

    async def run(self) -> None:
        """Serve until `stop`.

        Raises: StoreError where the database fails.
        """
        async with asyncio.TaskGroup() as tasks:
            work = tasks.create_task(self._take_in(tasks), name="platform")
            await self._link.run()
            work.cancel()
            self._answers.end()

    def stop(self) -> None:
        """Say good-bye to the broker and let `run` end."""
        self._link.close()

    @property
    def is_up(self) -> bool:
        """Tell whether the link to the broker stands."""
        return self._link.is_up

    async def send(
        self,
        address: NodeAddress,
        *levels: str,
        payload: bytes,
        retain: bool = False,
        correlation: bytes = b"",
        properties: Mapping[str, str] = NO_PROPERTIES,
    ) -> None:
        """Send a message to an appliance as soon as the link has room."""
        message = Outgoing(
            topic=address.topic(*levels),
            payload=payload,
            retain=retain,
            correlation=correlation,
            properties=properties,
        )
        if not await self._link.deliver(message, within_s=SEND_S):
            log.warning("could not send a message on %s", message.topic)

    # What the link tells us (edge.sync.link.Listener).

    def link_up(self, window: int) -> None:
        """Hear that the link stands; retained messages come by themselves now."""

    def link_down(self) -> None:
        """Hear that the link is gone; the link connects again by itself."""

    def published(self, mid: int, failure: str) -> None:
        """Hear the broker's answer to a message of ours."""
        if failure:
            log.warning("the broker refused message %d: %s", mid, failure)

    def arrived(self, message: Incoming) -> None:
        """Hear that a message came."""
        if self._arrivals.full():
            self._dropped += 1
        else:
            self._arrivals.put_nowait(message)

    async def _take_in(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            message = await self._arrivals.get()
            place = topics.parse_topic(message.topic)
            try:
                if place is not None:
                    await self._serve(tasks, place, message)
            except (WireError, msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
                self.counts.refused += 1
                log.warning("refused a message on %s: %s", message.topic, type(error).__name__)
            self._link.settle(message)

    async def _serve(self, tasks: asyncio.TaskGroup, place: Place, message: Incoming) -> None:
        if place.channel == topics.EVENTS:
            await self._store_events(place.address, message)
        elif place.channel == topics.STATUS:
            await self._greet(place.address, message.payload)
        elif place.channel == topics.CUSTOMERS_SYNC:
            self._answer_sync(tasks, place.address, message)

    async def _store_events(self, address: NodeAddress, message: Incoming) -> None:
        events = unpack(message.payload, message.properties)
        source = f"/stores/{address.store}/nodes/{address.node}"
        if not events or any(event.envelope.source != source for event in events):
            raise WireError("refused a batch", why="it is empty, or not from the topic's node")
        epoch = events[0].epoch
        confirmed = int(message.properties.get("acknowledged", "0"))
        rows = [_row(event) for event in events]
        name = _name(address)
        through = await asyncio.wrap_future(
            self._store.take_in(name, epoch, rows, confirmed=confirmed)
        )
        self.counts.batches += 1
        self.counts.events += len(events)
        await self._acknowledge(address, epoch, through)

    async def _greet(self, address: NodeAddress, payload: bytes) -> None:
        """Tell a node that came up how far we are, and give it the playbook."""
        if not payload:
            return
        status = msgspec.json.decode(payload, type=Status)
        self.states[_name(address)] = status.state
        if status.state != "online":
            return
        self._answers.forget(address)
        for epoch, through in self._store.reached(_name(address)):
            await self._acknowledge(address, epoch, through)
        if self._playbook:
            await self.send(address, topics.PLAYBOOK, payload=self._playbook, retain=True)

    def _answer_sync(
        self, tasks: asyncio.TaskGroup, address: NodeAddress, question: Incoming
    ) -> None:
        wanted = msgspec.json.decode(question.payload, type=CustomersSync)
        if PROGRESS in question.properties:
            self._answers.reached(address, wanted.cursor)
            return
        self.counts.syncs += 1
        self._answers.begin(tasks, address, cursor=wanted.cursor, correlation=question.correlation)

    async def _send_customers(
        self,
        address: NodeAddress,
        payload: bytes,
        correlation: bytes,
        properties: Mapping[str, str],
    ) -> None:
        await self.send(
            address,
            topics.CUSTOMERS,
            payload=payload,
            correlation=correlation,
            properties=properties,
        )

    async def _acknowledge(self, address: NodeAddress, epoch: str, through: int) -> None:
        if through:
            ack = _encoder.encode(Ack(epoch=epoch, through=through))
            await self.send(address, topics.ACK, payload=ack)


def _name(address: NodeAddress) -> str:
    return f"{address.store}/{address.node}"


def _row(event: ReceivedEvent) -> ReceivedRow:
    return ReceivedRow(
        sequence=event.sequence,
        type=event.envelope.type,
        time=event.envelope.time,
        is_faulty=bool(event.fault),
        body=_encoder.encode(event.envelope),
    )
