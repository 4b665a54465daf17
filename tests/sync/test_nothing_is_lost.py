"""The promise: acknowledged means delivered, whatever the network and the broker do."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.store.database import Store
from tests.sync.broker import Mosquitto
from tests.sync.proxy import FaultProxy
from tests.sync.worlds import appliance, events, platform, ports, received, until

pytestmark = pytest.mark.broker


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "edge.db", epoch="e1") as opened:
        yield opened


async def test_two_thousand_events_arrive_once_each(
    mosquitto: Mosquitto, store: Store, tmp_path: Path
) -> None:
    store.ledger.append(events(2000)).result()

    async with (
        platform(mosquitto.url, tmp_path / "p.db"),
        appliance(store, mosquitto.url, ports()) as sync,
    ):
        drained = await sync.wait_drained(20)
        state = await sync.state()

    assert drained
    assert state.depth == 0
    stream = received(tmp_path / "p.db")
    assert (stream.events, stream.through, stream.gaps, stream.faulty) == (2000, 2000, 0, 0)
    assert stream.duplicates == 0


async def test_events_that_are_stored_while_connected_leave_at_once(
    mosquitto: Mosquitto, store: Store, tmp_path: Path
) -> None:
    async with (
        platform(mosquitto.url, tmp_path / "p.db"),
        appliance(store, mosquitto.url, ports()) as sync,
    ):
        for _ in range(20):
            await asyncio.wrap_future(store.ledger.append(events(10)))
            sync.poke()
        drained = await sync.wait_drained(20)

    assert drained
    assert received(tmp_path / "p.db").events == 200


async def test_a_broker_that_is_killed_in_the_middle_loses_nothing(
    mosquitto: Mosquitto, store: Store, tmp_path: Path
) -> None:
    store.ledger.append(events(3000)).result()

    async with (
        platform(mosquitto.url, tmp_path / "p.db") as serving,
        appliance(store, mosquitto.url, ports(), window=2) as sync,
    ):
        await until(lambda: serving.counts.events > 300)
        mosquitto.kill()
        await asyncio.sleep(0.2)
        await asyncio.to_thread(mosquitto.start)
        drained = await sync.wait_drained(30)
        state = await sync.state()

    assert drained
    assert state.counts["link.connections"] >= 2
    stream = received(tmp_path / "p.db")
    assert (stream.events, stream.gaps) == (3000, 0)


@pytest.mark.parametrize("fault", ["cut", "reset", "swallow"])
async def test_a_network_that_fails_again_and_again_loses_nothing(
    mosquitto: Mosquitto, store: Store, tmp_path: Path, fault: str
) -> None:
    store.ledger.append(events(3000)).result()

    async with (
        platform(mosquitto.url, tmp_path / "p.db") as serving,
        FaultProxy(mosquitto.port) as proxy,
        appliance(store, proxy.url, ports(), window=1) as sync,
    ):
        for step in range(3):
            await until(lambda step=step: serving.counts.events > 300 * (step + 1))
            await _break(proxy, fault)
        drained = await sync.wait_drained(30)

    assert drained
    stream = received(tmp_path / "p.db")
    assert (stream.events, stream.gaps) == (3000, 0)


async def _break(proxy: FaultProxy, fault: str) -> None:
    if fault == "cut":
        proxy.cut()
    elif fault == "reset":
        proxy.reset()
    else:
        proxy.is_swallowing = True
        await asyncio.sleep(0.7)
        proxy.is_swallowing = False


async def test_a_platform_that_restarts_finds_every_event(
    mosquitto: Mosquitto, store: Store, tmp_path: Path
) -> None:
    store.ledger.append(events(3000)).result()

    async with appliance(store, mosquitto.url, ports(), window=1) as sync:
        async with platform(mosquitto.url, tmp_path / "p.db") as serving:
            await until(lambda: serving.counts.events > 300)
        await asyncio.sleep(0.2)
        depth_without_platform = await sync.depth()
        async with platform(mosquitto.url, tmp_path / "p.db"):
            drained = await sync.wait_drained(30)

    assert depth_without_platform > 0
    assert drained
    stream = received(tmp_path / "p.db")
    assert (stream.events, stream.gaps) == (3000, 0)


async def test_lost_acknowledgements_lead_to_copies_that_the_platform_leaves_out(
    mosquitto: Mosquitto, store: Store, tmp_path: Path
) -> None:
    store.ledger.append(events(1000)).result()

    async with platform(mosquitto.url, tmp_path / "p.db") as serving:
        deaf = _acknowledgements_get_lost(serving)
        async with appliance(store, mosquitto.url, ports()) as sync:
            with deaf:
                await until(lambda: serving.counts.events >= 1500)
            drained = await sync.wait_drained(20)
            state = await sync.state()

    assert drained
    assert state.counts["uplink.resent"] >= 500
    stream = received(tmp_path / "p.db")
    assert (stream.events, stream.gaps) == (1000, 0)
    assert stream.duplicates >= 500


@contextlib.contextmanager
def _acknowledgements_get_lost(serving: object) -> Iterator[None]:
    """Make the platform's link lose what it is given, as a broker under load does."""
    link = serving._link
    real = link.deliver

    async def lose(_message: object, *, within_s: float) -> bool:
        return within_s > 0

    link.deliver = lose
    yield
    link.deliver = real


async def test_an_appliance_that_restarts_goes_on_where_the_platform_is(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    async with platform(mosquitto.url, tmp_path / "p.db") as serving:
        with Store.open(tmp_path / "edge.db") as store:
            store.ledger.append(events(3000)).result()
            async with appliance(store, mosquitto.url, ports(), window=1):
                await until(lambda: serving.counts.events > 300)
        with Store.open(tmp_path / "edge.db") as store:
            async with appliance(store, mosquitto.url, ports()) as sync:
                drained = await sync.wait_drained(20)

    assert drained
    stream = received(tmp_path / "p.db")
    assert (stream.events, stream.gaps) == (3000, 0)


async def test_a_publish_that_the_broker_denies_keeps_the_events(
    mosquitto: Mosquitto, store: Store, tmp_path: Path
) -> None:
    access = tmp_path / "access"
    access.write_text("topic read #\ntopic write edge/v1/+/+/status\n")
    access.chmod(0o644)
    mosquitto.stop()
    mosquitto.extra = f"acl_file {access}"
    mosquitto.start()
    store.ledger.append(events(100)).result()

    async with appliance(store, mosquitto.url, ports()) as sync:
        await until(lambda: sync._uplink.counts.refused >= 2)
        state = await sync.state()

    assert state.depth == 100
    assert state.uplink in {"held", "probing"}


async def test_a_broker_without_a_platform_keeps_the_events_in_the_outbox(
    mosquitto: Mosquitto, store: Store
) -> None:
    store.ledger.append(events(100)).result()

    async with appliance(store, mosquitto.url, ports()) as sync:
        drained = await sync.wait_drained(1.5)
        state = await sync.state()

    assert not drained
    assert state.depth == 100
    assert state.uplink == "probing"
