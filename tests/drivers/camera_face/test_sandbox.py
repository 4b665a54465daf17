"""The worker lives under what the service's unit forbids: no memory is both written and run."""

import asyncio
import ctypes
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from drivers.camera_face.driver import CameraFace
from edge.driver.contract import SourceSpec
from edge.driver.faces import FaceTrack, Gallery, Match, Template
from edge.driver.testing import OutletSpy
from edge.model.names import Instant, SourceName
from tests.daemon.face_kit import vector
from tests.drivers.camera_face.drawn import write_video
from tests.drivers.camera_face.portrait import portrait
from tests.drivers.camera_face.portrait_worker import IS_DENIED, SANDBOXED
from tests.lab.listening import RunningClock

PATIENCE_S = 60.0
MAP_BOTH = (
    "import mmap; from tests.drivers.camera_face.portrait_worker import deny_write_and_execute\n"
    "deny_write_and_execute()\n"
    "mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)\n"
)
needs_kernel = pytest.mark.skipif(
    ctypes.CDLL(None).prctl(IS_DENIED, 0, 0, 0, 0) < 0, reason="this kernel is older than 6.3"
)


class SandboxedCamera(CameraFace):
    """The driver, with a worker that may not make memory both writable and executable."""

    worker_program: ClassVar[Sequence[str]] = SANDBOXED


class Outlet(OutletSpy):
    """Compares the face in view once, with a template of somebody else."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Match | None] = []

    def face(self, at: Instant, track: FaceTrack) -> None:
        super().face(at, track)
        templates = (Template(vector=vector(1), quality=0.9),)
        gallery = Gallery(engine=track.engine, templates=templates, target_fpir=0.001)
        track.compare(gallery, self.told.append)


@needs_kernel
def test_the_sandbox_of_this_test_refuses_memory_that_is_written_and_run() -> None:
    done = subprocess.run([sys.executable, "-c", MAP_BOTH], capture_output=True, check=False)

    assert b"PermissionError" in done.stderr


@needs_kernel
def test_opencv_and_onnxruntime_need_no_memory_that_is_written_and_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CACHE_DIRECTORY", str(tmp_path / "models"))
    video = write_video(tmp_path / "face.avi", [portrait()] * 40)
    spec = SourceSpec(
        name=SourceName("cam"), driver="camera_face", options={"device": str(video), "rate": 5.0}
    )
    outlet = Outlet()

    async def work() -> None:
        async with asyncio.TaskGroup() as tasks:
            run = tasks.create_task(SandboxedCamera(spec).run(outlet, clock=RunningClock()))
            async with asyncio.timeout(PATIENCE_S):
                while not outlet.told:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.05)
            run.cancel()

    asyncio.run(work())

    assert outlet.told[0] is None
    assert outlet.refused == {}
