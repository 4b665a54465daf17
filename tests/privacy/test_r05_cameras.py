"""R5: outside opening hours a camera does not run, and a recorded frame is not looked at."""

import asyncio
from pathlib import Path
from typing import Any

from drivers.camera_face.driver import CameraFace
from drivers.camera_face.engine import Engine
from edge.config.opening import parse_opening
from edge.config.schema import SourceSettings
from edge.daemon.hours import OpeningHours
from edge.driver.contract import Clock, RecordedFile, SourceSpec
from edge.driver.faces import Gallery, Match, Template
from edge.driver.outlet import Outlet
from edge.driver.testing import OutletSpy
from edge.errors import SourceFault
from edge.model.names import SECOND, Instant, SourceName
from tests.daemon.live.kit import START, Hands, driver_that, for_ever, supervised, until
from tests.drivers.camera_face.drawn import ENGINE, drawn_engine, template, walk, write_video
from tests.drivers.camera_face.test_live import DrawnCamera, workers

OPENING = "09:00-09:10"
TO_CLOSING_S = 600
NIGHT_S = 24 * 3_600 - TO_CLOSING_S


def resting(act: Any = for_ever) -> Any:
    kind = driver_that(act, quiet_after_s=30.0)
    kind.rests_when_closed = True
    return kind


async def test_r05_a_camera_does_not_run_before_the_store_opens() -> None:
    kind, hands = resting(), Hands(wall=START - 5 * SECOND)

    async with supervised(kind, hands=hands, opening=OPENING) as yard:
        await yard.until("watching")
        assert kind.runs == []

        hands.turn(5)
        await until(lambda: kind.runs)


async def test_r05_a_running_camera_is_ended_when_the_store_closes_and_begins_the_next_day() -> (
    None
):
    kind, hands = resting(), Hands()

    async with supervised(kind, hands=hands, opening=OPENING) as yard:
        await until(lambda: kind.runs)
        hands.turn(TO_CLOSING_S)
        await until(lambda: kind.runs[0].has_ended)
        for _ in range(20):
            hands.turn(10)
            await asyncio.sleep(0.01)
        assert len(kind.runs) == 1

        hands.turn(NIGHT_S - 200)
        await until(lambda: len(kind.runs) == 2)

    assert "deaf" not in yard.path()


async def test_r05_other_sources_listen_at_night_and_their_door_refuses() -> None:
    kind, hands = driver_that(for_ever), Hands(wall=START - 3_600 * SECOND)

    async with supervised(kind, hands=hands, opening=OPENING):
        await until(lambda: kind.runs)


async def test_r05_a_fault_of_a_camera_in_opening_hours_is_tried_again() -> None:
    async def fail(outlet: Outlet, clock: Clock) -> None:
        del outlet, clock
        raise SourceFault("the camera cannot be opened", remedy="run: edge doctor")

    async with supervised(resting(fail), opening=OPENING) as yard:
        change = await yard.until("retrying")

    assert change.reason == "the camera cannot be opened"


async def test_r05_no_process_sees_pictures_while_the_store_is_closed(tmp_path: Path) -> None:
    video = write_video(tmp_path / "walk.avi", walk("ada", frames=20))
    options = {"device": str(video), "gate": "kiosk"}
    settings = SourceSettings(name="cam", driver="camera_face", zone="kiosk", options=options)
    hands = Hands(wall=START - SECOND)

    async with supervised(DrawnCamera, settings=settings, hands=hands, opening=OPENING) as yard:
        await yard.until("watching")
        assert workers() == set()

        hands.turn(1)
        await until(lambda: yard.source.status().heard, within_s=30)
        assert workers() != set()

        hands.turn(TO_CLOSING_S)
        await until(lambda: not workers())
        heard = yard.source.status().heard
        await asyncio.sleep(0.2)
        assert yard.source.status().heard == heard


def test_r05_recorded_frames_of_a_closed_store_are_not_looked_at(tmp_path: Path) -> None:
    video = write_video(tmp_path / "walk.avi", walk("ada", frames=40))
    engine, spy = drawn_engine(), OutletSpy()
    hours = OpeningHours(parse_opening(OPENING), timezone="UTC")
    begins = Instant(START + (TO_CLOSING_S - 2) * SECOND)
    closes = Instant(START + TO_CLOSING_S * SECOND)

    class Camera(CameraFace):
        def engine(self) -> Engine:
            return engine

    file = RecordedFile(
        path=video, started=begins, ended=Instant(begins + 4 * SECOND), is_open=hours.is_open
    )
    driver = Camera(SourceSpec(name=SourceName("cam"), driver="camera_face"))
    list(driver.replay(file, spy))

    assert engine.detector.calls == 20  # type: ignore[attr-defined] # it is a drawn one
    assert spy.frames == 20
    assert spy.refused["outside opening hours"] == 20
    assert spy.calls != []
    assert max(at for _, at, _ in spy.calls) < closes


def test_r05_a_face_in_view_when_the_store_closes_is_compared_no_more(tmp_path: Path) -> None:
    video = write_video(tmp_path / "walk.avi", walk("ada", frames=40))
    told: list[Match | None] = []

    class Camera(CameraFace):
        def engine(self) -> Engine:
            return drawn_engine()

    file = RecordedFile(
        path=video,
        started=START,
        ended=Instant(START + 4 * SECOND),
        is_open=lambda at: at < START + 2 * SECOND,
    )
    spy = OutletSpy()
    driver = Camera(SourceSpec(name=SourceName("cam"), driver="camera_face"))
    list(driver.replay(file, spy))
    (track,) = {call[2]["track"] for call in spy.calls}
    gallery = Gallery(
        engine=ENGINE,
        templates=(Template(vector=template("ada"), quality=0.9),),
        target_fpir=0.001,
    )

    track.compare(gallery, told.append)

    assert told == [None]
