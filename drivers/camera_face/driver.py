"""This is where a camera's faces, live or recorded, are offered to the outlet."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from drivers.camera_face.checking import (
    check_camera,
    fault_of_camera,
    fault_of_parts,
    found_cameras,
)
from drivers.camera_face.listening import Listening
from drivers.camera_face.options import (
    model_cache,
    read_options,
    with_login,
)
from drivers.camera_face.process import PROGRAM, Worker
from drivers.camera_face.protocol import Begin
from edge.driver.contract import Clock, Finding, Found, RecordedFile, SourceSpec, Tape
from edge.driver.options import check_no_profile
from edge.driver.outlet import Outlet
from edge.driver.pacing import paced
from edge.model.names import Instant

if TYPE_CHECKING:  # an engine's module loads NumPy
    from drivers.camera_face.engine import Engine


class CameraFace:
    """Finds faces in a camera's pictures, and offers each as a track to the consent gate."""

    kind: ClassVar[str] = "camera_face"
    quiet_after_s: ClassVar[float] = 30.0
    """A camera gives frames all day; half a minute without one is a fault."""
    tape_suffix: ClassVar[str] = ".avi"
    tape_shows_people: ClassVar[bool] = True
    """A tape holds pictures of people: it is made on order, where the policy allows it."""
    rests_when_closed: ClassVar[bool] = True
    """Outside opening hours nobody is looked at: the camera itself is let go of then (R5)."""

    worker_program: ClassVar[Sequence[str]] = PROGRAM
    """Program and arguments of the process that sees the pictures."""

    def __init__(self, spec: SourceSpec) -> None:
        check_no_profile(spec)
        self.spec = spec
        self._told = read_options(spec)

    @classmethod
    async def discover(cls) -> tuple[Found, ...]:
        """List the cameras of this machine, under their stable names."""
        return await asyncio.to_thread(found_cameras)

    async def check(self) -> tuple[Finding, ...]:
        """Say whether libraries, models and camera are there; the camera is not opened."""
        return await check_camera(self._told)

    async def run(self, outlet: Outlet, *, clock: Clock, tape: Tape | None = None) -> None:
        """Have a worker process look through the camera until cancelled; it is killed then.

        Raises: ConfigError when the source names no camera or its engine cannot be used;
        SourceFault when the camera is not there or goes away; SourceUnusable when this user may
        not use it or what it needs is not installed.
        """
        begin = self._begin(has_pictures=tape is not None)
        worker = await Worker.begin(self.worker_program)
        try:
            listening = Listening(worker, outlet=outlet, clock=clock, tape=tape)
            await listening.run(begin)
        finally:
            await worker.end()

    def open_tape(self, path: Path, *, key: bytes) -> Tape:
        """Begin a video file; nothing in it is disguised, faces cannot be.

        Raises: RecordingError when it cannot be made.
        """
        from drivers.camera_face.tape import begin_tape  # noqa: PLC0415 - loads OpenCV

        del key
        return begin_tape(path, rate=self._told.rate)

    def replay(self, file: RecordedFile, outlet: Outlet) -> Iterator[Instant]:
        """Run a video through the pipeline of the live source, in this process.

        Raises: RecordingError when it is no video; ConfigError when the engine cannot be used.
        """
        from drivers.camera_face.recorded import (  # noqa: PLC0415 - loads OpenCV
            Viewing,
            frames,
            open_video,
        )

        told = self._told
        capture = open_video(file.path)
        if capture is None:
            return
        viewing = Viewing(self.engine(), outlet=outlet)
        pictures = frames(capture, file, rate=told.rate, width=told.width)
        yield from paced(pictures, file, outlet=outlet, take=viewing.take)
        capture.release()

    def engine(self) -> "Engine":
        """Open the face engine of this source, for a replay.

        Raises: ConfigError when a model is missing or is not the one that the settings name.
        """
        from drivers.camera_face.opening import open_engine  # noqa: PLC0415 - loads OpenCV

        return open_engine(self._told.engine, cache=model_cache(os.environ))

    def _begin(self, *, has_pictures: bool) -> Begin:
        """Give the worker's first message.

        Raises: ConfigError, SourceFault or SourceUnusable, as for `run`.
        """
        told = self._told
        fault = fault_of_camera(told.device) or fault_of_parts(told)
        if fault is not None:
            raise fault
        return Begin(
            device=with_login(str(told.device), told.login_file, os.environ),
            width=told.width,
            height=told.height,
            rate=told.rate,
            budget=told.budget,
            engine=told.engine,
            cache=str(model_cache(os.environ)),
            has_pictures=has_pictures,
        )
