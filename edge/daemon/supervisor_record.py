"""This is where one source's health is kept, and every change of it is told."""

import logging
from collections.abc import Callable
from typing import Final

from edge.config.schema import SourceSettings
from edge.daemon.clock import LiveClock
from edge.daemon.door_tally import Tally
from edge.daemon.status import Rate, SourceStatus, Uptime
from edge.daemon.supervisor_states import MOST_FAULTS, UP, Signal, Standing, State, step
from edge.model.moment import rfc3339
from edge.model.names import SECOND, SourceName
from edge.model.observation import AnyObservation, SourceChanged

log = logging.getLogger(__name__)

DOCTOR: Final = "run: edge doctor"
LOUD: Final = {
    State.STARTING: logging.DEBUG,
    State.RETRYING: logging.WARNING,
    State.DEAF: logging.WARNING,
    State.PARKED: logging.ERROR,
}
"""How loud a change is logged, where it is not plain news."""


class SourceRecord:
    """How one source stands, and since when; it belongs to the event loop."""

    def __init__(
        self,
        settings: SourceSettings,
        *,
        clock: LiveClock,
        offer: Callable[[AnyObservation], object],
    ) -> None:
        """`offer` takes the observation that tells a change."""
        self._settings = settings
        self._clock = clock
        self._offer = offer
        now = clock.now()
        self.standing = Standing(state=State.PARKED, since=now)
        self._reason = "the service has not started it yet"
        self._remedy = ""
        self._uptime = Uptime(now)
        self._rate = Rate()
        self._heard_at = now
        self._was_heard = False
        self._listens = False
        self._logged = ""

    @property
    def silence_s(self) -> float:
        """How long nothing was heard, in seconds, since the run began at the most."""
        return (self._clock.now() - max(self._heard_at, self.standing.began)) / SECOND

    @property
    def run_s(self) -> float:
        """How long ago the driver was started last, in seconds."""
        return (self._clock.now() - self.standing.began) / SECOND

    def begin(self, reason: str) -> None:
        """Note that its driver is started."""
        self._listens = False
        self.move(Signal.BEGAN, reason)

    def listen(self) -> bool:
        """Note that its driver says so, and say whether that is news of the other end, too.

        At first it only means that a line is open: of what is behind it nothing is known yet.
        """
        was_listening, self._listens = self._listens, True
        if was_listening:
            self.hear()
        else:
            self.move(Signal.LISTENS, "it listens")
        return was_listening

    def hear(self) -> None:
        """Note a sign of life."""
        self._heard_at = self._clock.now()
        self._listens = True
        is_first, self._was_heard = not self._was_heard, True
        if self.standing.state is not State.WATCHING:
            self.move(Signal.HEARD, "heard")
        elif is_first:
            self._uptime.turn(self._heard_at, up=True)

    def count(self, heard: int) -> None:
        """Note how much was taken in so far; to be called about once a second."""
        self._rate.read(heard, self._clock.now())

    def move(
        self, signal: Signal, reason: str, *, remedy: str = "", level: int | None = None
    ) -> None:
        """Move to the next state, if the signal leads to another one, and tell everybody."""
        now = self._clock.now()
        was, self.standing = self.standing, step(self.standing, signal, now)
        state = self.standing.state
        if state is was.state:
            return
        if state is State.PARKED and signal is Signal.FAULTED:
            reason = f"{MOST_FAULTS} faults within a minute, the last one: {reason}"
            remedy = remedy or DOCTOR
        self._reason, self._remedy = reason, remedy
        self._uptime.turn(now, up=self._was_heard and state in UP)
        self._offer(
            SourceChanged(
                at=now,
                source=SourceName(self._settings.name),
                was=was.state.value,
                now=state.value,
                reason=reason,
                remedy=remedy,
            )
        )
        self._log(LOUD.get(state, logging.INFO) if level is None else level)

    def status(self, tally: Tally, *, drops: int) -> SourceStatus:
        """Give how it is, with what was counted elsewhere."""
        return SourceStatus(
            name=self._settings.name,
            driver=self._settings.driver,
            zone=self._settings.zone,
            state=self.standing.state.value,
            since=rfc3339(self.standing.since),
            reason=self._reason,
            remedy=self._remedy,
            rate=round(self._rate.per_minute(), 1),
            heard=tally.heard,
            refused=dict(sorted(tally.refused.items())),
            faces=dict(sorted(tally.faces.items())),
            drops=drops,
            coverage=round(self._uptime.share(self._clock.now()), 4),
            starts=self.standing.starts,
        )

    def _log(self, level: int) -> None:
        """Log a change; a fault that repeats itself is told once until another one comes."""
        state = self.standing.state
        if state is State.RETRYING:
            if self._reason == self._logged:
                level = logging.DEBUG
            self._logged = self._reason
        cure = f"; {self._remedy}" if self._remedy else ""
        name = self._settings.name
        log.log(level, "source %s is %s: %s%s", name, state.value, self._reason, cure)
