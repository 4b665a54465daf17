"""This is where what the worker says is handed to the outlet; no picture and no vector is here."""

import time
from collections import deque
from typing import Final

from drivers.camera_face.process import Worker
from drivers.camera_face.protocol import (
    Alive,
    Begin,
    Compare,
    Compared,
    Gone,
    Offered,
    Picture,
    Ready,
)
from edge.driver.contract import Clock, Tape
from edge.driver.faces import FaceTrack, Gallery, Tell
from edge.driver.outlet import Outlet
from edge.errors import SourceFault
from edge.model.names import Instant

LOAD_S: Final = 90.0
"""The first start converts a model; on the slowest machine that takes half a minute."""
SILENT_S: Final = 10.0
"""The worker speaks every second, whatever its camera does."""


class LiveTrack(FaceTrack):
    """A face in the worker's view."""

    def __init__(self, number: int, *, engine: str, worker: Worker) -> None:
        super().__init__(engine)
        self._number = number
        self._worker = worker
        self._waiting: deque[Tell] = deque()

    def compare(self, gallery: Gallery, tell: Tell) -> None:
        """Have the worker encode it; the outcome is told when it comes."""
        self._waiting.append(tell)
        self._worker.send(Compare(track=self._number, gallery=gallery))

    def answer(self, compared: Compared) -> None:
        """Tell the outcome of the oldest comparison."""
        if self._waiting:
            self._waiting.popleft()(compared.match)

    @property
    def is_waiting(self) -> bool:
        """Whether an outcome is still to come."""
        return bool(self._waiting)


class Listening:
    """One run of a camera's worker; it belongs to the event loop."""

    def __init__(self, worker: Worker, *, outlet: Outlet, clock: Clock, tape: Tape | None) -> None:
        self._worker = worker
        self._outlet = outlet
        self._clock = clock
        self._tape = tape
        self._engine = ""
        self._in_view: dict[int, LiveTrack] = {}
        self._leaving: dict[int, LiveTrack] = {}
        """Faces out of view whose comparison has not been answered."""

    async def run(self, begin: Begin) -> None:
        """Hand over what the worker says until cancelled.

        Raises: SourceFault, SourceUnusable or ConfigError, as the worker says.
        """
        self._worker.send(begin)
        first = await self._worker.receive(LOAD_S)
        if not isinstance(first, Ready):
            raise SourceFault("the camera's worker spoke out of turn", remedy="it is started again")
        self._engine = first.engine
        while True:
            self._take(await self._worker.receive(SILENT_S))

    def _take(self, message: object) -> None:
        if isinstance(message, Alive):
            self._hear(message)
        elif isinstance(message, Offered):
            self._outlet.face(self._moment(message.at_ns), self._track(message.track))
        elif isinstance(message, Compared):
            self._answer(message)
        elif isinstance(message, Gone):
            track = self._in_view.pop(message.track, None)
            if track is not None and track.is_waiting:
                self._leaving[message.track] = track
        elif isinstance(message, Picture) and self._tape is not None:
            self._tape.write(self._moment(message.at_ns), message.jpeg)

    def _hear(self, alive: Alive) -> None:
        at = self._moment(alive.at_ns)
        if alive.frames:
            self._outlet.heard(at, alive.frames)
        for reason, count in sorted(alive.unfit.items()):
            self._outlet.refuse(at, unfit(reason), count)

    def _answer(self, compared: Compared) -> None:
        track = self._leaving.pop(compared.track, None) or self._in_view.get(compared.track)
        if track is None:
            return
        if compared.refusal:
            self._outlet.refuse(self._clock.now(), compared.refusal)
        track.answer(compared)
        if track.is_waiting and compared.track not in self._in_view:
            self._leaving[compared.track] = track

    def _track(self, number: int) -> LiveTrack:
        track = self._in_view.get(number)
        if track is None:
            track = LiveTrack(number, engine=self._engine, worker=self._worker)
            self._in_view[number] = track
        return track

    def _moment(self, at_ns: int) -> Instant:
        """Give the moment of a reading of the monotonic clock, which is not in the future."""
        return Instant(self._clock.now() - max(0, time.monotonic_ns() - at_ns))


def unfit(reason: str) -> str:
    """Give the words under which faces in pictures that were not fit are counted."""
    return f"face {reason.replace('_', ' ')}"
