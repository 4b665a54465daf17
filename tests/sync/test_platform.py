"""The reference platform: its database, its files and its commands."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from edge.cli.platform import platform as group
from edge.errors import ConfigError, StoreError
from edge.store.database import Store
from edge.store.platform_store import PlatformStore, ReceivedRow, totals
from edge.sync.messages import Incoming
from edge.sync.payloads import PROGRESS
from edge.sync.platform.answers import WINDOW, Answers
from edge.sync.platform.customers_file import read_customers
from edge.sync.topics import NodeAddress, topic_level
from tests.sync.broker import Mosquitto
from tests.sync.test_downlink import Observer, observer
from tests.sync.worlds import ADDRESS, appliance, events, platform, ports, received, until


@pytest.fixture
def database(tmp_path: Path) -> Iterator[PlatformStore]:
    store = PlatformStore.open(tmp_path / "p.db")
    yield store
    store.close()


def rows(*sequences: int) -> list[ReceivedRow]:
    return [
        ReceivedRow(sequence=number, type="t", time="2026-03-14", is_faulty=False, body=b"{}")
        for number in sequences
    ]


def test_only_what_is_contiguous_is_acknowledged(database: PlatformStore) -> None:
    reached = [
        database.take_in("s/n", "e", rows(*batch), confirmed=0).result()
        for batch in ((1, 2), (5, 6), (3,), (4,), (1, 2, 3))
    ]

    assert reached == [2, 2, 3, 6, 6]


def test_copies_and_gaps_are_counted(database: PlatformStore, tmp_path: Path) -> None:
    database.take_in("s/n", "e", rows(1, 2, 5), confirmed=0).result()
    database.take_in("s/n", "e", rows(2, 5), confirmed=0).result()
    database.take_in("s/n", "other", rows(1), confirmed=0).result()

    first, other = totals(tmp_path / "p.db")["s/n"]

    assert (first.events, first.duplicates, first.gaps, first.through, first.last) == (
        3,
        2,
        2,
        2,
        5,
    )
    assert (other.epoch, other.events, other.gaps) == ("other", 1, 0)


def test_a_platform_that_lost_its_database_goes_on_where_the_appliance_is(
    database: PlatformStore, tmp_path: Path
) -> None:
    through = database.take_in("s/n", "e", rows(501, 502), confirmed=500).result()

    assert through == 502
    assert totals(tmp_path / "p.db")["s/n"][0].gaps == 500


def test_events_that_arrive_before_earlier_ones_are_not_taken_for_the_beginning(
    database: PlatformStore,
) -> None:
    assert database.take_in("s/n", "e", rows(501, 502), confirmed=0).result() == 0


def test_totals_of_a_database_that_is_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such file"):
        totals(tmp_path / "none.db")


@given(st.lists(st.lists(st.integers(1, 30), min_size=1, max_size=10), max_size=20))
def test_whatever_the_order_every_event_is_kept_once(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[int]]
) -> None:
    path = tmp_path_factory.mktemp("p") / "p.db"
    store = PlatformStore.open(path)

    through = [store.take_in("s/n", "e", rows(*each), confirmed=0).result() for each in batches]
    store.close()

    seen = {number for each in batches for number in each}
    expected = next(number for number in range(40) if number + 1 not in seen)
    assert not batches or through[-1] == expected
    assert through == sorted(through)
    if batches:
        (stream,) = totals(path)["s/n"]
        assert stream.events == len(seen)
        assert stream.duplicates == sum(map(len, batches)) - len(seen)


def test_messages_about_customers_are_given_behind_a_cursor_and_closed(tmp_path: Path) -> None:
    file = tmp_path / "c.jsonl"
    file.write_text('{"cursor":"1","deltas":[{}]}\n\n{"cursor":"2","deltas":[{}]}\n')
    customers = read_customers(file)

    messages = [json.loads(message) for message in customers.after("1")]

    assert messages == [
        {"cursor": "2", "after": "1", "deltas": [{}]},
        {"cursor": "2", "after": "2", "deltas": []},
    ]


def test_a_message_that_is_too_large_is_sent_in_parts_that_can_be_resumed(tmp_path: Path) -> None:
    file = tmp_path / "c.jsonl"
    deltas = [{"customer": f"c-{number}", "filling": "x" * 20_000} for number in range(20)]
    lines = [
        {"cursor": "000", "deltas": deltas[:1]},
        {"cursor": "001", "deltas": deltas[1:]},
        {"cursor": "002", "deltas": []},
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    customers = read_customers(file)

    raw = list(customers.after(""))
    messages = [json.loads(message) for message in raw]
    resumed = [
        [json.loads(message) for message in customers.after(one["cursor"])] for one in messages
    ]

    assert max(map(len, raw)) <= 128 * 1024
    assert [one for message in messages for one in message["deltas"]] == deltas
    assert [one["after"] for one in messages] == ["", *(one["cursor"] for one in messages[:-1])]
    cursors = [one["cursor"] for one in messages]
    assert cursors == sorted(cursors)
    assert resumed == [messages[place + 1 :] or messages[-1:] for place in range(len(messages))]


def test_a_delta_that_is_too_large_alone_travels_alone(tmp_path: Path) -> None:
    file = tmp_path / "c.jsonl"
    deltas = [{"filling": "x" * size} for size in (10, 200_000, 10)]
    file.write_text(json.dumps({"cursor": "1", "deltas": deltas}))

    messages = [json.loads(message) for message in read_customers(file).after("")]

    assert [message["deltas"] for message in messages] == [[one] for one in deltas] + [[]]


def test_a_file_that_went_away_is_told(tmp_path: Path) -> None:
    file = tmp_path / "c.jsonl"
    file.write_text('{"cursor":"1","deltas":[{}]}\n')
    customers = read_customers(file)
    file.unlink()

    with pytest.raises(ConfigError, match=r"c\.jsonl"):
        list(customers.after(""))


async def test_who_asks_anew_gets_one_answer_and_not_two(tmp_path: Path) -> None:
    file = tmp_path / "c.jsonl"
    file.write_text("".join(f'{{"cursor":"{n}","deltas":[{{}}]}}\n' for n in range(1, 9)))
    sent: list[tuple[str, bytes]] = []

    async def send(
        _address: NodeAddress, payload: bytes, correlation: bytes, _asks: Mapping[str, str]
    ) -> None:
        sent.append((json.loads(payload)["cursor"], correlation))
        if len(sent) == 2:
            await asyncio.Event().wait()  # the link has no more room

    answers = Answers(read_customers(file), send=send)
    async with asyncio.TaskGroup() as tasks:
        answers.begin(tasks, ADDRESS, cursor="", correlation=b"first")
        await until(lambda: len(sent) == 2)
        answers.begin(tasks, ADDRESS, cursor="6", correlation=b"second")

    assert [one for one in sent if one[1] == b"second"] == [
        (cursor, b"second") for cursor in ("7", "8", "8")
    ]
    assert sum(correlation == b"first" for _, correlation in sent) == 2


async def test_no_more_is_under_way_than_an_appliance_follows(tmp_path: Path) -> None:
    file = tmp_path / "c.jsonl"
    lines = (f'{{"cursor":"{n:03}","deltas":[{{}}]}}\n' for n in range(1, 101))
    file.write_text("".join(lines))
    sent: list[str] = []
    asked: list[str] = []

    async def send(
        _address: NodeAddress, payload: bytes, _correlation: bytes, asks: Mapping[str, str]
    ) -> None:
        sent.append(json.loads(payload)["cursor"])
        asked.extend(sent[-1:] if PROGRESS in asks else [])

    answers = Answers(read_customers(file), send=send, patience_s=60.0)
    async with asyncio.TaskGroup() as tasks:
        answers.begin(tasks, ADDRESS, cursor="", correlation=b"first")
        await until(lambda: len(sent) == WINDOW)
        answers.reached(ADDRESS, "008")
        await until(lambda: len(sent) == WINDOW + 8)
        answers.reached(ADDRESS, "100")
        await until(lambda: len(sent) == 72)
        answers.reached(ADDRESS, "100")

    assert sent == [*(f"{n:03}" for n in range(1, 101)), "100"]
    assert asked == [f"{n:03}" for n in range(8, 101, 8)]


async def test_an_appliance_that_says_nothing_gets_everything_all_the_same(tmp_path: Path) -> None:
    file = tmp_path / "c.jsonl"
    file.write_text("".join(f'{{"cursor":"{n:03}","deltas":[{{}}]}}\n' for n in range(1, 41)))
    sent: list[bytes] = []

    async def send(
        _address: NodeAddress, payload: bytes, _correlation: bytes, _asks: Mapping[str, str]
    ) -> None:
        sent.append(payload)

    answers = Answers(read_customers(file), send=send, patience_s=0.001)
    async with asyncio.TaskGroup() as tasks:
        answers.begin(tasks, ADDRESS, cursor="", correlation=b"")

    assert len(sent) == 41


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"cursor":"1","deltas":[4]}',
        '{"deltas":[]}',
        '{"cursor":"2","deltas":[]}\n{"cursor":"1","deltas":[]}',
    ],
)
def test_a_file_about_customers_that_cannot_be_used_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "c.jsonl"
    file.write_text(text)

    with pytest.raises(ConfigError, match=r"c\.jsonl"):
        read_customers(file)


@pytest.mark.broker
async def test_messages_that_are_not_as_the_contract_says_are_counted_and_left(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    bad = {"events": b"[", "status": b"{}", "customers/sync": b"\xff"}

    async with platform(mosquitto.url, tmp_path / "p.db") as serving:
        for channel, payload in bad.items():
            serving.arrived(Incoming(topic=ADDRESS.topic(channel), payload=payload))
        strange = {"acknowledged": "many"}
        topic = ADDRESS.topic("events")
        serving.arrived(Incoming(topic=topic, payload=b"[]", properties=strange))
        await until(lambda: serving.counts.refused == 4)

    assert totals(tmp_path / "p.db") == {}


@pytest.mark.broker
async def test_an_appliance_gets_the_playbook_when_it_comes_up(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    changes: list[int] = []

    with Store.open(tmp_path / "edge.db") as store:
        async with (
            platform(mosquitto.url, tmp_path / "p.db", playbook=b'{"version":1}') as serving,
            appliance(store, mosquitto.url, ports(playbook_changed=lambda: changes.append(1))),
        ):
            await until(lambda: bool(changes))

    assert serving.states["toy-042/node-1"] in {"online", "stopping"}


def edge(*words: str) -> subprocess.Popen[bytes]:
    program = "from edge.cli.platform import platform; platform()"
    return subprocess.Popen(
        [sys.executable, "-c", program, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    )


async def has_connected(watching: Observer, mosquitto: Mosquitto) -> None:
    log = mosquitto.folder / "mosquitto.log"
    del watching
    await until(lambda: "as platform" in log.read_text())


@pytest.mark.broker
async def test_the_command_stores_events_ends_cleanly_and_prints_totals(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    database = tmp_path / "platform.db"

    with Store.open(tmp_path / "edge.db", epoch="e1") as store:
        store.ledger.append(events(200)).result()
        async with observer(mosquitto.url) as watching:
            running = edge("run", "--url", mosquitto.url, "--database", str(database), "--json")
            await has_connected(watching, mosquitto)
            async with appliance(store, mosquitto.url, ports()) as sync:
                drained = await sync.wait_drained(20)
            running.send_signal(signal.SIGTERM)
            out, _ = running.communicate(timeout=15)

    assert drained
    assert running.returncode == 0
    printed = json.loads(out)
    assert (printed["events"], printed["gaps"]) == (200, 0)
    assert list(printed["nodes"]) == ["toy-042/node-1"]
    assert received(database).events == 200


@pytest.mark.broker
async def test_a_command_is_sent_and_its_answer_printed(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    with Store.open(tmp_path / "edge.db") as store:
        async with (
            observer(mosquitto.url) as watching,
            appliance(store, mosquitto.url, ports()),
        ):
            await until(lambda: len(watching.of("info")) == 1)
            asking = edge("command", "toy-042/node-1", "ping", "--url", mosquitto.url, "--json")
            await until(lambda: asking.poll() is not None)
            out, _ = asking.communicate()

    answer = json.loads(out)
    assert answer["status"] == "ok"
    assert answer["data"]["at"] == "2026-03-14T09:00:01.000Z"


@pytest.mark.broker
async def test_a_playbook_is_sent_and_kept_by_the_broker(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    file = tmp_path / "playbook.json"
    file.write_text('{"version": 3, "offers": [], "rules": []}')

    sending = edge("send", "toy-042/node-1", "playbook", str(file), "--url", mosquitto.url)
    await until(lambda: sending.poll() is not None)
    out, _ = sending.communicate()
    async with observer(mosquitto.url) as watching:
        await until(lambda: len(watching.of("playbook")) == 1)

    assert b"took 1 message" in out


@pytest.mark.broker
def test_an_appliance_that_does_not_answer_is_said_to_be_so(mosquitto: Mosquitto) -> None:
    words = ["command", "toy-042/node-9", "ping", "--url", mosquitto.url, "--within", "0.5"]

    result = CliRunner().invoke(group, words)

    assert result.exit_code == 75
    assert "nothing came back" in result.output


@pytest.mark.parametrize(
    "words",
    [
        ["command", "toy-042", "ping", "--url", "mqtt://b"],
        ["command", "s/n", "ping", "--url", "http://b"],
        ["command", "s/n", "ping", "--url", "mqtt://b", "--data", "[]"],
        ["run", "--url", "mqtts://b", "--database", "p.db", "--ca", "none.pem"],
        ["send", "s/n", "playbook", "none.json", "--url", "mqtt://b"],
    ],
)
def test_a_command_line_that_cannot_work_is_refused_with_a_remedy(words: list[str]) -> None:
    result = CliRunner().invoke(group, words)

    assert result.exit_code == ConfigError.exit_code
    assert "remedy" in result.output


def test_totals_are_printed_for_people_too(database: PlatformStore, tmp_path: Path) -> None:
    database.take_in("s/n", topic_level("e", "epoch"), rows(1, 2, 4), confirmed=0).result()

    result = CliRunner().invoke(group, ["totals", "--database", str(tmp_path / "p.db")])

    assert result.exit_code == 0
    assert "s/n" in result.output
    assert "copies left out" in result.output
