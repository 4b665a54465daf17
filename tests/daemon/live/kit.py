"""Working drivers that do as they are told, and the house they live in."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, ClassVar, Final

import msgspec

from edge.config.opening import parse_opening
from edge.config.schema import SourceSettings
from edge.daemon.clock import LiveClock
from edge.daemon.hours import OpeningHours
from edge.daemon.rules import Rules
from edge.daemon.supervisor import House, Pace, Supervised
from edge.driver.contract import Clock, Driver, Finding, SourceSpec, Tape
from edge.driver.outlet import Outlet
from edge.model.names import SECOND, Instant
from edge.model.observation import AnyObservation, SourceChanged
from edge.privacy.pepper import Peppers, random_peppers
from edge.privacy.recogniser import Recogniser
from edge.sync.backoff import BackOff
from tests.daemon.live.live_only import LiveOnly
from tests.privacy.kit import SECRET, policy

START: Final = Instant(1_773_478_800 * SECOND)
"""2026-03-14T09:00:00Z."""
Act = Callable[[Outlet, Clock], Awaitable[None]]
QUICK: Final = Pace(
    look_s=0.01,
    end_s=0.1,
    park_s=0.2,
    check_s=0.02,
    back_off=BackOff(base_s=0.002, cap_s=0.01),
)


async def until(claim: Callable[[], object], *, within_s: float = 5.0) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(within_s):
        while not claim():  # noqa: ASYNC110 - what is waited for knows no events
            await asyncio.sleep(0.001)


class Hands:
    """A clock that is turned by hand."""

    def __init__(self, wall: int = START, monotonic: int = 0) -> None:
        self.wall = wall
        self.monotonic = monotonic

    def turn(self, seconds: float) -> None:
        """Let time pass."""
        self.wall += round(seconds * SECOND)
        self.monotonic += round(seconds * SECOND)

    def set_wall(self, seconds: float) -> None:
        """Set the system's clock by so many seconds, as a time server does."""
        self.wall += round(seconds * SECOND)

    def clock(self, floor: int = 0) -> LiveClock:
        return LiveClock(
            wall=lambda: self.wall, monotonic=lambda: self.monotonic, floor=Instant(floor)
        )


async def for_ever(outlet: Outlet, clock: Clock) -> None:
    """Listen and hear nothing."""
    outlet.heard(clock.now(), 0)
    await asyncio.Event().wait()


def driver_that(act: Act, *, quiet_after_s: float = 100.0, **more: Any) -> Any:
    """Give a driver whose `run` does what `act` says; it counts what is done with it."""

    class Told(LiveOnly):
        """Does what it is told."""

        kind: ClassVar[str] = "told"
        runs: ClassVar[list["Told"]] = []
        checks: ClassVar[int] = 0

        def __init__(self, spec: SourceSpec) -> None:
            self.spec = spec
            self.outlet: Outlet | None = None
            self.clock: Clock | None = None
            self.has_ended = False

        async def check(self) -> tuple[Finding, ...]:
            type(self).checks += 1
            findings: tuple[Finding, ...] = more.get("findings", lambda: ())()
            return findings

        async def run(self, outlet: Outlet, *, clock: Clock, tape: Tape | None = None) -> None:
            del tape
            self.outlet, self.clock = outlet, clock
            self.runs.append(self)
            try:
                await act(outlet, clock)
            finally:
                self.has_ended = True

    Told.quiet_after_s = quiet_after_s
    return Told


class Yard:
    """One supervised source, with everything that it is given."""

    def __init__(self, source: Supervised, out: list[AnyObservation], hands: Hands) -> None:
        self.source = source
        self.out = out
        self.hands = hands

    def path(self) -> list[str]:
        """Give the states it came to, one after the other."""
        return [one.now for one in self.out if isinstance(one, SourceChanged)]

    def changes(self) -> list[SourceChanged]:
        return [one for one in self.out if isinstance(one, SourceChanged)]

    async def until(self, state: str) -> SourceChanged:
        """Wait until it came to a state; give the change that led there."""
        await until(lambda: state in self.path())
        return [one for one in self.changes() if one.now == state][-1]


def house(
    find: Callable[[str], type[Driver] | None],
    out: list[AnyObservation],
    *,
    hands: Hands,
    pace: Pace = QUICK,
    opening: str | None = None,
) -> House:
    """Give what a source is given, with a chance that always draws the longest wait."""
    chosen = policy()
    return House(
        find=find,
        rules=Rules(
            policy=chosen,
            recogniser=Recogniser((), policy=chosen, secret=SECRET),
            peppers=Peppers(period_s=chosen.pepper_period_s, draw=random_peppers()),
            hours=OpeningHours(None if opening is None else parse_opening(opening), timezone="UTC"),
        ),
        clock=hands.clock(),
        offer=out.append,
        dropped=lambda _: 0,
        chance=lambda: 1.0,
        pace=pace,
    )


@asynccontextmanager
async def supervised(
    kind: type[Driver] | None,
    *,
    pace: Pace = QUICK,
    settings: SourceSettings | None = None,
    hands: Hands | None = None,
    admit: Callable[[SourceSettings], None] | None = None,
    opening: str | None = None,
) -> AsyncIterator[Yard]:
    """Keep one source of a driver running, and stop it at the end."""
    out: list[AnyObservation] = []
    hands = hands or Hands()
    home = house(lambda _: kind, out, hands=hands, pace=pace, opening=opening)
    home = msgspec.structs.replace(home, admit=admit)
    async with asyncio.TaskGroup() as tasks:
        source = Supervised(
            settings or SourceSettings(name="one", driver="told"), house=home, tasks=tasks
        )
        task = tasks.create_task(source.run())
        yield Yard(source, out, hands)
        task.cancel()


def named(name: str, **more: Any) -> SourceSettings:
    return SourceSettings(name=name, driver=more.pop("driver", "told"), **more)
