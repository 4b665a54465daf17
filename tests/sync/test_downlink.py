"""What the platform sends, over a real broker, into a real store."""

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.errors import ConfigError, SourceFault, StoreError
from edge.store import customers as customers_table
from edge.store import playbook as playbook_table
from edge.store.database import Store
from edge.sync.address import parse_url
from edge.sync.commands import Commands
from edge.sync.downlink import Downlink
from edge.sync.happenings import Acknowledged, Answer, Happening, Heard, Rewritten
from edge.sync.link import Link
from edge.sync.messages import Incoming, Outgoing
from edge.sync.payloads import PROGRESS, Desired, Health, Occupancy, Reported, ZoneOccupancy
from edge.sync.platform.customers_file import read_customers
from edge.sync.ports import Ports
from edge.sync.reading import Reading
from edge.sync.settings import LinkSettings
from tests.sync.broker import Mosquitto
from tests.sync.proxy import FaultProxy
from tests.sync.worlds import ADDRESS, QUICK, appliance, events, platform, ports, until


class Applied:
    faults: tuple[str, ...] = ()


class Book:
    """Takes customers in by keeping the cursor, as the real one does in its transaction."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.applied: list[dict[str, Any]] = []
        self.fails = False
        self.behind_gaps = 0

    async def apply(self, raw: bytes, *, is_behind_gap: bool = False) -> Applied:
        self.behind_gaps += is_behind_gap
        if self.fails:
            raise StoreError("could not write", why="the disk is full")
        message = json.loads(raw)
        self.applied.append(message)
        cursor = message.get("cursor", "")
        if cursor:
            job = self.store.writer.submit(lambda conn: customers_table.keep_cursor(conn, cursor))
            await asyncio.wrap_future(job)
        return Applied()


class Spy:
    """An exchange that keeps what the downlink asks of it."""

    def __init__(self) -> None:
        self.fed: list[Happening] = []
        self.sent: list[Outgoing] = []
        self.settled: list[Incoming] = []
        self.drops = 0

    async def feed(self, happening: Happening) -> None:
        self.fed.append(happening)

    def publish(self, message: Outgoing) -> None:
        self.sent.append(message)

    async def deliver(self, message: Outgoing) -> None:
        self.sent.append(message)

    def settle(self, message: Incoming) -> None:
        self.settled.append(message)

    def drop(self) -> None:
        self.drops += 1


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "edge.db", epoch="e1") as opened:
        yield opened


@pytest.fixture
def reading(store: Store) -> Iterator[Reading]:
    opened = Reading(store)
    yield opened
    opened.close()


def message(topic: str, payload: object, **more: Any) -> Incoming:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Incoming(topic=topic, payload=raw, **more)


def downlink_to(spy: Spy, reading: Reading, *, ports: Ports, **more: float) -> Downlink:
    """Give a downlink whose exchange keeps what it is asked for."""
    return Downlink(spy, address=ADDRESS, session="s-1", reading=reading, ports=ports, **more)


async def test_an_acknowledgement_is_passed_on_and_settled(reading: Reading) -> None:
    spy = Spy()
    downlink = downlink_to(spy, reading, ports=ports())

    await downlink.take("ack", message("ack", {"epoch": "e1", "through": 7}))

    assert spy.fed == [Acknowledged(epoch="e1", through=7)]
    assert len(spy.settled) == 1


async def test_how_far_we_came_is_said_once_a_message_that_asks_is_applied(
    store: Store, reading: Reading
) -> None:
    spy, book = Spy(), Book(store)
    world = ports(customers=book)
    downlink = downlink_to(spy, reading, ports=world)
    delta = {"op": "erase", "customer": "c-1", "version": 1}

    await downlink.take("customers", message("customers", {"cursor": "1", "deltas": [delta]}))
    asks = message("customers", {"cursor": "2", "deltas": [delta]}, properties={PROGRESS: "wanted"})
    await downlink.take("customers", asks)

    (told,) = spy.sent
    assert json.loads(told.payload) == {"cursor": "2"}
    assert told.properties == {PROGRESS: "told"}
    assert len(spy.settled) == 2


@given(
    raw=st.binary(max_size=200),
    channel=st.sampled_from(["ack", "customers", "playbook", "desired"]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_are_taken_or_refused_and_settled(
    reading: Reading, raw: bytes, channel: str
) -> None:
    spy = Spy()
    given_ports = ports(customers=Book(reading.store), settings=Refuser())
    downlink = downlink_to(spy, reading, ports=given_ports)

    asyncio.run(downlink.take(channel, message(channel, raw)))

    assert downlink.counts.taken + downlink.counts.refused == 1
    assert len(spy.settled) == 1


class Refuser:
    async def apply(self, desired: Desired) -> Reported:
        return Reported(version=0, faults=(f"version {desired.version} asks for too much",))


async def test_a_message_behind_a_gap_counts_but_our_place_stays(
    store: Store, reading: Reading
) -> None:
    spy, book = Spy(), Book(store)
    downlink = downlink_to(spy, reading, ports=ports(customers=book))
    await downlink.take("customers", message("customers", {"cursor": "001", "deltas": []}))
    erasure = {"op": "erase", "customer": "c-9", "version": 3}

    late = {"cursor": "005", "after": "004", "deltas": [erasure]}
    await downlink.take("customers", message("customers", late))

    assert book.applied[-1] == {"deltas": [erasure]}
    assert await reading.ask(customers_table.cursor) == "001"
    assert [json.loads(sent.payload) for sent in spy.sent] == [{"cursor": "001"}]
    assert spy.sent[0].topic.endswith("/customers/sync")
    assert downlink.counts.gaps == book.behind_gaps == 1
    assert spy.fed == [Heard(answer=Answer.MAYBE), Rewritten(), Heard(answer=Answer.PART)]


async def test_a_gap_is_asked_about_once_however_much_comes_behind_it(
    store: Store, reading: Reading
) -> None:
    spy, book = Spy(), Book(store)
    downlink = downlink_to(spy, reading, ports=ports(customers=book))

    for number in range(3, 9):
        late = {"cursor": f"00{number}", "after": f"00{number - 1}", "deltas": []}
        await downlink.take("customers", message("customers", late))
    asked_first = len(spy.sent)
    await downlink.take("customers", message("customers", {"cursor": "001", "deltas": []}))
    behind_another = {"cursor": "009", "after": "008", "deltas": []}
    await downlink.take("customers", message("customers", behind_another))

    assert asked_first == 1
    assert [json.loads(sent.payload) for sent in spy.sent] == [{"cursor": ""}, {"cursor": "001"}]
    assert downlink.counts.gaps == 2


async def test_what_was_applied_before_is_left_unless_it_was_asked_for(
    store: Store, reading: Reading
) -> None:
    spy, book = Spy(), Book(store)
    downlink = downlink_to(spy, reading, ports=ports(customers=book))
    erasure = {"op": "erase", "customer": "c-9", "version": 3}
    first = {"cursor": "001", "after": "", "deltas": [erasure]}
    second = {"cursor": "002", "after": "001", "deltas": [erasure]}
    for one in (first, second, first):
        await downlink.take("customers", message("customers", one))
    before = [one["cursor"] for one in book.applied]

    await downlink.ask_for_customers("")
    await downlink.take("customers", message("customers", first))

    assert before == ["001", "002"]
    assert [one["cursor"] for one in book.applied] == ["001", "002", "001"]
    assert len(spy.settled) == 4


async def test_the_end_of_an_older_answer_confirms_nothing(store: Store, reading: Reading) -> None:
    spy, book = Spy(), Book(store)
    downlink = downlink_to(spy, reading, ports=ports(customers=book))
    await downlink.ask_for_customers()
    await downlink.ask_for_customers()
    older, newer = (sent.correlation for sent in spy.sent)
    end = message("customers", {"cursor": "001", "after": "", "deltas": []})

    await downlink.take("customers", msgspec.structs.replace(end, correlation=older))
    confirmed_by_the_older = len(book.applied)
    await downlink.take("customers", msgspec.structs.replace(end, correlation=newer))

    assert (confirmed_by_the_older, len(book.applied)) == (0, 1)


@pytest.mark.parametrize(
    ("is_answered", "ask_every_s", "silence_s"), [(True, 0.05, 60.0), (False, 60.0, 0.05)]
)
async def test_the_platform_is_asked_again_for_the_leases_and_where_it_was_silent(
    store: Store, reading: Reading, ask_every_s: float, silence_s: float, *, is_answered: bool
) -> None:
    spy = Spy()
    downlink = downlink_to(
        spy,
        reading,
        ports=ports(customers=Book(store)),
        ask_every_s=ask_every_s,
        silence_s=silence_s,
    )
    await downlink.ask_for_customers()
    if is_answered:
        await downlink.take("customers", message("customers", {"cursor": "1", "deltas": []}))

    async with asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(downlink.ask_again(), name="asking")
        await until(lambda: len(spy.sent) == 2)
        asking.cancel()

    assert {sent.topic for sent in spy.sent} == {ADDRESS.topic("customers/sync")}


async def test_a_start_asks_once_and_not_beside_the_question_of_the_connection(
    store: Store, reading: Reading
) -> None:
    spy = Spy()
    downlink = downlink_to(spy, reading, ports=ports(customers=Book(store)))

    async with asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(downlink.ask_again(), name="asking")
        await asyncio.sleep(0.1)
        await downlink.ask_for_customers()
        asking.cancel()

    assert len(spy.sent) == 1


async def test_while_the_answer_comes_it_is_not_asked_for_again(
    store: Store, reading: Reading
) -> None:
    spy = Spy()
    downlink = downlink_to(
        spy,
        reading,
        ports=ports(customers=Book(store)),
        silence_s=0.2,
    )
    await downlink.ask_for_customers()

    async with asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(downlink.ask_again(), name="asking")
        for number in range(10):
            part = {"cursor": str(number), "deltas": [{"op": "erase", "customer": "c-9"}]}
            await downlink.take("customers", message("customers", part))
            await asyncio.sleep(0.05)
        asking.cancel()

    assert len(spy.sent) == 1


async def test_without_customers_the_platform_is_not_asked(reading: Reading) -> None:
    spy = Spy()
    downlink = downlink_to(spy, reading, ports=ports())

    await downlink.ask_again()

    assert spy.sent == []


async def test_what_the_store_cannot_keep_stays_with_the_broker(
    store: Store, reading: Reading
) -> None:
    spy, book = Spy(), Book(store)
    book.fails = True
    downlink = downlink_to(spy, reading, ports=ports(customers=book))

    await downlink.take("customers", message("customers", {"cursor": "001", "deltas": []}))

    assert spy.settled == []
    assert spy.drops == 1
    assert downlink.counts.failed == 1


async def test_only_a_newer_playbook_replaces_the_one_in_force(reading: Reading) -> None:
    changes: list[int] = []
    given_ports = ports(playbook_changed=lambda: changes.append(1))
    downlink = downlink_to(Spy(), reading, ports=given_ports)

    for version in (2, 1, 2, 3):
        await downlink.take("playbook", message("playbook", {"version": version, "offers": []}))
    await downlink.take("playbook", message("playbook", b""))

    kept = await reading.ask(playbook_table.current)
    assert kept is not None
    assert kept.version == 3
    assert len(changes) == 2


async def test_wanted_settings_are_answered_with_every_fault(reading: Reading) -> None:
    spy = Spy()
    downlink = downlink_to(spy, reading, ports=ports(settings=Refuser()))

    await downlink.take("desired", message("desired", {"version": 4, "settings": {}}))

    (sent,) = spy.sent
    assert sent.retain
    assert json.loads(sent.payload)["faults"] == ["version 4 asks for too much"]


def commands(reading: Reading, spy: Spy, **handlers: Any) -> Commands:
    return Commands(handlers, reading=reading, address=ADDRESS, deliver=spy.deliver)


async def ask(served: Commands, spy: Spy, name: str, body: object, **more: Any) -> dict[str, Any]:
    await served.take(name, message(f"request/{name}", body, **more))
    answer: dict[str, Any] = json.loads(spy.sent[-1].payload)
    return answer


async def test_a_repeated_request_gets_the_stored_answer_and_has_one_effect(
    reading: Reading,
) -> None:
    spy, effects = Spy(), []

    async def count(data: Any) -> int:
        effects.append(data)
        return len(effects)

    first = await ask(commands(reading, spy, count=count), spy, "count", {"transaction": "t"})
    after_restart = commands(reading, spy, count=count)
    again = await ask(after_restart, spy, "count", {"transaction": "t"})
    other = await ask(after_restart, spy, "count", {"transaction": "u"})

    assert first == again == {"status": "ok", "transaction": "t", "data": 1}
    assert other["data"] == 2
    assert len(effects) == 2


async def test_a_request_that_was_cut_off_by_a_crash_is_not_carried_out_again(
    reading: Reading,
) -> None:
    spy = Spy()

    async def crash(_data: Any) -> None:
        raise asyncio.CancelledError

    with contextlib.suppress(asyncio.CancelledError):
        await commands(reading, spy, do=crash).take("do", message("r", {"transaction": "t"}))
    answer = await ask(commands(reading, spy, do=crash), spy, "do", {"transaction": "t"})

    assert answer["status"] == "refused"
    assert answer["error"]["code"] == "interrupted"


@pytest.mark.parametrize(
    ("error", "status"),
    [(ConfigError("no", remedy="ask less"), "refused"), (SourceFault("broken"), "failed")],
)
async def test_what_goes_wrong_is_said_with_code_message_and_remedy(
    reading: Reading, error: Exception, status: str
) -> None:
    spy = Spy()

    async def fail(_data: Any) -> None:
        raise error

    answer = await ask(commands(reading, spy, do=fail), spy, "do", {"transaction": "t"})

    assert answer["status"] == status
    assert answer["error"]["code"] == type(error).__name__
    assert set(answer["error"]) >= {"code", "message"}


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("dance", {"transaction": "t"}, "unknown-command"),
        ("do", {}, "no-transaction"),
        ("do", b"{", "malformed"),
        ("do", [1], "malformed"),
        ("do", {"transaction": "t" * 200}, "malformed"),
    ],
)
async def test_a_request_that_cannot_be_carried_out_is_refused(
    reading: Reading, name: str, body: object, code: str
) -> None:
    spy = Spy()

    async def do(_data: Any) -> None:
        raise AssertionError("must not be called")

    answer = await ask(commands(reading, spy, do=do), spy, name, body)

    assert answer["status"] == "refused"
    assert answer["error"]["code"] == code
    assert answer["error"]["remedy"]


async def test_an_answer_goes_where_the_request_says(reading: Reading) -> None:
    spy = Spy()

    async def do(_data: Any) -> int:
        return 1

    served = commands(reading, spy, do=do)
    await ask(served, spy, "do", b"", response_topic="r/t", correlation=b"\x07")
    await ask(served, spy, "do", {"transaction": "t"})

    assert (spy.sent[0].topic, spy.sent[0].correlation) == ("r/t", b"\x07")
    assert spy.sent[1].topic == ADDRESS.topic("response", "do")


class Observer:
    """Somebody else at the broker, who sees what appliance and platform say."""

    def __init__(self) -> None:
        self.seen: list[Incoming] = []
        self.link: Link | None = None

    def link_up(self, window: int) -> None:
        """Nothing to do."""

    def link_down(self) -> None:
        """Nothing to do."""

    def published(self, mid: int, failure: str) -> None:
        """Nothing to do."""

    def arrived(self, message: Incoming) -> None:
        self.seen.append(message)
        assert self.link is not None
        self.link.settle(message)

    def of(self, channel: str) -> list[Any]:
        return [json.loads(m.payload) for m in self.seen if m.topic == ADDRESS.topic(channel)]


@contextlib.asynccontextmanager
async def observer(url: str) -> AsyncIterator[Observer]:
    watching = Observer()
    link_settings = LinkSettings(
        broker=parse_url(url), client_id="observer", subscriptions=("edge/#",), back_off=QUICK
    )
    watching.link = link = Link(link_settings, listener=watching, chance=random.Random(1).random)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(link.run(), name="observer")
        await until(lambda: link.is_up)
        yield watching
        link.close()


@pytest.mark.broker
async def test_an_appliance_says_that_it_is_there_and_that_it_goes(
    mosquitto: Mosquitto, store: Store
) -> None:
    async with observer(mosquitto.url) as watching:
        async with appliance(store, mosquitto.url, ports()) as sync:
            await until(lambda: len(watching.of("info")) == 1)
            sync.publish_health(Health(at="2026-03-14T09:00:00.000Z", outbox_depth=3))
            zone = ZoneOccupancy(zone="floor", people=3.0, low=1.0, high=5.0, coverage=1.0)
            sync.publish_occupancy(Occupancy(at="2026-03-14T09:00:00.000Z", zones=(zone,)))
            await until(lambda: len(watching.of("occupancy")) == 1)
        await until(lambda: len(watching.of("status")) == 2)

    assert [status["state"] for status in watching.of("status")] == ["online", "stopping"]
    assert watching.of("info")[0]["policy"] == "eu_strict"
    assert watching.of("health")[0]["outbox_depth"] == 3


@pytest.mark.broker
async def test_an_appliance_that_is_cut_off_is_reported_lost_after_a_delay(
    mosquitto: Mosquitto, store: Store
) -> None:
    async with (
        observer(mosquitto.url) as watching,
        FaultProxy(mosquitto.port) as proxy,
        appliance(store, proxy.url, ports()),
    ):
        await until(lambda: len(watching.of("status")) == 1)
        await proxy.close()
        begun = asyncio.get_running_loop().time()
        await until(lambda: len(watching.of("status")) == 2)
        waited_s = asyncio.get_running_loop().time() - begun

    assert [status["state"] for status in watching.of("status")] == ["online", "lost"]
    assert waited_s >= 0.9


@pytest.mark.broker
async def test_withdrawals_are_taken_in_before_the_first_event_leaves(
    mosquitto: Mosquitto, store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "customers.jsonl"
    file.write_text(
        '{"cursor":"001","deltas":[{"op":"erase","customer":"c-1","version":2}]}\n'
        '{"cursor":"002","deltas":[{"op":"erase","customer":"c-2","version":1}]}\n'
    )
    store.ledger.append(events(50)).result()
    book = Book(store)

    async with (
        observer(mosquitto.url) as watching,
        platform(mosquitto.url, tmp_path / "p.db", customers=read_customers(file)),
        appliance(store, mosquitto.url, ports(customers=book), listen_s=10) as sync,
    ):
        drained = await sync.wait_drained(8)

    assert drained
    assert [message["cursor"] for message in book.applied] == ["001", "002", "002"]
    channels = [seen.topic.rsplit("/", 1)[-1] for seen in watching.seen]
    assert channels.index("events") > max(
        place for place, channel in enumerate(channels) if channel == "customers"
    )


@pytest.mark.broker
async def test_the_platform_pings_and_the_appliance_answers(
    mosquitto: Mosquitto, store: Store
) -> None:
    async with (
        observer(mosquitto.url) as watching,
        appliance(store, mosquitto.url, ports()) as sync,
    ):
        await until(lambda: len(watching.of("info")) == 1)
        assert watching.link is not None
        for name in ("ping", "status", "resync"):
            request = Outgoing(
                topic=ADDRESS.topic("request", name), payload=b'{"transaction":"t-1"}'
            )
            watching.link.publish(request)
        await until(lambda: len(watching.of("response/resync")) == 1)
        depth = await sync.depth()

    assert watching.of("response/ping")[0]["status"] == "ok"
    assert watching.of("response/status")[0]["data"]["depth"] == depth == 0
    assert watching.of("customers/sync") == [{"cursor": ""}]
