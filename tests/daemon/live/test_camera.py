"""A camera among the supervised sources: parked beyond its policy, counted where its gate is."""

import asyncio

from edge.config.schema import SourceSettings
from edge.driver.contract import Clock
from edge.driver.outlet import Outlet
from tests.daemon.face_kit import Encoder, View
from tests.daemon.live.kit import driver_that, for_ever, supervised


def camera(gate: str) -> SourceSettings:
    return SourceSettings(name="cam", driver="told", zone="kiosk", options={"gate": gate})


async def test_a_camera_whose_gate_is_beyond_the_policy_is_parked_with_the_remedy() -> None:
    kind = driver_that(for_ever)

    async with supervised(kind, settings=camera("gated")) as yard:
        change = await yard.until("parked")

    assert "does not permit" in change.reason
    assert 'gate = "kiosk"' in change.remedy
    assert kind.runs == []


async def test_faces_at_a_camera_without_an_open_gate_are_counted_in_its_status() -> None:
    encoder = Encoder()

    async def show(outlet: Outlet, clock: Clock) -> None:
        outlet.heard(clock.now(), 1)
        for _ in range(3):
            outlet.face(clock.now(), View(encoder))
        await asyncio.Event().wait()

    async with supervised(driver_that(show), settings=camera("kiosk")) as yard:
        await yard.until("watching")
        await asyncio.sleep(0.01)
        status = yard.source.status()

    assert status.faces == {"seen": 3}
    assert encoder.calls == 0
    assert status.health().faces == {"seen": 3}
