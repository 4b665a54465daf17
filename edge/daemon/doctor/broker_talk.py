"""This is where the broker is really talked to: one login, one message out, the same one back.

It goes under a name of its own, so that the daemon's connection is not thrown out, and over a topic
of this device's own that means nothing to the platform.
"""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec

from edge.sync import topics
from edge.sync.address import Broker
from edge.sync.connection import Connection, Notice, Published, Subscribed
from edge.sync.messages import Incoming, Outgoing
from edge.sync.payloads import Response
from edge.sync.settings import LinkSettings
from edge.sync.topics import NodeAddress

NAME: Final = "doctor"
"""Last level of the topic, and of the name at the broker."""
ANSWER_S: Final = 3.0
"""For each answer of the broker: a mobile line with a bad day needs 2 s."""


class Talk(msgspec.Struct, frozen=True, kw_only=True):
    """How far the talk came."""

    is_welcome: bool = False
    """The broker took us in."""
    why: str = ""
    """Why it did not, or why the connection ended."""
    refused: tuple[str, ...] = ()
    """Subscriptions that the broker did not grant."""
    unpublished: str = ""
    """The broker's reason for not taking our message."""
    round_trip_ms: float | None = None
    """Time from publishing the message to its return; None where it did not come back."""


def heard_topics(address: NodeAddress) -> tuple[str, ...]:
    """Give what the daemon subscribes to, as far as every appliance does."""
    channels = (topics.ACK, topics.CUSTOMERS, topics.PLAYBOOK, f"{topics.REQUEST}/+")
    return tuple(address.topic(channel) for channel in channels)


def own_topic(address: NodeAddress) -> str:
    """Give the topic that the message goes out on and comes back on."""
    return address.topic(topics.RESPONSE, NAME)


async def talk_to(broker: Broker, address: NodeAddress, *, answer_s: float = ANSWER_S) -> Talk:
    """Log in, subscribe, publish, and wait for the message to come back; leaves nothing behind."""
    loop = asyncio.get_running_loop()
    notices: asyncio.Queue[Notice | None] = asyncio.Queue()
    settings = LinkSettings(
        broker=broker,
        client_id=f"{address.store}.{address.node}.{NAME}",
        subscriptions=(*heard_topics(address), own_topic(address)),
        connect_timeout_s=answer_s,
    )
    connection = Connection(
        settings, number=1, loop=loop, hear=lambda _, notice: notices.put_nowait(notice)
    )
    threads = ThreadPoolExecutor(1, thread_name_prefix="doctor")
    serving = loop.run_in_executor(threads, connection.serve)
    serving.add_done_callback(lambda _: notices.put_nowait(None))
    try:
        talk = await _converse(connection, notices, address=address, answer_s=answer_s)
    finally:
        connection.close()
        # What hangs is cut, and its thread then ends by itself.
        done, _ = await asyncio.wait({serving}, timeout=answer_s)
        connection.cut()
        threads.shutdown(wait=False)
    if talk.is_welcome:
        return talk
    why = serving.result().why if done else f"no answer in {2 * answer_s:.0f} s"
    return msgspec.structs.replace(talk, why=why)


async def _converse(
    connection: Connection,
    notices: asyncio.Queue[Notice | None],
    *,
    address: NodeAddress,
    answer_s: float,
) -> Talk:
    """Take the broker's answers as they come; a silence, or None for the end, ends it."""
    talk = Talk()
    sent_s = 0.0
    mark = msgspec.json.encode(Response(status="ok", transaction=f"{NAME}-{time.monotonic_ns()}"))
    try:
        while talk.round_trip_ms is None and not talk.unpublished:
            async with asyncio.timeout(answer_s):
                notice = await notices.get()
            match notice:
                case None:
                    return talk
                case Subscribed():
                    talk = Talk(is_welcome=True, refused=notice.refused)
                    sent_s = time.monotonic()
                    connection.publish(Outgoing(topic=own_topic(address), payload=mark))
                case Published():
                    talk = msgspec.structs.replace(talk, unpublished=notice.failure)
                case Incoming() if notice.payload == mark:
                    took_ms = (time.monotonic() - sent_s) * 1_000
                    talk = msgspec.structs.replace(talk, round_trip_ms=took_ms)
    except TimeoutError:
        return talk
    return talk
