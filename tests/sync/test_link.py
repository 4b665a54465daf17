import asyncio
import contextlib
import random
from collections.abc import AsyncIterator

import pytest

from edge.sync.address import parse_url
from edge.sync.backoff import BackOff
from edge.sync.link import Link
from edge.sync.messages import Incoming, Outgoing
from edge.sync.settings import LinkSettings
from tests.sync.broker import Mosquitto

pytestmark = pytest.mark.broker

QUICK = BackOff(base_s=0.05, cap_s=0.2, drop_s=0.1, rival_s=0.3)


class Ears:
    """A listener that keeps what it hears and lets a test wait for it."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[tuple[str, object]] = asyncio.Queue()

    def link_up(self, window: int) -> None:
        self.heard.put_nowait(("up", window))

    def link_down(self) -> None:
        self.heard.put_nowait(("down", None))

    def published(self, mid: int, failure: str) -> None:
        self.heard.put_nowait(("published", (mid, failure)))

    def arrived(self, message: Incoming) -> None:
        self.heard.put_nowait(("arrived", message))

    async def next(self, kind: str) -> object:
        async with asyncio.timeout(10):
            while True:
                heard, fact = await self.heard.get()
                if heard == kind:
                    return fact


def settings(url: str, client_id: str, *topics: str, **more: object) -> LinkSettings:
    return LinkSettings(
        broker=parse_url(url),
        client_id=client_id,
        subscriptions=topics,
        connect_timeout_s=1.0,
        back_off=QUICK,
        **more,
    )


@contextlib.asynccontextmanager
async def running(link: Link) -> AsyncIterator[Link]:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(link.run(), name="link")
        yield link
        link.close()


def link_with_ears(config: LinkSettings) -> tuple[Link, Ears]:
    ears = Ears()
    return Link(config, listener=ears, chance=random.Random(1).random), ears


async def test_a_message_goes_out_and_comes_back_with_its_properties(mosquitto: Mosquitto) -> None:
    link, ears = link_with_ears(settings(mosquitto.url, "one", "a/b"))
    message = Outgoing(
        topic="a/b",
        payload=b"{}",
        properties={"epoch": "e"},
        response_topic="r/t",
        correlation=b"\x01",
    )

    async with running(link):
        window = await ears.next("up")
        mid = link.publish(message)
        arrived = await ears.next("arrived")

    assert window == 20
    assert mid is not None
    assert isinstance(arrived, Incoming)
    assert (arrived.topic, arrived.payload, arrived.properties) == ("a/b", b"{}", {"epoch": "e"})
    assert (arrived.response_topic, arrived.correlation) == ("r/t", b"\x01")
