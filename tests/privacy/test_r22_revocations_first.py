"""R22: what was taken back while the store was offline is applied before anything is sent."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.store.database import Store
from edge.sync.batch import unpack
from edge.sync.messages import Incoming, Outgoing
from edge.sync.platform.customers_file import read_customers
from edge.sync.session import Sync
from tests.privacy.erasures import ANNA, BERT, Desk, erased, names, open_store, stay, told_of
from tests.privacy.live_shop import customers_of, told
from tests.sync.broker import Mosquitto
from tests.sync.test_downlink import observer
from tests.sync.worlds import ADDRESS, appliance, events, platform, ports, received, until

STAYS = 334
"""Of three events each: 1,002 that wait."""


def queue_up(desk: Desk, *people: str) -> None:
    """Let a thousand events of these people wait for the platform, and two of nobody first."""
    desk.store.ledger.append(events(1)).result()
    now = desk.clock.now()
    for number in range(STAYS):
        who = people[number % len(people)]
        desk.store.ledger.append(stay(number, who, now)).result()  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def online(desk: Desk, url: str, **limits: float) -> AsyncIterator[Sync]:
    """Bring a store online whose erasures are carried through."""
    carrying = asyncio.ensure_future(desk.erasing.run())  # noqa: TID251 - no group is at hand
    try:
        async with appliance(desk.store, url, ports(customers=desk.customers), **limits) as sync:
            desk.sending.sync = sync
            yield sync
    finally:
        carrying.cancel()


def events_of(seen: list[Incoming]) -> list[dict[str, Any]]:
    """Give every event that was sent, in the order on the wire."""
    return [
        json.loads(msgspec.json.encode(event.envelope))
        for message in seen
        if message.topic.endswith("/events")
        for event in unpack(message.payload, message.properties)
    ]


@pytest.fixture
def store(tmp_path: Path) -> Any:
    folder = tmp_path / "state"
    folder.mkdir()
    with open_store(folder) as opened:
        yield opened


@pytest.mark.broker
async def test_r22_an_erasure_that_only_the_platforms_answer_tells_of_comes_before_all_events(
    mosquitto: Mosquitto, store: Store, tmp_path: Path
) -> None:
    desk = Desk(store)
    await desk.deliver(told_of(ANNA), told_of(BERT, tokens=[]), cursor="001")
    queue_up(desk, ANNA, BERT)
    file = customers_of(tmp_path / "customers.jsonl", (told_of(ANNA),), (erased(ANNA),))

    async with (
        platform(mosquitto.url, tmp_path / "p.db", customers=read_customers(file)),
        online(desk, mosquitto.url) as sync,
    ):
        await until(lambda: bool(desk.receipts()))
        assert await sync.wait_drained(20)

    assert received(tmp_path / "p.db").gaps == 0
    assert received(tmp_path / "p.db").events >= 3 * STAYS
    assert ANNA.encode() not in told(tmp_path / "p.db")
    assert BERT.encode() in told(tmp_path / "p.db")
    assert b"erasure.completed.v1" in told(tmp_path / "p.db")


@pytest.mark.broker
async def test_r22_an_erasure_that_only_the_broker_has_kept_comes_before_all_events(
    mosquitto: Mosquitto, store: Store, tmp_path: Path
) -> None:
    desk = Desk(store)
    await desk.deliver(told_of(ANNA), cursor="001")
    async with online(desk, mosquitto.url) as sync:
        await until(lambda: sync._link.is_up)
    queue_up(desk, ANNA)
    async with observer(mosquitto.url) as sending:
        raw = json.dumps({"cursor": "002", "deltas": [erased(ANNA)]}).encode()
        assert sending.link is not None
        await sending.link.deliver(
            Outgoing(topic=ADDRESS.topic("customers"), payload=raw), within_s=5
        )

    async with online(desk, mosquitto.url) as sync:
        await until(lambda: bool(desk.receipts()))
        async with platform(mosquitto.url, tmp_path / "p.db"):
            sync.drop()  # so that it asks a platform that is there now
            assert await sync.wait_drained(20)

    assert received(tmp_path / "p.db").events >= 3 * STAYS
    assert ANNA.encode() not in told(tmp_path / "p.db")


@pytest.mark.broker
async def test_r22_without_an_answer_nothing_leaves_that_speaks_of_a_person(
    mosquitto: Mosquitto, store: Store
) -> None:
    desk = Desk(store)
    await desk.deliver(told_of(ANNA), cursor="001")
    queue_up(desk, ANNA)

    async with (
        observer(mosquitto.url) as watching,
        online(desk, mosquitto.url, unanswered_s=0.3) as sync,
    ):
        await until(lambda: len(watching.of("customers/sync")) >= 3)
        state = await sync.state()

    sent = events_of(watching.seen)
    assert {one["dataclassification"] for one in sent} == {"anonymous"}
    assert {one["sequence"] for one in sent} == {f"{1:020}"}
    assert not state.is_answered


@pytest.mark.broker
async def test_r22_events_of_purposes_that_were_taken_back_leave_without_the_name(
    mosquitto: Mosquitto, store: Store, tmp_path: Path
) -> None:
    desk = Desk(store)
    await desk.deliver(told_of(ANNA), told_of(BERT, tokens=[]), cursor="001")
    now = desk.clock.now()
    store.ledger.append(stay(1, ANNA, now, kind="card")).result()
    store.ledger.append(stay(2, ANNA, now, kind="ble")).result()
    store.ledger.append(stay(3, BERT, now, kind="card")).result()
    less = told_of(ANNA, "presence_ble", version=2)
    file = customers_of(tmp_path / "customers.jsonl", (told_of(ANNA),), (less,))

    async with (
        platform(mosquitto.url, tmp_path / "p.db", customers=read_customers(file)),
        online(desk, mosquitto.url) as sync,
    ):
        assert await sync.wait_drained(20)

    assert names(store) == [ANNA, BERT, BERT]
    assert told(tmp_path / "p.db").count(ANNA.encode()) == 1
    assert b'"purposes":["presence_ble"]' in told(tmp_path / "p.db")


@pytest.mark.broker
async def test_r22_no_name_leaves_after_the_receipt_while_events_flow(
    mosquitto: Mosquitto, store: Store, tmp_path: Path
) -> None:
    desk = Desk(store)
    await desk.deliver(told_of(ANNA), cursor="001")

    async with (
        observer(mosquitto.url) as watching,
        platform(mosquitto.url, tmp_path / "p.db") as serving,
        online(desk, mosquitto.url) as sync,
    ):
        await until(lambda: sync._uplink.is_answered)
        for number in range(200):
            store.ledger.append(stay(number, ANNA, desk.clock.now())).result()
            sync.poke()
            if number == 100:
                raw = json.dumps({"cursor": "002", "deltas": [erased(ANNA)]}).encode()
                await serving.send(ADDRESS, "customers", payload=raw)
            if desk.book.find(ANNA) is None:
                break
            await asyncio.sleep(0.01)
        await until(lambda: bool(desk.receipts()))
        assert await sync.wait_drained(20)

    sent = events_of(watching.seen)
    types = [one["type"] for one in sent]
    after = sent[types.index("erasure.completed.v1") :]
    assert any(one["data"].get("customer") == ANNA for one in sent)
    assert not any(one["data"].get("customer") == ANNA for one in after)
