"""A camera's worker: what it hands over, and how it ends, is lost and comes back."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

import pytest

from drivers.camera_face.driver import CameraFace
from drivers.camera_face.protocol import framed
from edge.driver.contract import SourceSpec, Tape
from edge.driver.faces import FaceTrack, Gallery, Match, Template
from edge.driver.testing import OutletSpy
from edge.errors import ConfigError, SourceFault
from edge.model.names import Instant, SourceName
from tests.drivers.camera_face.drawn import ENGINE, empty, room, template, walk, write_video
from tests.drivers.camera_face.drawn_worker import PROGRAM
from tests.drivers.camera_face.rtsp import NetworkCamera
from tests.lab.listening import RunningClock

PATIENCE_S = 30.0
STEP_S = 0.02


class DrawnCamera(CameraFace):
    """The driver, with a worker that knows drawn people."""

    worker_program: ClassVar[Sequence[str]] = PROGRAM


def camera(device: str, **options: Any) -> DrawnCamera:
    return DrawnCamera(
        SourceSpec(
            name=SourceName("cam"), driver="camera_face", options={"device": device, **options}
        )
    )


class Outlet(OutletSpy):
    """Compares every face with one person's template, as an open gate would."""

    def __init__(self, person: str | None = None) -> None:
        super().__init__()
        self.matches: list[Match | None] = []
        self._person = person

    def face(self, at: Instant, track: FaceTrack) -> None:
        super().face(at, track)
        if self._person is not None and not track.is_counted:
            track.is_counted = True
            found = Template(vector=template(self._person), quality=0.9)
            gallery = Gallery(engine=ENGINE, templates=(found,), target_fpir=0.001)
            track.compare(gallery, self.matches.append)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 - the outlet of the contract tells nobody
            await asyncio.sleep(STEP_S)


@asynccontextmanager
async def running(driver: CameraFace, outlet: OutletSpy, tape: Tape | None = None) -> Any:
    async with asyncio.TaskGroup() as tasks:
        run = tasks.create_task(driver.run(outlet, clock=RunningClock(), tape=tape))
        yield run
        run.cancel()


def workers() -> set[int]:
    """Give the processes that run the drawn worker."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if PROGRAM[1].encode() in (folder / "cmdline").read_bytes().split(b"\0"):
                found.add(int(folder.name))
    return found


def listen(work: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(work())  # type: ignore[arg-type] # a coroutine


def test_an_enrolled_person_who_walks_by_is_matched_once(tmp_path: Path) -> None:
    video = write_video(tmp_path / "walk.avi", [*empty(5), *walk("ada", frames=40)])
    outlet = Outlet("ada")

    async def work() -> None:
        async with running(camera(str(video)), outlet):
            await until(lambda: bool(outlet.matches) and outlet.frames > 0)

    listen(work)

    (found,) = outlet.matches
    assert found is not None
    assert found.slot == 0
    assert found.llr > 0


def test_a_stranger_matches_nobody(tmp_path: Path) -> None:
    video = write_video(tmp_path / "walk.avi", [*empty(5), *walk("ben", frames=40)])
    outlet = Outlet("ada")

    async def work() -> None:
        async with running(camera(str(video)), outlet):
            await until(lambda: bool(outlet.matches))

    listen(work)

    assert outlet.matches == [None]


def test_a_cancelled_run_ends_within_a_second_and_its_process_with_it(tmp_path: Path) -> None:
    video = write_video(tmp_path / "empty.avi", empty(20))
    outlet = OutletSpy()
    before = workers()
    took_s = []

    async def work() -> None:
        async with running(camera(str(video)), outlet) as run:
            await until(lambda: outlet.frames > 0)
            assert len(workers() - before) == 1
            began = time.monotonic()
            run.cancel()
            with suppress(asyncio.CancelledError):
                await run
            took_s.append(time.monotonic() - began)

    listen(work)

    assert took_s[0] < 1.0
    assert workers() == before


def test_a_worker_that_is_killed_is_a_fault_that_time_heals(tmp_path: Path) -> None:
    video = write_video(tmp_path / "empty.avi", empty(20))
    outlet = OutletSpy()
    before = workers()

    async def work() -> None:
        run = camera(str(video)).run(outlet, clock=RunningClock())
        async with asyncio.TaskGroup() as tasks:
            ear = tasks.create_task(run)
            await until(lambda: outlet.frames > 0)
            (worker,) = workers() - before
            os.kill(worker, signal.SIGKILL)
            await ear

    with pytest.raises(ExceptionGroup) as told:
        listen(work)

    (fault,) = told.value.exceptions
    assert isinstance(fault, SourceFault)


def test_a_worker_whose_daemon_has_gone_ends_by_itself(tmp_path: Path) -> None:
    video = write_video(tmp_path / "empty.avi", empty(20))
    begin = camera(str(video))._begin(has_pictures=False)

    with subprocess.Popen(PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write(framed(begin))
        worker.stdin.flush()
        assert len(worker.stdout.read(4)) == 4  # it is ready
        worker.stdin.close()
        status = worker.wait(timeout=PATIENCE_S)

    assert status == 0


@pytest.mark.parametrize("loss", ["gone", "frozen"])
def test_a_network_camera_that_is_lost_is_a_fault_and_is_heard_when_it_returns(loss: str) -> None:
    outlet = OutletSpy()

    async def work(lost: NetworkCamera) -> None:
        driver = camera(lost.address)
        async with asyncio.TaskGroup() as tasks:
            ear = tasks.create_task(_fault_of(driver, outlet))
            await until(lambda: outlet.frames > 0)
            lost.is_frozen = loss == "frozen"
            if loss == "gone":
                lost.go()
            assert "no pictures" in (await ear).what
        heard = outlet.frames
        lost.is_frozen = False
        if loss == "gone":
            lost.come()
        async with running(driver, outlet):
            await until(lambda: outlet.frames > heard)

    with NetworkCamera([room()]) as network:
        asyncio.run(work(network))


async def _fault_of(driver: CameraFace, outlet: OutletSpy) -> SourceFault:
    try:
        await driver.run(outlet, clock=RunningClock())
    except SourceFault as fault:
        return fault
    raise AssertionError("a run ends by a fault only")


def test_a_camera_that_is_not_there_is_a_fault_and_starts_no_process() -> None:
    before = workers()

    with pytest.raises(SourceFault, match="not there"):
        asyncio.run(camera("/dev/v4l/by-id/nobody").run(OutletSpy(), clock=RunningClock()))

    assert workers() == before


def test_a_file_that_is_no_video_is_a_fault(tmp_path: Path) -> None:
    noise = tmp_path / "noise.mp4"
    noise.write_bytes(bytes(range(256)) * 40)

    with pytest.raises(SourceFault, match="cannot be opened"):
        asyncio.run(camera(str(noise)).run(OutletSpy(), clock=RunningClock()))


def test_a_live_source_without_a_camera_is_refused() -> None:
    driver = CameraFace(SourceSpec(name=SourceName("cam"), driver="camera_face"))

    with pytest.raises(ConfigError, match="names no camera"):
        asyncio.run(driver.run(OutletSpy(), clock=RunningClock()))


def test_pictures_are_sent_to_a_tape_and_to_nothing_else(tmp_path: Path) -> None:
    video = write_video(tmp_path / "empty.avi", empty(20))
    outlet = OutletSpy()

    class Kept:
        def __init__(self) -> None:
            self.pictures: list[bytes] = []

        def write(self, at: Instant, raw: bytes) -> None:
            del at
            self.pictures.append(raw)

        def close(self) -> None:
            return

    tape = Kept()

    async def work() -> None:
        async with running(camera(str(video)), outlet, tape):
            await until(lambda: len(tape.pictures) > 3)

    listen(work)

    assert all(one.startswith(b"\xff\xd8") for one in tape.pictures)
    assert outlet.calls == []
