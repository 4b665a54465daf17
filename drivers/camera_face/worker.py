"""This is where the worker process runs that alone sees pictures and alone encodes faces.

`python -m drivers.camera_face.worker` speaks the messages of protocol.py over its standard input
and output. It shares no memory with the daemon, writes no file but converted models, dumps no
core, and ends when the daemon has gone.
"""

import ctypes
import os
import resource
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Protocol

import cv2

from drivers.camera_face.capture import Inbox, prepare_opencv, watch
from drivers.camera_face.engine import Engine
from drivers.camera_face.engine_options import EngineOptions
from drivers.camera_face.face import Image
from drivers.camera_face.opening import open_engine
from drivers.camera_face.pace import Pace, adapted
from drivers.camera_face.pipeline import Pipeline
from drivers.camera_face.protocol import (
    Alive,
    Begin,
    Compare,
    Compared,
    Failed,
    FromWorker,
    Gone,
    Offered,
    Picture,
    Ready,
    framed,
    receive,
)
from edge.errors import ConfigError, EdgeError, SourceFault, SourceUnusable, WireError
from edge.model.names import SECOND

NOT_DUMPABLE: Final = 4
"""PR_SET_DUMPABLE (linux/prctl.h); the value 0 also keeps other users' programs from looking in."""
NO_CORE: Final = (0, 0)
TURN_S: Final = 0.5
TELL_NS: Final = SECOND
FORGET_NS: Final = 2 * SECOND
"""Without a new frame the last ones are overwritten after this time (R6)."""
PATIENCE_NS: Final = 15 * SECOND
"""A camera without a frame for so long has failed: opening it may take 5 s, and reading 5 s."""
JPEG_QUALITY: Final = 90
UNUSABLE: Final = "gallery cannot be used"


class LoadEngine(Protocol):
    """Opens the engine that settings describe."""

    def __call__(self, options: EngineOptions, *, cache: Path) -> Engine:
        """Load its models."""


class Work:
    """The worker's main loop; everything but reading camera and commands happens here."""

    def __init__(self, begin: Begin, *, pipeline: Pipeline, inbox: Inbox, out: BinaryIO) -> None:
        self._begin = begin
        self._pipeline = pipeline
        self._inbox = inbox
        self._out = out
        self._pace = Pace(interval_s=1 / begin.rate)
        self._frames = 0
        self._has_begun = False
        """Whether the daemon was told of the first frame, which it is at once."""
        self._unfit: Counter[str] = Counter()
        self._framed_ns = self._told_ns = time.monotonic_ns()
        self._used_s = time.process_time()

    def run(self) -> None:
        """Work until the camera fails.

        Raises: SourceFault, that of the camera.
        """
        while True:
            self.turn()

    def turn(self) -> None:
        """Do the next thing, or wait for it.

        Raises: SourceFault, that of the camera.
        """
        item = self._inbox.take(TURN_S)
        if isinstance(item, Compare):
            self._compare(item)
        elif item is not None:
            self._look(*item)
        now = time.monotonic_ns()
        self._watch_silence(now - self._framed_ns)
        is_first = self._frames > 0 and not self._has_begun
        if is_first or now - self._told_ns >= TELL_NS:
            self._has_begun = self._has_begun or is_first
            self._tell(now)

    def _look(self, image: Image, at_ns: int) -> None:
        self._frames += 1
        self._framed_ns = at_ns
        if self._begin.has_pictures:
            self._send_picture(image, at_ns)
        seen = self._pipeline.step(image, at_ns)
        image.fill(0)
        self._unfit.update(seen.unfit)
        for number in seen.gone:
            self._send(Gone(track=number))
        for number in seen.offered:
            self._send(Offered(track=number, at_ns=at_ns))

    def _compare(self, command: Compare) -> None:
        match, refusal = None, ""
        try:
            match = self._pipeline.compare(command.track, command.gallery)
        except ConfigError:
            refusal = UNUSABLE
        self._send(Compared(track=command.track, match=match, refusal=refusal))

    def _watch_silence(self, silent_ns: int) -> None:
        if silent_ns >= FORGET_NS:
            self._pipeline.forget()
        if silent_ns >= PATIENCE_NS:
            raise SourceFault(
                "the camera gives no pictures",
                why=f"none came for {silent_ns // SECOND} s",
                remedy="see to its cable, its power and its network",
            )

    def _tell(self, now: int) -> None:
        self._send(Alive(at_ns=now, frames=self._frames, unfit=dict(self._unfit)))
        used_s = time.process_time()
        load = (used_s - self._used_s) * SECOND / (now - self._told_ns)
        begin = self._begin
        self._pace = adapted(self._pace, load=load, budget=begin.budget, rate=begin.rate)
        self._inbox.interval_s = self._pace.interval_s
        self._pipeline.scale = self._pace.scale
        self._frames, self._told_ns, self._used_s = 0, now, used_s
        self._unfit.clear()

    def _send_picture(self, image: Image, at_ns: int) -> None:
        is_done, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        if is_done:
            self._send(Picture(at_ns=at_ns, jpeg=jpeg.tobytes()))

    def _send(self, message: FromWorker) -> None:
        self._out.write(framed(message))
        self._out.flush()


def main(load: LoadEngine = open_engine) -> int:
    """Run until the camera fails or the daemon has gone; gives the exit status.

    `load` opens the engine that `Begin` names.
    """
    keep_private()
    commands, out = take_over_streams()
    told = receive(commands)
    if not isinstance(told, Begin):
        return WireError.exit_code
    sys.excepthook = Reporter(out)
    try:
        _run(told, commands, out, load=load)
    except EdgeError as error:
        out.write(framed(failed(error)))
        out.flush()
        return error.exit_code
    return 0


def keep_private() -> None:
    """Let no core be dumped and no other user's program look into this process (R9)."""
    if resource.getrlimit(resource.RLIMIT_CORE) != NO_CORE:  # the service's unit forbids both
        resource.setrlimit(resource.RLIMIT_CORE, NO_CORE)
    ctypes.CDLL(None).prctl(NOT_DUMPABLE, 0, 0, 0, 0)


def take_over_streams() -> tuple[BinaryIO, BinaryIO]:
    """Give standard input and output to the messages, and the void to whatever prints."""
    commands = os.fdopen(os.dup(0), "rb")
    out = os.fdopen(os.dup(1), "wb")
    void = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(void, number)
    return commands, out


def failed(error: EdgeError) -> Failed:
    """Say in a message why the worker ends."""
    who = {ConfigError: "person", SourceUnusable: "technician"}.get(type(error), "time")
    return Failed(
        who=who,  # type: ignore[arg-type] # one of the three words above
        what=error.what,
        where=error.where,
        why=error.why,
        remedy=error.remedy,
    )


def _run(begin: Begin, commands: BinaryIO, out: BinaryIO, *, load: LoadEngine) -> None:
    prepare_opencv()
    engine = load(begin.engine, cache=Path(begin.cache))
    out.write(framed(Ready(engine=engine.id)))
    out.flush()
    inbox = Inbox(1 / begin.rate)
    threading.Thread(target=_listen, args=(commands, inbox), daemon=True, name="commands").start()
    threading.Thread(
        target=watch,
        args=(begin.device, inbox),
        kwargs={"width": begin.width, "height": begin.height, "rate": begin.rate},
        daemon=True,
        name="camera",
    ).start()
    Work(begin, pipeline=Pipeline(engine), inbox=inbox, out=out).run()


def _listen(commands: BinaryIO, inbox: Inbox) -> None:
    """Take commands; without the daemon there is nobody to work for."""
    while isinstance(command := receive(commands), Compare):
        inbox.put_command(command)
    os._exit(0)


class Reporter:
    """Tells of a fault of our own by its kind and place, without any value."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def __call__(
        self, kind: type[BaseException], _error: BaseException, trace: TracebackType | None
    ) -> None:
        """Tell of it; the process ends afterwards."""
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        file = "" if trace is None else Path(trace.tb_frame.f_code.co_filename).name
        where = "" if trace is None else f"{file}:{trace.tb_lineno}"
        fault = SourceFault("the camera's worker failed", where=where, why=kind.__name__)
        self._out.write(framed(failed(fault)))
        self._out.flush()


if __name__ == "__main__":
    status = main()
    # Threads that wait for a camera end with the process, and not before.
    os._exit(status)
