"""This is where the exchange with the platform is put together, for the daemon to run."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from edge.errors import StoreError
from edge.store.database import Store
from edge.sync import topics
from edge.sync.cloudevents import moment
from edge.sync.commands import Commands
from edge.sync.downlink import Downlink
from edge.sync.glance import SyncState, counts_of
from edge.sync.greeting import link_settings, status_message
from edge.sync.happenings import (
    Answer,
    Ask,
    Connected,
    Happening,
    Heard,
    Lost,
    Rewritten,
    Stored,
    Ticked,
)
from edge.sync.link import Link
from edge.sync.messages import Incoming, Outgoing
from edge.sync.payloads import Activation, Health, Occupancy
from edge.sync.ports import CommandHandler, Ports
from edge.sync.pump import Pump
from edge.sync.reading import Reading
from edge.sync.settings import SyncSettings
from edge.sync.uplink import Uplink

log = logging.getLogger(__name__)

INBOX_MESSAGES: Final = 64
"""Messages of QoS 0 that may wait for us; more are dropped. Of the others the connection reads no
more than we settle (`edge.sync.connection.UNSETTLED`)."""

RESERVED: Final = 5
"""Places of the broker's window that are not for events but for answers, status and health."""

OCCUPANCY_EXPIRY_S: Final = 30

ANSWER_S: Final = 60.0
"""An answer that cannot be sent for so long is left; who asks again gets it then."""

_encoder = msgspec.json.Encoder()


class Sync:
    """Exchanges messages with the platform; `run` it in the daemon's task group."""

    def __init__(self, settings: SyncSettings, store: Store, *, ports: Ports) -> None:
        self._settings = settings
        self._ports = ports
        self._reading = Reading(store)
        self._link = Link(link_settings(settings, ports), listener=self, chance=ports.chance)
        self._uplink = Uplink(store.epoch, limits=settings.uplink, chance=ports.chance)
        self._arrivals: asyncio.Queue[Incoming | Connected | Ask] = asyncio.Queue()
        self._pump = Pump(
            settings,
            uplink=self._uplink,
            link=self._link,
            reading=self._reading,
            ports=ports,
            ask=self._ask_again,
        )
        self._downlink = Downlink(
            self,
            address=settings.address,
            session=settings.session,
            reading=self._reading,
            ports=ports,
        )
        handlers: dict[str, CommandHandler] = {
            "ping": self._ping,
            "status": self._status,
            "resync": self._resync,
            **ports.commands,
        }
        self._commands = Commands(
            handlers, reading=self._reading, address=settings.address, deliver=self._deliver
        )
        self._requests: asyncio.Queue[Incoming] = asyncio.Queue()
        self._dropped = 0
        self._health: Outgoing | None = None

    async def run(self) -> None:
        """Exchange until `stop`.

        Raises: StoreError where the store fails.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                others = [
                    tasks.create_task(self._pump.run(), name="uplink"),
                    tasks.create_task(self._take_in(), name="downlink"),
                    tasks.create_task(self._carry_out(), name="commands"),
                    tasks.create_task(self._tick(), name="sync ticks"),
                    tasks.create_task(self._downlink.ask_again(), name="confirmations"),
                ]
                await self._link.run()
                for task in others:
                    task.cancel()
        finally:
            self._reading.close()

    def stop(self) -> None:
        """Say good-bye to the platform and let `run` end; what is not acknowledged stays."""
        self._publish_status("stopping")
        self._link.close()

    def poke(self) -> None:
        """Say that events were stored, so that they leave at once and not with the next tick."""
        self._pump.tell(Stored())

    def rewritten(self) -> None:
        """Say that names were taken out of events that wait; what was read before never leaves."""
        self._pump.tell(Rewritten())

    @property
    def acknowledged(self) -> int:
        """The sequence up to which the platform confirmed, as far as this run knows."""
        return self._uplink.acknowledged

    async def depth(self) -> int:
        """Give how many events the platform has not acknowledged."""
        return await self._reading.ask(self._reading.store.outbox.depth)

    async def wait_drained(self, timeout_s: float) -> bool:
        """Wait until the platform acknowledged everything; False where time ran out before."""
        try:
            async with asyncio.timeout(timeout_s):
                self._pump.progress.clear()
                while await self.depth():
                    self.poke()
                    await self._pump.progress.wait()
                    self._pump.progress.clear()
        except TimeoutError:
            return False
        return True

    async def state(self) -> SyncState:
        """Give what the status view shows."""
        counts = counts_of(
            uplink=self._uplink.counts, link=self._link.counts, downlink=self._downlink.counts
        )
        counts |= {"commands.refused": self._commands.refused, "downlink.dropped": self._dropped}
        return SyncState(
            is_up=self._link.is_up,
            uplink=self._uplink.state.value,
            is_answered=self._uplink.is_answered,
            acknowledged=self._uplink.acknowledged,
            depth=await self.depth(),
            counts=counts,
        )

    def publish_info(self) -> None:
        """Publish what the appliance is and can do; it takes long to put together."""
        self.publish(self._message(topics.INFO, payload=self._ports.info(), retain=True))

    def publish_health(self, health: Health) -> None:
        """Publish how the appliance is; the newest is published again after a reconnection."""
        self._health = self._message(topics.HEALTH, payload=health, retain=True)
        self.publish(self._health)

    def publish_occupancy(self, occupancy: Occupancy) -> None:
        """Publish live figures; without a link they are not kept, the next ones come soon."""
        message = self._message(topics.OCCUPANCY, payload=occupancy, retain=True)
        live = msgspec.structs.replace(message, qos=0, expiry_s=OCCUPANCY_EXPIRY_S)
        self.publish(live)

    def publish_activation(self, activation: Activation, *, valid_s: int) -> bool:
        """Publish an offer for a touchpoint; False where the link did not take it."""
        name = topics.topic_level(activation.touchpoint, "touchpoint")
        message = self._message(topics.TOUCHPOINT, name, payload=activation)
        return self.publish(msgspec.structs.replace(message, expiry_s=valid_s)) is not None

    # What the link tells us (edge.sync.link.Listener).

    def link_up(self, window: int) -> None:
        """Hear that the link stands."""
        self._arrivals.put_nowait(Connected(window=max(1, window - RESERVED)))

    def link_down(self) -> None:
        """Hear that the link is gone."""
        self._pump.forget_connection()
        self._pump.tell(Lost())

    def published(self, mid: int, failure: str) -> None:
        """Hear the broker's answer."""
        self._pump.published(mid, failure)

    def arrived(self, message: Incoming) -> None:
        """Hear that a message came."""
        place = topics.parse_topic(message.topic)
        is_request = place is not None and place.channel == topics.REQUEST
        queue = self._requests if is_request else self._arrivals
        if message.qos or queue.qsize() < INBOX_MESSAGES:
            queue.put_nowait(message)
        else:
            self._dropped += 1

    # What the downlink asks of us (edge.sync.downlink.Exchange).

    async def feed(self, happening: Happening) -> None:
        """Tell the uplink what happened and wait for its effect on the store."""
        await self._pump.feed(happening)

    def publish(self, message: Outgoing) -> int | None:
        """Publish a message, if the link stands."""
        return self._link.publish(message)

    def settle(self, message: Incoming) -> None:
        """Take a message off the broker."""
        self._link.settle(message)

    def drop(self) -> None:
        """Connect anew."""
        self._link.drop()

    async def _take_in(self) -> None:
        while True:
            arrival = await self._arrivals.get()
            if isinstance(arrival, Connected):
                await self._greet(arrival)
            elif isinstance(arrival, Ask):
                await self._ask()
            elif (place := topics.parse_topic(arrival.topic)) is not None:
                await self._downlink.take(place.channel, arrival)

    async def _greet(self, connected: Connected) -> None:
        """Say that we are here, ask what we missed, and only then begin to send."""
        if not self._link.is_up:
            return  # gone again in the meantime
        self._publish_status("online")
        self._pump.tell(connected)
        await self._ask()
        self.publish_info()
        if self._health is not None:
            self.publish(self._health)

    async def _ask(self) -> None:
        if self._ports.customers is None:  # nobody is asked, so nothing waits
            self._pump.tell(Heard(answer=Answer.END))
        else:
            await self._downlink.ask_for_customers()

    def _ask_again(self) -> None:
        self._arrivals.put_nowait(Ask())

    async def _carry_out(self) -> None:
        while True:
            message = await self._requests.get()
            place = topics.parse_topic(message.topic)
            if place is None:
                continue
            try:
                await self._commands.take(place.name, message)
            except StoreError as error:
                log.error("could not answer a request: %s", error)  # noqa: TRY400 - the store's own words say all
                self.drop()
            else:
                self.settle(message)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self._settings.tick_s)
            self._pump.tell(Stored())
            self._pump.tell(Ticked())

    async def _deliver(self, message: Outgoing) -> bool:
        return await self._link.deliver(message, within_s=ANSWER_S)

    def _publish_status(self, state: Literal["online", "stopping"]) -> None:
        self.publish(status_message(self._settings, self._ports, state))

    def _message(self, *levels: str, payload: Any, retain: bool = False) -> Outgoing:
        return Outgoing(
            topic=self._settings.address.topic(*levels),
            payload=_encoder.encode(payload),
            retain=retain,
        )

    async def _ping(self, _data: Mapping[str, Any]) -> Any:
        return {"at": moment(self._ports.now_ms())}

    async def _status(self, _data: Mapping[str, Any]) -> Any:
        return await self.state()

    async def _resync(self, data: Mapping[str, Any]) -> Any:
        cursor = str(data.get("cursor", ""))
        await self._downlink.ask_for_customers(cursor)
        return {"cursor": cursor}
