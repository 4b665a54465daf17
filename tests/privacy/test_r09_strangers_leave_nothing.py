"""R9: what was made of a stranger's face is overwritten, and is found nowhere afterwards."""

import asyncio
import gc
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.camera_face.capture import open_capture
from drivers.camera_face.driver import CameraFace
from drivers.camera_face.pipeline import Pipeline
from edge.driver.contract import SourceSpec
from edge.driver.faces import FaceTrack, Gallery, Match, Template
from edge.driver.testing import OutletSpy
from edge.model.names import Instant, SourceName
from tests.daemon.face_kit import vector
from tests.drivers.camera_face.drawn import write_video
from tests.drivers.camera_face.portrait import portrait, portrait_engine
from tests.drivers.camera_face.portrait_worker import HOARDER, PROGRAM
from tests.lab.listening import RunningClock
from tests.privacy.memory import copies, holds

PATIENCE_S = 60.0
COMPARED = 2
"""How often the stranger is encoded."""
ALLOWED = ("pipe:", "socket:", "anon_inode:", "/dev/null", "/dev/urandom")
NOBODY_HERE = Template(vector=vector(1), quality=0.9)


class PortraitCamera(CameraFace):
    """The driver, with the default engine and operating points that are made up."""

    worker_program: ClassVar[Sequence[str]] = PROGRAM


class HoardingCamera(CameraFace):
    """The same, with a worker that keeps what it encoded."""

    worker_program: ClassVar[Sequence[str]] = HOARDER


class Outlet(OutletSpy):
    """Compares the face in view a few times, with templates of other people."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Match | None] = []
        self.asked = 0

    def face(self, at: Instant, track: FaceTrack) -> None:
        super().face(at, track)
        if self.asked == COMPARED:
            return
        self.asked += 1
        gallery = Gallery(engine=track.engine, templates=(NOBODY_HERE,), target_fpir=0.001)
        track.compare(gallery, self.told.append)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a video in which a stranger stands still."""
    return write_video(tmp_path_factory.mktemp("video") / "stranger.avi", [portrait()] * 40)


@pytest.fixture(scope="module")
def face(cache: Path, video: Path, tmp_path_factory: pytest.TempPathFactory) -> NDArray[np.float32]:
    """Give the stranger's vector, computed by a process of its own."""
    path = tmp_path_factory.mktemp("vector") / "vector"
    program = (
        "import sys, numpy as np; from pathlib import Path\n"
        "from drivers.camera_face.capture import open_capture\n"
        "from tests.drivers.camera_face.portrait import portrait_engine\n"
        f"engine = portrait_engine(Path({str(cache)!r}))\n"
        f"image = open_capture({str(video)!r}).read()[1]\n"
        "chips = engine.cut(image, engine.find(image)[:1])\n"
        f"Path({str(path)!r}).write_bytes(engine.encode(np.stack(chips))[0].tobytes())\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    return np.frombuffer(path.read_bytes(), dtype=np.float32)


def seen_by(
    video: Path, outlet: Outlet, look: Any, *, kind: type[CameraFace] = PortraitCamera
) -> None:
    """Run the camera until a face was compared twice, and look at its worker."""
    spec = SourceSpec(
        name=SourceName("cam"), driver="camera_face", options={"device": str(video), "rate": 5.0}
    )

    async def work() -> None:
        async with asyncio.TaskGroup() as tasks:
            run = tasks.create_task(kind(spec).run(outlet, clock=RunningClock()))
            async with asyncio.timeout(PATIENCE_S):
                while len(outlet.told) < COMPARED:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.05)
            await asyncio.to_thread(look, _worker())
            run.cancel()

    asyncio.run(work())


def _worker() -> int:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "cmdline").read_bytes().split(b"\0")
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if PROGRAM[1].encode() in told and int(parent) == os.getpid():
            return int(folder.name)
    raise AssertionError("there is no worker")


def test_r09_a_vector_that_is_there_is_found_however_it_is_scaled() -> None:
    kept = np.random.default_rng(7).normal(size=128).astype(np.float32)
    scaled = (kept * 3.5).astype(np.float64)

    found = copies(os.getpid(), kept)

    assert found >= 2
    assert scaled.any()


@pytest.mark.skipif(os.geteuid() != 0, reason="reads another process's memory")
def test_r09_a_worker_that_kept_a_strangers_vector_would_be_found_out(
    face: NDArray[np.float32], cache: Path, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CACHE_DIRECTORY", str(cache))
    found: list[int] = []

    seen_by(video, Outlet(), lambda worker: found.append(copies(worker, face)), kind=HoardingCamera)

    assert found[0] > 0


@pytest.mark.skipif(os.geteuid() != 0, reason="reads another process's memory")
def test_r09_a_strangers_vector_is_not_in_the_workers_memory(
    face: NDArray[np.float32], cache: Path, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CACHE_DIRECTORY", str(cache))
    outlet = Outlet()
    seen: dict[str, Any] = {}

    def look(worker: int) -> None:
        seen["copies"] = copies(worker, face)
        seen["works"] = holds(worker, b"drivers.camera_face")
        seen["core"] = Path(f"/proc/{worker}/limits").read_text()
        seen["files"] = [str(one.readlink()) for one in Path(f"/proc/{worker}/fd").iterdir()]

    seen_by(video, outlet, look)

    assert outlet.told == [None] * COMPARED
    assert seen["works"]
    assert seen["copies"] == 0
    (core,) = [line for line in seen["core"].splitlines() if line.startswith("Max core file")]
    assert core.split()[4:6] == ["0", "0"]
    assert [one for one in seen["files"] if not one.startswith(ALLOWED)] == [str(video)]


def test_r09_a_strangers_vector_is_in_no_object_and_on_no_wire(
    face: NDArray[np.float32], cache: Path, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CACHE_DIRECTORY", str(cache))
    outlet = Outlet()

    seen_by(video, outlet, lambda _: None)

    calls = repr([(call[0], call[1], vars(call[2]["track"])) for call in outlet.calls])
    assert "array" not in calls
    assert alike(objects(), face) <= 1  # the fixture's own


def test_r09_the_pipeline_keeps_nothing_of_a_stranger(
    face: NDArray[np.float32], cache: Path, video: Path
) -> None:
    engine = portrait_engine(cache)
    pipeline = Pipeline(engine)
    for number in range(4):
        pipeline.step(open_capture(str(video)).read()[1], number * 100_000_000)
    gallery = Gallery(engine=engine.id, templates=(NOBODY_HERE,), target_fpir=0.001)

    match = pipeline.compare(1, gallery)

    assert match is None
    assert alike(objects(), face) <= 1  # the fixture's own


def objects() -> list[NDArray[Any]]:
    """Give every array that is alive, and those that others hold."""
    gc.collect()
    found = [one for one in gc.get_objects() if isinstance(one, np.ndarray)]
    for one in gc.get_objects():
        if isinstance(one, dict | list | tuple):
            values = one.values() if isinstance(one, dict) else one
            found += [value for value in values if isinstance(value, np.ndarray)]
    return list({id(one): one for one in found}.values())


def alike(arrays: list[NDArray[Any]], face: NDArray[np.float32]) -> int:
    """Count the arrays that hold a face's vector."""
    size = len(face)
    rows = [
        row
        for one in arrays
        if one.dtype.kind == "f" and one.size % size == 0 and 0 < one.size <= 64 * size
        for row in one.reshape(-1, size).astype(np.float64)
    ]
    norms = [float(np.linalg.norm(row)) for row in rows]
    return sum(
        float(row @ face) / norm / float(np.linalg.norm(face)) > 0.99
        for row, norm in zip(rows, norms, strict=True)
        if norm > 0
    )
