"""This is where one source is kept running: started, listened to, tried again, parked."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final, cast

import msgspec

from edge.config.schema import SourceSettings
from edge.daemon.clock import LiveClock
from edge.daemon.closing import rests_when_closed, run_while_open
from edge.daemon.door import PrivacyDoor
from edge.daemon.door_tally import Tally
from edge.daemon.gate_settings import check_gate
from edge.daemon.premises import signal_floor
from edge.daemon.registry import driver_names
from edge.daemon.rules import Rules
from edge.daemon.status import SourceStatus
from edge.daemon.supervisor_ending import Ending, ended
from edge.daemon.supervisor_record import SourceRecord
from edge.daemon.supervisor_states import Signal, State
from edge.daemon.waiting import set_within
from edge.driver.contract import Driver, Finding, Level, LiveDriver
from edge.errors import ConfigError
from edge.model.names import SourceName
from edge.model.observation import AnyObservation, SignOfLife
from edge.sync.backoff import BackOff, Chance, wait_after_failure

LONGEST_PATIENCE_S: Final = 3_600.0
"""A source that stays deaf is opened anew at least once an hour."""
CHECK_S: Final = 3.0
"""A driver's check ends within 2 s by its contract."""
REOPENING: Final = Ending(reason="it is opened anew", is_reopening=True)
SILENT_END: Final = Ending(reason="it ended by itself")
CANCELLED: Final = Ending(reason="its driver was cancelled from inside")
HUNG: Final = Ending(
    reason="its driver does not end when it is told to",
    remedy="run: systemctl restart store-edge",
    is_hopeless=True,
)


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How long the supervisor waits for what; seconds."""

    look_s: float = 1.0
    """Between two looks at a running source."""
    end_s: float = 1.5
    """For a driver that was told to end; the contract allows it one."""
    park_s: float = 300.0
    """Until a parked source is tried again by itself."""
    check_s: float = 30.0
    """Between two checks of a parked source; one that finds no fault any more un-parks it."""
    back_off: BackOff = BackOff(base_s=1.0, cap_s=60.0)
    """After a fault: full jitter, so that sources on one bus do not fall into step."""


Listen = Callable[[SourceName, LiveDriver, PrivacyDoor], Coroutine[Any, Any, None]]
"""Has a source's driver listen, with its door or what stands in front of it, until cancelled."""


class House(msgspec.Struct, frozen=True, kw_only=True):
    """What every source of the store is given."""

    find: Callable[[str], type[Driver] | None]
    """Finds a driver by its name."""
    rules: Rules
    clock: LiveClock
    offer: Callable[[AnyObservation], object]
    """Puts an observation into the mailbox."""
    dropped: Callable[[SourceName], int]
    """Counts what the mailbox dropped of a source."""
    chance: Chance
    pace: Pace = Pace()
    listen: Listen | None = None
    """None has the driver speak to the door itself."""
    admit: Callable[[SourceSettings], None] | None = None
    """Raises ConfigError for a source that may not start; None admits every source."""


class Supervised:
    """One source; `run` it as a task. It belongs to the event loop."""

    def __init__(self, settings: SourceSettings, *, house: House, tasks: asyncio.TaskGroup) -> None:
        """`tasks` is where the driver's own task belongs."""
        self.settings = settings
        self.name = SourceName(settings.name)
        self.listeners: set[Callable[[AnyObservation], None]] = set()
        """Who hears each observation as it is handed over; called in the event loop."""
        self.late_words = 0
        """Observations that a driver handed over after its end; they are left out."""
        self.house = house
        self._tasks = tasks
        self._record = SourceRecord(settings, clock=house.clock, offer=house.offer)
        self._tally = Tally()
        self._door: PrivacyDoor | None = None
        self._run = 0
        self._quiet_after_s = LONGEST_PATIENCE_S
        self._reopenings = 0
        self._hung: asyncio.Task[Ending] | None = None
        self._wake = asyncio.Event()

    @property
    def state(self) -> State:
        """How it is."""
        return self._record.standing.state

    async def run(self) -> None:
        """Keep it running until cancelled; its driver has ended then, unless it hangs."""
        while True:
            self._record.begin("tried again" if self._run else "the service starts it")
            ending = await self._attempt()
            if not ending.is_reopening:
                signal = Signal.GAVE_UP if ending.is_hopeless else Signal.FAULTED
                self._record.move(signal, ending.reason, remedy=ending.remedy)
                await self._rest(ending)

    def release(self) -> None:
        """Try a waiting source at once: somebody mended it, or the settings were read anew."""
        self._wake.set()

    def deafen(self) -> None:
        """Hear that it was silent for too long to be chance; it is opened anew."""
        self._record.move(Signal.DEAFENED, "silent for too long for its usual rate")

    def retire(self, reason: str) -> None:
        """Say that it is not kept running any longer; to be called after `run` was cancelled."""
        self._record.move(Signal.GAVE_UP, reason, level=logging.INFO)

    def status(self) -> SourceStatus:
        """Give how it is."""
        return self._record.status(self.tally(), drops=self.house.dropped(self.name))

    def tally(self) -> Tally:
        """Give what was taken in by all runs."""
        if self._door is None:
            return self._tally
        return self._tally.plus(self._door.tally())

    async def _attempt(self) -> Ending:
        """Run the driver once, to its end."""
        driver = await ended(self._made)
        if isinstance(driver, Ending):
            return driver
        self._run += 1
        self._quiet_after_s = driver.quiet_after_s
        self._door = PrivacyDoor(
            self.name,
            rules=self.house.rules,
            floor_dbm=signal_floor(self.settings),
            hand_over=partial(self._hand_over, self._run),
        )
        ear = self._tasks.create_task(
            self._listen(driver, self._door), name=f"driver of {self.name}"
        )
        try:
            ending = await self._watch(ear)
        finally:
            has_ended = await self._end(ear)
            self._tally, self._door = self.tally(), None
        if has_ended:
            return ending
        self._hung = ear
        return HUNG

    async def _made(self) -> LiveDriver:
        """Make the driver.

        Raises: ConfigError where there is none, the source's options are wrong, its face gate is
        not one that the policy permits, or customers were not told of it.
        """
        check_gate(self.settings, self.house.rules.policy)
        if self.house.admit is not None:
            self.house.admit(self.settings)
        name = self.settings.driver
        kind = self.house.find(name)
        if kind is None:
            remedy = f"use one of: {', '.join(driver_names())}"
            raise ConfigError(f"no driver {name!r} is installed", remedy=remedy)
        if not hasattr(kind, "run"):
            raise ConfigError(
                f"the driver {name!r} reads recordings only",
                remedy="take the source out of the settings, or use: edge replay",
            )
        return cast("LiveDriver", kind(self.settings.spec()))

    async def _listen(self, driver: LiveDriver, door: PrivacyDoor) -> Ending:
        run = partial(driver.run, door, clock=self.house.clock)
        if self.house.listen is not None:
            run = partial(self.house.listen, self.name, driver, door)
        if rests_when_closed(driver):
            hours = self.house.rules.hours
            run = partial(run_while_open, run, door, clock=self.house.clock, hours=hours)
        return await ended(run) or SILENT_END

    async def _watch(self, ear: asyncio.Task[Ending]) -> Ending:
        """Look at a running driver until it ends, or has to be opened anew."""
        while not ear.done():
            await asyncio.wait({ear}, timeout=self.house.pace.look_s)
            self._record.count(self.tally().heard)
            if not ear.done() and self._has_to_reopen():
                self._reopenings += 1
                return REOPENING
        return CANCELLED if ear.cancelled() else ear.result()

    def _has_to_reopen(self) -> bool:
        """Say whether it is deaf for so long that opening it anew may help."""
        if self._record.silence_s >= self._quiet_after_s:
            what = "it did not listen" if self.state is State.STARTING else "nothing heard"
            self._record.move(Signal.SILENT, f"{what} for {self._quiet_after_s:.0f} s")
        if self.state is not State.DEAF:
            self._reopenings = 0
            return False
        patience_s = min(LONGEST_PATIENCE_S, self._quiet_after_s * 2.0 ** min(self._reopenings, 16))
        return not self._reopenings or self._record.run_s >= patience_s

    async def _end(self, ear: asyncio.Task[Ending]) -> bool:
        """End a driver's run; False where it does not end."""
        ear.cancel()
        await asyncio.wait({ear}, timeout=self.house.pace.end_s)
        return ear.done()

    async def _rest(self, ending: Ending) -> None:
        """Wait until the source is to be tried again."""
        self._wake.clear()
        if self._hung is not None:
            await asyncio.wait({self._hung})
            self._hung = None
        elif self.state is State.RETRYING:
            wait_s = wait_after_failure(
                self.house.pace.back_off,
                self._record.standing.attempt - 1,
                chance=self.house.chance,
            )
            await set_within(self._wake, wait_s)
        else:
            await self._wait_for_mending(ending)

    async def _wait_for_mending(self, ending: Ending) -> None:
        """Wait until the driver's check finds no fault any more, or it is time to try anyway.

        Faults that only time heals count as well, where the check sees them: a camera that is
        back after a minute is not left alone for five. One that the check never saw is waited out.
        """
        pace = self.house.pace
        left_s = pace.park_s
        is_seen = ending.is_mendable or not await self._is_mended()
        while left_s > 0 and not await set_within(self._wake, min(pace.check_s, left_s)):
            left_s -= pace.check_s
            is_sound = await self._is_mended()
            if is_seen and is_sound:
                return
            is_seen = is_seen or not is_sound

    async def _is_mended(self) -> bool:
        async def check() -> tuple[Finding, ...]:
            async with asyncio.timeout(CHECK_S):
                return await (await self._made()).check()

        found = await ended(check)
        return isinstance(found, tuple) and all(one.level is not Level.FAIL for one in found)

    def _hand_over(self, run: int, observation: AnyObservation) -> None:
        """Take an observation from the door of one run; after its end nothing is taken."""
        if self._door is None or run != self._run:
            self.late_words += 1
            return
        if isinstance(observation, SignOfLife) and not (observation.heard or observation.refused):
            if not self._record.listen():
                return
        else:
            self._record.hear()
        self.house.offer(observation)
        for listener in self.listeners:
            listener(observation)
