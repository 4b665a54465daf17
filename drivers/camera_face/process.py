"""This is where the daemon starts the worker, speaks with it, and ends it."""

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, Self

from drivers.camera_face.protocol import (
    LENGTH_BYTES,
    Failed,
    FromWorker,
    ToWorker,
    framed,
    length_of,
    read_from_worker,
)
from edge.errors import ConfigError, EdgeError, SourceFault, SourceUnusable, WireError

PROGRAM: Final = (sys.executable, "-P", "-m", "drivers.camera_face.worker")
ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1"}
"""NumPy compares with a gallery of any size on one core."""
ERRORS: Final[dict[str, type[EdgeError]]] = {
    "time": SourceFault,
    "technician": SourceUnusable,
    "person": ConfigError,
}
LAST_WORDS_S: Final = 0.3
"""A worker that said why it ends does so at once; asyncio warns of one that is killed meanwhile."""
ENDED: Final = SourceFault(
    "the camera's worker ended",
    why="it was killed, or ran out of memory",
    remedy="it is started again; if it goes on, run: journalctl -u store-edge",
)


class Worker:
    """A worker process; it belongs to the event loop."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._is_ending = False

    @classmethod
    async def begin(cls, program: Sequence[str] = PROGRAM) -> Self:
        """Start a worker, which waits for its first message.

        Raises: SourceFault when the system refuses another process.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *program,
                env=os.environ | ONE_THREAD,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError as error:
            raise SourceFault(
                "the camera's worker cannot be started",
                why=error.strerror or type(error).__name__,
                remedy="see what else runs on this machine: top",
            ) from error
        return cls(process)

    @property
    def number(self) -> int:
        """The process's id."""
        return self._process.pid

    def send(self, message: ToWorker) -> None:
        """Say something to the worker; what a worker that has ended was told is lost with it."""
        if self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(framed(message))

    async def receive(self, within_s: float) -> FromWorker:
        """Hear what the worker says.

        Raises: SourceFault when it ended, says nothing in time, or nothing that can be read; what
        the worker itself says is wrong is raised as the error it is.
        """
        try:
            async with asyncio.timeout(within_s):
                message = await self._next()
        except TimeoutError as error:
            raise SourceFault(
                "the camera's worker does not answer",
                why=f"nothing came for {within_s:.0f} s",
                remedy="it is started again",
            ) from error
        except WireError as error:
            raise SourceFault(error.what, why=error.why, remedy="it is started again") from error
        if isinstance(message, Failed):
            self._is_ending = True
            raise ERRORS[message.who](
                message.what, where=message.where, why=message.why, remedy=message.remedy
            )
        return message

    async def end(self) -> None:
        """Kill it, frames and all; its memory is gone when this returns."""
        if self._is_ending:
            with suppress(TimeoutError):
                async with asyncio.timeout(LAST_WORDS_S):
                    await self._process.wait()
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def _next(self) -> FromWorker:
        stream = self._process.stdout
        if stream is None:
            raise ENDED
        try:
            length = length_of(await stream.readexactly(LENGTH_BYTES))
            return read_from_worker(await stream.readexactly(length))
        except asyncio.IncompleteReadError as error:
            self._is_ending = True
            raise ENDED from error
