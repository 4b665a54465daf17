"""This is where live sources are recorded: heard as by the service, with nobody looked up."""

import asyncio
import logging
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec

from edge.config.schema import Settings, SourceSettings, StoreSettings
from edge.daemon.clock import LiveClock
from edge.daemon.door import PrivacyDoor
from edge.daemon.gate_settings import without_gate
from edge.daemon.notices import admission, read_published
from edge.daemon.premises import SECRET_BYTES, rules_of
from edge.daemon.recording_folder import RecordingFolder, make_empty
from edge.daemon.recording_service import STOP_REMEDY
from edge.daemon.recording_tapes import FindDriver, Reels, begin_reels
from edge.daemon.rules import Rules
from edge.daemon.status import SourceStatus
from edge.daemon.supervisor import House, Pace
from edge.daemon.supervisor_sources import Sources
from edge.daemon.waiting import set_within
from edge.driver.contract import LiveDriver
from edge.driver.disguise import KEY_BYTES
from edge.driver.options import meant
from edge.errors import ConfigError, StoreError
from edge.model.moment import rfc3339
from edge.model.names import SECOND, Instant, SourceName
from edge.privacy.pepper import Peppers, random_peppers
from edge.privacy.policy import OFF, FaceMode, Policy
from edge.privacy.recogniser import Recogniser
from edge.sync.backoff import Chance

log = logging.getLogger(__name__)

AHEAD_NS: Final = 60 * SECOND
"""recording.toml says `ended` so far ahead and is written anew in time: after a crash the folder
replays with an end that is a minute off at most."""
WAITING: Final = frozenset({"retrying", "parked"})


class RecordedSource(msgspec.Struct, frozen=True, kw_only=True):
    """How the recording of one source goes; it holds no identifier of anybody."""

    name: str
    driver: str
    state: str
    reason: str
    remedy: str
    recorded: int
    """Frames, reports and lines given to its file."""
    outside_hours: int
    """Those that came while the store was closed; they are not recorded."""
    counts: dict[str, int]
    """What was in them, by kind."""
    refused: dict[str, int]
    """What could not be used, by reason."""
    starts: int
    """How often its driver was started."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a recording is, or how it ended."""

    folder: str
    started: str
    ended: str
    """Until now, where it still runs; both RFC 3339."""
    seconds: float
    sources: tuple[RecordedSource, ...]
    notes: tuple[str, ...]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be recorded, and with what."""

    folder: Path
    settings: Settings
    names: tuple[str, ...] = ()
    """The sources; none for all."""
    lasts_s: float | None = None
    """None until it is told to stop."""
    find: FindDriver
    chance: Chance
    with_video: bool = False
    """Whether cameras are recorded too; their tapes show people."""
    held: frozenset[str] = frozenset()
    """Sources that a running service listens to, and may hold for itself."""
    pace: Pace = Pace()


class Onlooker(Protocol):
    """Who looks on while a recording runs; it has to return at once."""

    def __call__(self, progress: Progress) -> None:
        """Hear how far it is, at each look."""


async def record(
    order: Order,
    *,
    clock: LiveClock,
    stopped: asyncio.Event,
    onlooker: Onlooker,
) -> Progress:
    """Record until `stopped` is set or the time is over; a source that fails never ends it.

    The key that stand-ins are made under is in memory only, and gone afterwards.

    Raises: ConfigError where nothing can be recorded as ordered; StoreError where the disk refuses
    recording.toml.
    """
    chosen = choose(order.settings.sources, order.names)
    rules = nobodys_rules(order.settings.store)
    make_empty(order.folder)
    reels = begin_reels(
        chosen,
        order.folder,
        find=order.find,
        key=os.urandom(KEY_BYTES),
        hours=rules.hours,
        with_video=order.with_video,
    )
    for note in reels.notes:
        log.warning("%s", note)
    async with asyncio.TaskGroup() as tasks:
        recorder = Recorder(order, reels, rules=rules, clock=clock, sources=Sources(tasks))
        await recorder.begin()
        await recorder.keep(stopped, onlooker)
        ending = await recorder.end()
    if recorder.fault is not None:
        raise recorder.fault
    return ending


class Recorder:
    """A recording under way; it belongs to the event loop."""

    def __init__(
        self, order: Order, reels: Reels, *, rules: Rules, clock: LiveClock, sources: Sources
    ) -> None:
        self.fault: StoreError | None = None
        """Why recording.toml could not be written the last time."""
        self._order = order
        self._reels = reels
        self._rules = rules
        self._clock = clock
        self._sources = sources
        self._started = clock.now()
        self._said_ended = Instant(0)
        self._notes = list(reels.notes)
        self._folder = RecordingFolder(
            order.folder, order.settings, entries=reels.entries, started=self._started
        )

    async def begin(self) -> None:
        """Write what the folder says about itself, and start the sources."""
        self._say_ended(Instant(self._started + AHEAD_NS))
        recorded = [without_gate(entry.settings) for entry in self._reels.entries]
        await self._sources.apply(recorded, house=self._house())

    async def keep(self, stopped: asyncio.Event, onlooker: Onlooker) -> None:
        """Record until the end."""
        while True:
            onlooker(self.progress())
            left_s = self._left_s()
            if left_s <= 0 or await set_within(stopped, min(self._order.pace.look_s, left_s)):
                return
            now = self._clock.now()
            if self._said_ended - now < AHEAD_NS // 2:
                self._say_ended(Instant(now + AHEAD_NS))

    async def end(self) -> Progress:
        """Stop the sources, finish every file and say when it ended."""
        before = {one.name: one for one in self._sources.statuses()}
        await self._sources.stop()
        for reel in self._reels.reels.values():
            try:
                reel.close()
            except StoreError as fault:  # the other files can still be finished
                self._notes.append(str(fault))
        self._say_ended(self._clock.now())
        return self.progress(before)

    def progress(self, known: dict[str, SourceStatus] | None = None) -> Progress:
        """Give how far it is; `known` is how the sources were before they were stopped."""
        statuses = known or {one.name: one for one in self._sources.statuses()}
        now = self._clock.now()
        return Progress(
            folder=str(self._order.folder),
            started=rfc3339(self._started),
            ended=rfc3339(now),
            seconds=round((now - self._started) / SECOND, 1),
            sources=tuple(self._source(status) for status in statuses.values()),
            notes=tuple(self._notes),
        )

    def _source(self, status: SourceStatus) -> RecordedSource:
        reel = self._reels.reels[status.name]
        is_held = status.state in WAITING and status.name in self._order.held
        return RecordedSource(
            name=status.name,
            driver=status.driver,
            state=status.state,
            reason=status.reason,
            remedy=STOP_REMEDY if is_held else status.remedy,
            recorded=reel.written,
            outside_hours=reel.outside_hours,
            counts=dict(sorted(reel.outlet.handed_over.items())),
            refused=dict(sorted(reel.outlet.refused.items())),
            starts=status.starts,
        )

    def _say_ended(self, ended: Instant) -> None:
        self._said_ended = ended
        try:
            self._folder.say(ended)
        except StoreError as fault:  # the tapes may still be written, and the next time comes
            self.fault = fault
        else:
            self.fault = None

    def _left_s(self) -> float:
        if self._order.lasts_s is None:
            return math.inf
        return self._order.lasts_s - (self._clock.now() - self._started) / SECOND

    def _house(self) -> House:
        return House(
            find=self._order.find,
            rules=self._rules,
            clock=self._clock,
            offer=lambda _: None,  # nothing that is noticed is kept
            dropped=lambda _: 0,
            chance=self._order.chance,
            pace=self._order.pace,
            listen=self._listen,
            admit=admission(self._order.settings, read_published(self._order.settings)),
        )

    async def _listen(self, name: SourceName, driver: LiveDriver, door: PrivacyDoor) -> None:
        reel = self._reels.reels[name]
        reel.outlet.alive = door
        await driver.run(reel.outlet, clock=self._clock, tape=reel)


def choose(sources: Sequence[SourceSettings], names: Sequence[str]) -> tuple[SourceSettings, ...]:
    """Give the named sources, or all.

    Raises: ConfigError for a name that no source has.
    """
    known = {source.name for source in sources}
    for name in names:
        if name not in known:
            raise ConfigError(
                "there is no such source", why=f"{name!r:.80}", remedy=meant(name, known)
            )
    return tuple(source for source in sources if not names or source.name in names)


def check_video(policy: Policy) -> None:
    """Let pictures of people be recorded only where the policy permits it.

    Raises: ConfigError.
    """
    if not policy.video or policy.face is FaceMode.OFF:
        raise ConfigError(
            "cannot record with video",
            why=f"the policy {policy.name} does not permit pictures of people to be kept",
            remedy="record without --with-video",
        )


def nobodys_rules(store: StoreSettings) -> Rules:
    """Give the rules under which nobody is known, whatever the store's policy permits."""
    return rules_of(
        store,
        policy=OFF,
        recogniser=Recogniser((), policy=OFF, secret=os.urandom(SECRET_BYTES)),
        peppers=Peppers(period_s=OFF.pepper_period_s, draw=random_peppers()),
    )
