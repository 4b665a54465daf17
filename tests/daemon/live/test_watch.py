import asyncio

import msgspec

from edge.daemon.run_watch import MOST_SEEN, SHOWN, Glimpse, glimpses, shown
from edge.driver.contract import Clock
from edge.driver.outlet import Outlet
from edge.model.names import CustomerId, SourceName
from edge.model.observation import (
    AnyObservation,
    ConsentChanged,
    CustomerHeard,
    DoorCounted,
    EvidenceKind,
    ProbeHeard,
    PurchaseMade,
    SignOfLife,
    SourceChanged,
    StaffHeard,
    WithdrawalMade,
)
from tests.daemon.live.kit import START, driver_that, for_ever, supervised

HERE = {"at": START, "source": SourceName("one")}
KINDS: list[AnyObservation] = [
    ProbeHeard(**HERE, bucket=1234, signal_dbm=-60),
    CustomerHeard(
        **HERE,
        customer=CustomerId("c-77777"),
        evidence=EvidenceKind.BLE,
        purposes=("presence_ble",),
        until=START,
        signal_dbm=-60,
    ),
    WithdrawalMade(**HERE, customer=CustomerId("c-1")),
    ConsentChanged(**HERE, customer=CustomerId("c-1"), purposes=()),
    StaffHeard(**HERE, badge=88888, signal_dbm=-50),
    DoorCounted(**HERE, entered=2, left=1),
    PurchaseMade(
        **HERE,
        receipt="R-99999",
        total=23.90,
        currency="EUR",
        items=("4006381333931",),
        lane="3",
        customer=CustomerId("c-77777"),
    ),
    SignOfLife(**HERE, heard=4, refused={"bad line": 1}),
    SourceChanged(**HERE, was="starting", now="watching", reason="heard"),
]


def test_every_kind_of_observation_can_be_shown() -> None:
    assert set(SHOWN) == {type(one) for one in KINDS}
    assert {type(one) for one in KINDS} == set(AnyObservation.__args__)


def test_nobody_is_seen_over_a_sources_shoulder() -> None:
    said = msgspec.json.encode([shown(one) for one in KINDS])

    for secret in (b"c-77777", b"88888", b"1234", b"R-99999", b"23.9", b"4006381333931"):
        assert secret not in said
    assert b'"entered":2' in said
    assert b'"evidence":"ble"' in said


async def test_what_a_source_notices_is_counted_a_second() -> None:
    gate = asyncio.Event()

    async def notice(outlet: Outlet, clock: Clock) -> None:
        await gate.wait()
        outlet.heard(clock.now(), 30)
        for _ in range(30):
            outlet.door(clock.now(), entered=1)
        await asyncio.Event().wait()

    async with supervised(driver_that(notice)) as yard:
        await yard.until("starting")
        pieces = glimpses(lambda: yard.source, period_s=0.05)
        first: Glimpse = await anext(pieces)
        gate.set()

        second: Glimpse = await anext(pieces)
        third: Glimpse = await anext(pieces)
        await pieces.aclose()

        assert (first.heard, first.counts) == (0, {})
        assert (second.heard, second.counts) == (30, {"door": 30, "life": 1})
        assert len(second.seen) == MOST_SEEN
        assert (third.heard, third.counts, third.state) == (0, {}, "watching")
        assert yard.source.listeners == set()


async def test_a_source_that_was_started_anew_is_watched_on() -> None:
    async def notice(outlet: Outlet, clock: Clock) -> None:
        outlet.door(clock.now(), entered=1)
        await asyncio.sleep(0.02)
        outlet.door(clock.now(), left=1)
        await asyncio.Event().wait()

    async with supervised(driver_that(for_ever)) as old, supervised(driver_that(notice)) as new:
        current = old
        pieces = glimpses(lambda: current.source, period_s=0.01)
        await anext(pieces)
        current = new

        seen = [await anext(pieces) for _ in range(5)]
        await pieces.aclose()

        assert sum(one.counts.get("door", 0) for one in seen) >= 1
        assert (old.source.listeners, new.source.listeners) == (set(), set())
