import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from edge.sync.address import Tls, parse_url
from edge.sync.backoff import BackOff
from edge.sync.connection import UNSETTLED
from edge.sync.link import SUSPICIOUS, Link
from edge.sync.messages import Incoming, Outgoing
from edge.sync.settings import LinkSettings
from tests.sync.authority import Authority
from tests.sync.broker import Mosquitto
from tests.sync.worlds import QUICK, until

pytestmark = pytest.mark.broker


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


async def test_a_message_that_was_not_settled_does_not_block_later_ones(
    mosquitto: Mosquitto,
) -> None:
    link, ears = link_with_ears(settings(mosquitto.url, "one", "a/#"))

    async with running(link):
        await ears.next("up")
        for number in range(5):
            link.publish(Outgoing(topic=f"a/{number}", payload=b""))
        arrived = [await ears.next("arrived") for _ in range(5)]

    assert [message.topic for message in arrived] == [f"a/{number}" for number in range(5)]


async def test_nothing_is_published_beyond_the_window_of_the_broker(mosquitto: Mosquitto) -> None:
    mosquitto.stop()
    mosquitto.extra = "max_inflight_messages 4"
    mosquitto.start()
    link, ears = link_with_ears(settings(mosquitto.url, "one"))

    async with running(link):
        window = await ears.next("up")
        taken = [link.publish(Outgoing(topic="a", payload=b"")) for _ in range(6)]
        delivered = await link.deliver(Outgoing(topic="a", payload=b""), within_s=5)

    assert window == 4
    assert [mid is not None for mid in taken] == [True] * 4 + [False] * 2
    assert link.counts.unsent == 2
    assert delivered


async def test_a_message_that_cannot_be_delivered_in_time_is_said_to_be_so(
    mosquitto: Mosquitto,
) -> None:
    link, _ = link_with_ears(settings(mosquitto.url, "one"))

    delivered = await link.deliver(Outgoing(topic="a", payload=b""), within_s=0.05)

    assert not delivered


async def test_a_broker_that_is_not_there_is_tried_until_it_is(mosquitto: Mosquitto) -> None:
    mosquitto.stop()
    link, ears = link_with_ears(settings(mosquitto.url, "one"))

    async with running(link):
        await asyncio.sleep(0.3)
        failures = link.counts.failures
        await asyncio.to_thread(mosquitto.start)
        await ears.next("up")

    assert failures >= 2


async def test_two_clients_with_one_name_do_not_fight_ever_faster(
    mosquitto: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    config = settings(mosquitto.url, "same")
    slower = BackOff(base_s=0.02, cap_s=0.05, steady_s=30)
    config = msgspec.structs.replace(config, back_off=slower)
    first, _ = link_with_ears(config)
    second, _ = link_with_ears(config)

    async with running(first), running(second):
        await until(lambda: "no other appliance uses our name" in caplog.text)

    assert first.counts.connections >= SUSPICIOUS - 1


async def test_a_broker_that_says_that_our_name_was_taken_gets_a_long_rest(
    caplog: pytest.LogCaptureFixture,
) -> None:
    connack, taken_over = b"\x20\x03\x00\x00\x00", b"\xe0\x02\x8e\x00"
    times: list[float] = []

    async def throw_out(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        times.append(asyncio.get_running_loop().time())
        writer.write(connack + taken_over)
        await writer.drain()
        await reader.read(1000)
        writer.close()

    server = await asyncio.start_server(throw_out, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    link, _ = link_with_ears(settings(f"mqtt://127.0.0.1:{port}", "one"))

    async with server, running(link):
        await until(lambda: len(times) >= 2)

    assert times[1] - times[0] >= QUICK.rival_s
    assert "Session taken over" in caplog.text


async def test_a_callback_that_fails_is_counted_and_the_link_goes_on(mosquitto: Mosquitto) -> None:
    link, ears = link_with_ears(settings(mosquitto.url, "one", "a"))

    async with running(link):
        await ears.next("up")
        client = link._connection._client
        real, client.on_message = client.on_message, lambda *_: 1 / 0
        link.publish(Outgoing(topic="a", payload=b"1"))
        await until(lambda: link.counts.faults > 0)
        client.on_message = real
        link.publish(Outgoing(topic="a", payload=b"2"))
        arrived = await ears.next("arrived")

    assert isinstance(arrived, Incoming)
    assert arrived.payload == b"2"


async def test_what_does_not_speak_mqtt_is_left_and_tried_again() -> None:
    async def babble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes(range(255, 0, -1)) * 20)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    link, ears = link_with_ears(settings(f"mqtt://127.0.0.1:{port}", "one"))

    async with server, running(link):
        await until(lambda: link.counts.failures >= 3)

    assert ears.heard.empty()


async def test_a_server_that_never_answers_is_left() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    config = msgspec.structs.replace(
        settings(f"mqtt://127.0.0.1:{port}", "one"), connect_timeout_s=0.1
    )
    link, _ = link_with_ears(config)

    async with server, running(link):
        await until(lambda: link.counts.failures >= 2)

    assert not link.is_up


async def test_tls_with_a_client_certificate_and_a_stranger_is_refused(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    authority = Authority.make(tmp_path)
    server, ours = authority.issue("127.0.0.1"), authority.issue("node-1")
    mosquitto.stop()
    mosquitto.extra = (
        f"cafile {authority.certificate}\ncertfile {server.certificate}\nkeyfile {server.key}\n"
        "require_certificate true\n"
    )
    mosquitto.start()
    url = mosquitto.url.replace("mqtt:", "mqtts:")
    tls = Tls(ca=authority.certificate, certificate=ours.certificate, key=ours.key)
    known = msgspec.structs.replace(settings(url, "one"), broker=parse_url(url, tls))
    stranger = msgspec.structs.replace(
        settings(url, "two"), broker=parse_url(url, Tls(ca=authority.certificate))
    )
    link, ears = link_with_ears(known)
    refused, _ = link_with_ears(stranger)

    async with running(link), running(refused):
        await ears.next("up")
        await until(lambda: refused.counts.failures > 0)

    assert not refused.counts.connections


async def test_no_more_is_read_than_is_settled_and_nothing_is_lost_by_that(
    mosquitto: Mosquitto,
) -> None:
    count, settled = 3 * UNSETTLED, 10
    link, ears = link_with_ears(settings(mosquitto.url, "one", "a/#"))
    other, others_ears = link_with_ears(settings(mosquitto.url, "two"))

    async with running(link), running(other):
        await ears.next("up")
        await others_ears.next("up")
        for number in range(count):
            assert await other.deliver(Outgoing(topic=f"a/{number}", payload=b""), within_s=5)
        arrived = []
        for _ in range(settled):  # mosquitto 2.0.11 sends 20 more for each of these
            arrived.append(await ears.next("arrived"))
            link.settle(arrived[-1])
        await asyncio.sleep(0.3)
        waiting = ears.heard.qsize()
        while len(arrived) < count:
            arrived.append(await ears.next("arrived"))
            link.settle(arrived[-1])

    assert waiting <= UNSETTLED + 1
    assert [message.topic for message in arrived] == [f"a/{number}" for number in range(count)]
