"""This is where a recording runs through the same decoders, fusion and ledger as a live day."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, Protocol

import msgspec

from edge.daemon.delivery import Delivered, Destination, delivery
from edge.daemon.digest import recording_digest
from edge.daemon.intake import Intake
from edge.daemon.lock import FolderLock
from edge.daemon.merge import merged
from edge.daemon.places import make_state_folder
from edge.daemon.recorded_store import Rebuilt, rebuild
from edge.daemon.replay_store import mark_done, open_replay_store
from edge.driver.recording import Recording
from edge.fusion.fold import Fusion, resume
from edge.fusion.state import State
from edge.model.event import Event
from edge.model.names import SECOND, Instant
from edge.model.observation import AnyObservation
from edge.store.database import Store
from edge.store.ledger import Snapshot
from edge.sync.session import Sync

BATCH: Final = 2_000
"""Observations folded between two looks at the clock and the network: about 20 ms of work."""


class ReplayProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a replay has come."""

    at: Instant
    """Event time."""
    share: float
    """Of the recording's length, 0..1."""
    observations: int
    events: int


class ReplayResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay came to."""

    database: str
    store: str
    epoch: str
    resumed_at: int
    """Observations that an earlier, killed run had taken in; 0 from the start."""
    observations: int
    events: int
    """Events in the ledger."""
    heard: int
    """Frames, adverts and lines taken in by this run."""
    refused: dict[str, int]
    """What was not used by this run, by reason."""
    faces: dict[str, int]
    """Faces in view in this run: seen, encoded, matched, discarded. Without cameras it is empty."""
    late: int
    warnings: tuple[str, ...]
    delivered: Delivered | None
    """None where no platform was named."""
    seconds: float


class Watcher(Protocol):
    """Who looks on while a replay runs; every method has to return at once."""

    def begin(self, sync: Sync | None) -> None:
        """Hear that the store is open, and which exchange with the platform runs beside it."""

    def see(self, progress: ReplayProgress, events: Sequence[Event]) -> None:
        """Hear how far it is, and the events that came of the last batch."""


class Replay:
    """One run of a recording; used from one thread, that of its event loop."""

    def __init__(
        self,
        recording: Recording,
        *,
        database: Path,
        speed: float | None = None,
        destination: Destination | None = None,
    ) -> None:
        """`speed` is a factor of real time, None as fast as it goes."""
        self._recording = recording
        self._database = database
        self._speed = speed
        self._destination = destination
        self._began_s = 0.0

    async def run(self, watcher: Watcher | None = None) -> ReplayResult:
        """Run the recording to its end, and bring its events to the platform if one is named.

        Raises: RecordingError, ConfigError, StoreError.
        """
        self._began_s = time.monotonic()
        digest = recording_digest(self._recording)
        epoch = digest[:8].hex()
        folder = self._database.parent
        make_state_folder(folder)
        with (
            FolderLock(folder, name=f"{self._database.name}.lock"),
            open_replay_store(self._database, self._recording, epoch=epoch) as opened,
        ):
            store = opened.store
            built = rebuild(self._recording, store=store, seed=digest)
            intake = _intake(built, store=store, snapshot=opened.snapshot, epoch=epoch)
            intake.begin(self._recording.started)
            resumed_at = intake.position
            sync = self._sync(store, built)
            if watcher is not None:
                watcher.begin(sync)
            fill = partial(self._fill, built, intake=intake, sync=sync, watcher=watcher)
            delivered = await self._beside(sync, fill, store=store)
            return ReplayResult(
                database=str(self._database),
                store=self._recording.store,
                epoch=epoch,
                resumed_at=resumed_at,
                observations=intake.position,
                events=store.ledger.last(),
                heard=intake.heard,
                refused=dict(sorted(intake.refused.items())),
                faces=dict(sorted(intake.faces.items())),
                late=intake.late,
                warnings=built.warnings,
                delivered=delivered,
                seconds=round(time.monotonic() - self._began_s, 3),
            )

    def _sync(self, store: Store, built: Rebuilt) -> Sync | None:
        if self._destination is None:
            return None
        return delivery(self._destination, store, policy=built.policy.name)

    async def _beside(
        self, sync: Sync | None, fill: Callable[[], Awaitable[None]], *, store: Store
    ) -> Delivered | None:
        """Fill the ledger while the exchange runs, then give that time to be done."""
        if sync is None or self._destination is None:
            await fill()
            mark_done(store)
            return None
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(sync.run(), name="sync")
            await fill()
            mark_done(store)
            await sync.wait_drained(self._destination.patience_s)
            waiting = await sync.depth()
            sync.stop()
        return Delivered(acknowledged=store.ledger.last() - waiting, waiting=waiting)

    async def _fill(
        self, built: Rebuilt, *, intake: Intake, sync: Sync | None, watcher: Watcher | None
    ) -> None:
        observations = merged(built.feeds, hear=built.faces.hear)
        for _ in islice(observations, intake.position):
            pass  # an earlier run took these in
        for batch in self._batches(observations):
            await self._wait_for(batch[-1].at)
            events = intake.take(batch)
            if sync is not None:
                sync.poke()
            if watcher is not None:
                watcher.see(self._progress(batch[-1].at, intake=intake), events)
            await asyncio.sleep(0)
        built.close(self._recording.ended)
        intake.take(list(merged(built.feeds, hear=built.faces.hear)))
        last = intake.finish(self._recording.ended)
        if watcher is not None:
            watcher.see(self._progress(self._recording.ended, intake=intake), last)

    def _batches(
        self, observations: Iterator[AnyObservation]
    ) -> Iterator[Sequence[AnyObservation]]:
        """Cut the stream: by number at full speed, by a quarter of a second of wall time else."""
        if self._speed is None:
            while batch := list(islice(observations, BATCH)):
                yield batch
            return
        span = int(self._speed * SECOND / 4)
        held: list[AnyObservation] = []
        for observation in observations:
            if held and (observation.at - held[0].at >= span or len(held) >= BATCH):
                yield held
                held = []
            held.append(observation)
        if held:
            yield held

    async def _wait_for(self, at: Instant) -> None:
        if self._speed is None:
            return
        due_s = (at - self._recording.started) / SECOND / self._speed
        await asyncio.sleep(max(0.0, self._began_s + due_s - time.monotonic()))

    def _progress(self, at: Instant, *, intake: Intake) -> ReplayProgress:
        length = self._recording.ended - self._recording.started
        share = (at - self._recording.started) / length
        return ReplayProgress(
            at=at,
            share=min(1.0, max(0.0, share)),
            observations=intake.position,
            events=intake.events,
        )


def _intake(built: Rebuilt, *, store: Store, snapshot: Snapshot | None, epoch: str) -> Intake:
    if snapshot is None:
        state, position = State(epoch=epoch), 0
    else:
        state, position = resume(snapshot.state), snapshot.position
    fusion = Fusion(built.floor, state=state, tuning=built.tuning)
    return Intake(fusion, ledger=store.ledger, position=position)
