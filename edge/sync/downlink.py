"""This is where what the platform sends takes effect, and only then is taken off the broker."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol

import msgspec

from edge.errors import StoreError
from edge.store import customers as customers_table
from edge.store import playbook as playbook_table
from edge.store.engine import Connection
from edge.sync import topics
from edge.sync.greeting import reported_message
from edge.sync.happenings import Acknowledged, Answer, Happening, Heard, Rewritten
from edge.sync.messages import Incoming, Outgoing
from edge.sync.payloads import PROGRESS, Ack, CustomersHead, CustomersSync, Desired, Playbook
from edge.sync.ports import Ports
from edge.sync.reading import Reading
from edge.sync.topics import NodeAddress

log = logging.getLogger(__name__)

ASK_EVERY_S: Final = 3_600.0
"""Between two questions for customers, beside those of every connection. The shortest lease is
24 hours, so that 23 answers may be lost."""
SILENCE_S: Final = 20.0
"""A question that nothing came of for so long is asked again: the platform may just have started,
and a broker keeps no question for it."""
GAP_PATIENCE_S: Final = 10.0
"""What is behind a gap keeps coming for a while: the platform is not asked again for each of it."""

_ack = msgspec.json.Decoder(Ack)
_head = msgspec.json.Decoder(CustomersHead)
_desired = msgspec.json.Decoder(Desired)
_playbook = msgspec.json.Decoder(Playbook)
_encoder = msgspec.json.Encoder()


class Exchange(Protocol):
    """What the downlink asks of the exchange as a whole."""

    async def feed(self, happening: Happening) -> None:
        """Tell the uplink what happened; return when its effects on the store are durable."""

    def publish(self, message: Outgoing) -> object:
        """Publish a message, if the link stands."""

    def settle(self, message: Incoming) -> None:
        """Take a message off the broker."""

    def drop(self) -> None:
        """Connect anew."""


class DownlinkCounts(msgspec.Struct, kw_only=True):
    """What came down."""

    taken: int = 0
    refused: int = 0
    """Messages that were not as the contract says; they had no effect."""
    gaps: int = 0
    """Times that messages about customers were missing and asked for again."""
    failed: int = 0
    """Messages that the store could not keep; the connection is made anew for them."""


class Downlink:
    """Takes messages in, in their order; belongs to the event loop."""

    def __init__(
        self,
        exchange: Exchange,
        *,
        address: NodeAddress,
        session: str,
        reading: Reading,
        ports: Ports,
        ask_every_s: float = ASK_EVERY_S,
        silence_s: float = SILENCE_S,
    ) -> None:
        """`session` is random, new with each start: it tells our questions from older ones."""
        self._session = session
        self.counts = DownlinkCounts()
        self._exchange = exchange
        self._address = address
        self._reading = reading
        self._ports = ports
        self._ask_every_s = ask_every_s
        self._silence_s = silence_s
        self._is_answered = False
        self._goes_back = False
        self._heard_s = 0.0
        self._asked = 0
        self._gap: tuple[str, float] = ("", -GAP_PATIENCE_S)
        self._channels: Mapping[str, Callable[[Incoming], Awaitable[None]]] = {
            topics.ACK: self._ack,
            topics.CUSTOMERS: self._customers_and_tell,
            topics.PLAYBOOK: self._playbook,
            topics.DESIRED: self._desired,
        }

    async def take(self, channel: str, message: Incoming) -> None:
        """Let one message take effect; it stays with the broker where the store failed."""
        try:
            await self._channels[channel](message)
            self.counts.taken += 1
        except StoreError as error:
            self.counts.failed += 1
            log.error("could not keep a message on %s: %s", channel, error)  # noqa: TRY400 - the store's own words say all
            self._exchange.drop()
            return
        except (msgspec.MsgspecError, UnicodeDecodeError):
            # Never the fault's text: it may repeat what the message says about a person.
            self.counts.refused += 1
            log.warning("refused a message on %s: it is not as the contract says", channel)
        self._exchange.settle(message)

    async def ask_for_customers(self, cursor: str | None = None) -> None:
        """Ask the platform for everything about customers after a cursor, or after our own."""
        reached = await self._cursor() if cursor is None else cursor
        if cursor is not None and cursor < await self._cursor():
            self._goes_back = True
        self._asked += 1
        self._is_answered = False
        self._heard_s = asyncio.get_running_loop().time()
        self._exchange.publish(
            Outgoing(
                topic=self._address.topic(topics.CUSTOMERS_SYNC),
                payload=_encoder.encode(CustomersSync(cursor=reached)),
                correlation=self._question(),
            )
        )

    async def ask_again(self) -> None:
        """Ask now and then, until cancelled: that nothing is newer renews the consents' leases.

        Who connects asks first; here the next question waits its time from the start on.
        """
        self._heard_s = asyncio.get_running_loop().time()
        while self._ports.customers is not None:
            wait_s = self._ask_every_s if self._is_answered else self._silence_s
            silent_s = asyncio.get_running_loop().time() - self._heard_s
            if silent_s >= wait_s:
                await self.ask_for_customers()
            else:
                await asyncio.sleep(min(self._silence_s, wait_s - silent_s))

    def _question(self) -> bytes:
        """Name the question that was asked last, so that its answer can be told from others."""
        return f"{self._session}-{self._asked}".encode()

    def _answer(self, message: Incoming, *, is_end: bool) -> Answer:
        if not is_end:
            return Answer.PART
        if not message.correlation:
            return Answer.MAYBE
        return Answer.END if message.correlation == self._question() else Answer.PART

    async def _ack(self, message: Incoming) -> None:
        ack = _ack.decode(message.payload)
        await self._exchange.feed(Acknowledged(epoch=ack.epoch, through=ack.through))

    async def _customers_and_tell(self, message: Incoming) -> None:
        await self._customers(message)
        if PROGRESS in message.properties:
            self._exchange.publish(
                Outgoing(
                    topic=self._address.topic(topics.CUSTOMERS_SYNC),
                    payload=_encoder.encode(CustomersSync(cursor=await self._cursor())),
                    properties={PROGRESS: "told"},
                )
            )

    async def _customers(self, message: Incoming) -> None:
        if self._ports.customers is None or not message.payload:
            return
        raw = message.payload
        head = _head.decode(raw)
        answer = self._answer(message, is_end=not head.deltas)
        self._heard_s = asyncio.get_running_loop().time()
        cursor = await self._cursor()
        if answer is Answer.PART and self._is_old(head, cursor):
            await self._exchange.feed(Heard(answer=answer))
            return
        is_behind_gap = head.after is not None and head.after > cursor
        if is_behind_gap:
            # What it takes away counts at once; but our place stays where it is.
            raw = _encoder.encode({"deltas": head.deltas})
            await self._mend_gap()
        applied = await self._ports.customers.apply(raw, is_behind_gap=is_behind_gap)
        if applied.faults:
            self.counts.refused += len(applied.faults)
            log.warning("refused %d parts of a message about customers", len(applied.faults))
        if head.deltas:
            await self._exchange.feed(Rewritten())
        if answer is not Answer.PART:
            self._is_answered = True
            self._goes_back = False
        await self._exchange.feed(Heard(answer=answer))
        if message.is_kept:  # people are nothing for a broker to keep (R30)
            self._exchange.publish(Outgoing(topic=message.topic, payload=b"", retain=True))

    def _is_old(self, head: CustomersHead, cursor: str) -> bool:
        """Say whether a message was applied before, or ends an answer to an older question.

        The broker keeps messages for us while we are away, and the platform sends again what it
        does not know that we have. What such a message confirms was true when it was sent.
        """
        was_applied = head.after is not None and head.cursor <= cursor
        return not head.deltas or (was_applied and not self._goes_back)

    async def _mend_gap(self) -> None:
        """Ask for what is missing, once for a gap and a while."""
        cursor, now_s = await self._cursor(), asyncio.get_running_loop().time()
        where, asked_s = self._gap
        if cursor == where and now_s - asked_s < GAP_PATIENCE_S:
            return
        self._gap = (cursor, now_s)
        self.counts.gaps += 1
        await self.ask_for_customers(cursor)

    async def _playbook(self, message: Incoming) -> None:
        raw = message.payload
        if not raw:  # the retained message was cleared; what we have stays in force
            return
        playbook = _playbook.decode(raw)

        def keep(conn: Connection) -> bool:
            return playbook_table.put(conn, version=playbook.version, body=raw)

        is_new = await asyncio.wrap_future(self._reading.store.writer.submit(keep))
        if is_new and self._ports.playbook_changed is not None:
            self._ports.playbook_changed()

    async def _desired(self, message: Incoming) -> None:
        if not message.payload or self._ports.settings is None:
            return
        reported = await self._ports.settings.apply(_desired.decode(message.payload))
        if reported is not None:
            self._exchange.publish(reported_message(self._address, reported))

    async def _cursor(self) -> str:
        return await self._reading.ask(customers_table.cursor) or ""
