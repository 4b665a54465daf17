import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.daemon.clock import LiveClock
from edge.daemon.run_clock import ClockWatch
from edge.model.event import Event, SourceStateChanged
from edge.model.names import SECOND, Instant, SourceName
from edge.store.database import Store
from edge.store.reading import events
from tests.daemon.live.kit import START, Hands, until


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "edge.db", epoch="e1") as opened:
        yield opened


class Tower:
    """A clock that is watched, and what follows from it."""

    def __init__(self, store: Store) -> None:
        self.hands = Hands()
        self.clock: LiveClock = self.hands.clock()
        self.store = store
        self.is_synced = False
        self.said = 0
        self.went_back = 0
        self.watch = ClockWatch(
            self.clock,
            sign=self.sign,
            ledger=store.ledger,
            say_synced=self.say,
            go_back=self.go_back,
            period_s=0.005,
        )

    async def sign(self) -> bool:
        return self.is_synced

    def say(self) -> None:
        self.said += 1

    async def go_back(self) -> None:
        self.went_back += 1

    def happen(self) -> None:
        """Keep an event, stamped as the clock stands."""
        data = SourceStateChanged(
            source=SourceName("one"), from_="starting", to="watching", reason="", remedy=""
        )
        at = self.clock.now()
        kept = self.store.ledger.append(
            [Event(at=at, recorded=at, data=data)], synced=self.clock.is_synced
        )
        kept.result()

    def stamps(self) -> list[tuple[float, bool]]:
        """Give each event's moment in seconds after START, and whether its clock was right."""
        self.store.ledger.last()  # waits for what was submitted before
        reader = self.store.reader()
        try:
            rows = list(events(reader))
        finally:
            reader.close()
        return [((row.at_ms * 1_000_000 - START) / SECOND, row.synced) for row in rows]

    async def run_until(self, claim: Callable[[], object]) -> None:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(self.watch.run())
            await until(claim)
            running.cancel()


async def test_events_of_an_unsynchronised_clock_are_corrected_once_it_is(store: Store) -> None:
    tower = Tower(store)
    await tower.watch.begin(within_s=1)
    tower.hands.turn(10)
    tower.happen()

    tower.hands.set_wall(3_600)
    tower.is_synced = True
    await tower.run_until(lambda: tower.said)
    tower.happen()

    assert tower.stamps() == [(3_610, True), (3_610, True)]
    assert tower.went_back == 0


async def test_events_of_an_earlier_run_are_left_as_they_are(store: Store) -> None:
    first = Tower(store)
    await first.watch.begin(within_s=1)
    first.happen()

    second = Tower(store)
    second.hands.turn(20)
    await second.watch.begin(within_s=1)
    second.happen()
    second.hands.set_wall(100)
    second.is_synced = True
    await second.run_until(lambda: second.said)

    assert second.stamps() == [(0, False), (120, True)]


async def test_a_clock_that_is_right_at_the_start_needs_no_correction(store: Store) -> None:
    tower = Tower(store)
    tower.is_synced = True

    await tower.watch.begin(within_s=1)
    tower.happen()

    assert tower.clock.is_synced
    assert tower.stamps() == [(0, True)]


async def test_a_large_step_back_begins_anew(store: Store) -> None:
    tower = Tower(store)
    tower.is_synced = True
    await tower.watch.begin(within_s=1)

    tower.hands.set_wall(-3_600)
    await tower.run_until(lambda: tower.went_back)

    assert tower.went_back == 1
    assert tower.clock.now() == START - 3_600 * SECOND


async def test_a_lost_sign_is_passed_on(store: Store) -> None:
    tower = Tower(store)
    tower.is_synced = True
    await tower.watch.begin(within_s=1)

    tower.is_synced = False
    await tower.run_until(lambda: tower.said)

    assert not tower.clock.is_synced


async def test_a_sign_that_takes_long_does_not_hold_the_start_up(store: Store) -> None:
    tower = Tower(store)

    async def never() -> bool:
        await asyncio.Event().wait()
        return True

    slow = ClockWatch(
        tower.clock,
        sign=never,
        ledger=store.ledger,
        say_synced=tower.say,
        go_back=tower.go_back,
    )

    await slow.begin(within_s=0.01)

    assert not tower.clock.is_synced
    assert tower.clock.now() == Instant(START)
