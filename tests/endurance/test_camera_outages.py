"""An hour of staged outages of a network camera: each is survived, and nothing grows."""

import asyncio
import logging
import os
import random
from pathlib import Path

import pytest

from edge.driver.faces import FaceTrack
from edge.driver.testing import OutletSpy
from edge.errors import SourceFault
from edge.model.names import Instant
from tests.drivers.camera_face.drawn import walk
from tests.drivers.camera_face.rtsp import NetworkCamera
from tests.drivers.camera_face.test_live import camera
from tests.lab.listening import RunningClock

LOG = logging.getLogger(__name__)
WARM_UP = 3
GROWTH_KB = 4_096
UP_S, DOWN_S = (2.0, 6.0), (0.5, 8.0)


class Counting(OutletSpy):
    """Counts frames and keeps no call: what grows is not the test's own."""

    def face(self, at: Instant, track: FaceTrack) -> None:
        del at, track


async def outages(network: NetworkCamera, *, seconds: float) -> tuple[int, list[int], list[int]]:
    """Let a camera come and go; gives how often it was lost, and memory and files each time."""
    chance = random.Random(7)
    clock, outlet = RunningClock(), Counting()
    driver = camera(network.address)
    memory_kb, files, lost = [], [], 0
    ends = clock.now() + seconds * 10**9
    while clock.now() < ends:
        heard = outlet.frames
        async with asyncio.TaskGroup() as tasks:
            run = tasks.create_task(until_fault(driver.run(outlet, clock=clock)))
            while outlet.frames == heard and not run.done():  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.05)
            await asyncio.sleep(chance.uniform(*UP_S))
            is_cut = chance.random() < 0.5
            network.is_frozen = not is_cut
            if is_cut:
                network.go()
            await run
        assert outlet.frames > heard
        lost += 1
        await asyncio.sleep(chance.uniform(*DOWN_S))
        network.is_frozen = False
        if is_cut:
            network.come()
        memory_kb.append(resident_kb())
        files.append(open_files())
        LOG.info("lost %s times; %s kB, %s files", lost, memory_kb[-1], files[-1])
    return lost, memory_kb, files


async def until_fault(run: object) -> None:
    try:
        await run  # type: ignore[misc] # a coroutine
    except SourceFault:
        return


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def resident_kb() -> int:
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE") // 1024


def check(lost: int, memory_kb: list[int], files: list[int]) -> None:
    assert lost > WARM_UP
    assert max(memory_kb[WARM_UP:]) - memory_kb[WARM_UP - 1] < GROWTH_KB
    assert max(files[WARM_UP:]) <= files[WARM_UP - 1] + 2


@pytest.mark.timeout(180)
def test_a_minute_of_outages_is_survived() -> None:
    with NetworkCamera(walk("ada", frames=40)) as network:
        check(*asyncio.run(outages(network, seconds=60)))


@pytest.mark.endurance
@pytest.mark.timeout(4_200)
def test_an_hour_of_outages_is_survived_without_a_leak() -> None:
    with NetworkCamera(walk("ada", frames=40)) as network:
        check(*asyncio.run(outages(network, seconds=3_600)))
