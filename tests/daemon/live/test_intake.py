import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from edge.daemon.mailbox import Mailbox
from edge.daemon.run_fold import take_up
from edge.daemon.run_intake import IDLE_NS, LIGHT_NS, LiveIntake
from edge.fusion.fold import resume
from edge.fusion.tuning import Tuning
from edge.model.event import Event, VisitEnded, VisitStarted
from edge.model.names import SECOND
from edge.store.database import Store
from edge.store.ledger import Snapshot
from edge.store.reading import events
from tests.daemon.live.kit import Hands
from tests.fusion.days import clock, script, toy_floor

FLOOR, TUNING = toy_floor(), Tuning()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "edge.db", epoch="e1") as opened:
        yield opened


class Bench:
    """An intake with its mailbox, and a clock that is turned by hand."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.hands = Hands(wall=clock("10:00:00"))
        self.clock = self.hands.clock()
        self.mailbox = Mailbox()
        self.told: list[Event] = []
        self.intake = LiveIntake(
            self.mailbox, ledger=store.ledger, clock=self.clock, told=self.hear
        )

    def hear(self, found: Sequence[Event]) -> None:
        self.told += found

    async def begin(self) -> None:
        snapshot = self.store.ledger.snapshot()
        taken = take_up(snapshot, FLOOR, tuning=TUNING, epoch="e1", now=self.clock.now())
        await self.intake.begin(taken, position=0 if snapshot is None else snapshot.position)

    async def turn(self, seconds: float, lines: str = "") -> None:
        """Let time pass, with what is noticed at its end."""
        for observation in script(lines):
            self.mailbox.offer(observation)
        self.hands.turn(seconds)
        await self.intake.turn()

    def snapshot(self) -> Snapshot:
        found = self.store.ledger.snapshot()
        assert found is not None
        return found

    def kept(self) -> list[str]:
        reader = self.store.reader()
        try:
            return [row.data.type for row in events(reader)]
        finally:
            reader.close()


async def test_time_passes_without_observations(store: Store) -> None:
    bench = Bench(store)
    await bench.begin()
    await bench.turn(1, "10:00:01 in 1 by door-1")

    await bench.turn(120)

    assert VisitStarted.type in bench.kept()
    assert [one.data.type for one in bench.told] == bench.kept()


async def test_a_door_count_is_on_the_disk_with_its_batch(store: Store) -> None:
    bench = Bench(store)
    await bench.begin()

    await bench.turn(0.25, "10:00:00 in 1 by door-1")

    assert bench.snapshot().position == 1
    assert len(resume(bench.snapshot().state).waiting) == 1


async def test_radio_sightings_alone_are_committed_once_a_second(store: Store) -> None:
    bench = Bench(store)
    await bench.begin()

    await bench.turn(0.25, "10:00:00 probe 17 by radar")
    assert bench.snapshot().position == 0

    await bench.turn(LIGHT_NS / SECOND)
    assert bench.snapshot().position == 1


async def test_an_idle_store_is_written_once_a_minute(store: Store) -> None:
    bench = Bench(store)
    await bench.begin()
    begun = bench.snapshot().at

    await bench.turn(2)
    assert bench.snapshot().at == begun

    await bench.turn(IDLE_NS / SECOND)
    assert bench.snapshot().at == bench.clock.now()


async def test_its_end_brings_everything_to_the_disk(store: Store) -> None:
    bench = Bench(store)
    await bench.begin()
    running = asyncio.get_running_loop().create_task(bench.intake.run())
    for observation in script("10:00:00 in 2 by door-1\n10:00:00 probe 3 by radar"):
        bench.mailbox.offer(observation)

    bench.intake.end()
    await running

    assert bench.snapshot().position == 2
    assert len(bench.mailbox) == 0


async def test_a_restart_goes_on_with_who_is_inside(store: Store) -> None:
    bench = Bench(store)
    await bench.begin()
    await bench.turn(1, "10:00:01 in 1 by door-1")
    await bench.turn(60)

    again = Bench(store)
    again.hands = bench.hands
    again.clock = bench.clock
    again.intake = LiveIntake(
        again.mailbox, ledger=store.ledger, clock=again.clock, told=again.hear
    )
    await again.begin()
    await again.turn(10, "10:01:08 out 1 by door-1")
    await again.turn(600)

    assert again.kept().count(VisitStarted.type) == 1
    assert again.kept().count(VisitEnded.type) == 1
    assert again.intake.position == 2


async def test_events_say_whether_the_clock_was_synchronised(store: Store) -> None:
    bench = Bench(store)
    await bench.begin()
    await bench.turn(1, "10:00:01 in 1 by door-1")
    await bench.turn(120)
    bench.clock.look(synced=True)
    await bench.turn(1, "10:02:01 in 1 by door-1")
    await bench.turn(120)

    reader = store.reader()
    try:
        synced = [row.synced for row in events(reader) if row.data.type == VisitStarted.type]
    finally:
        reader.close()

    assert synced == [False, True]


async def test_another_floor_is_gone_on_with_in_place(store: Store) -> None:
    bench = Bench(store)
    await bench.begin()
    await bench.turn(1, "10:00:01 in 1 by door-1")

    await bench.intake.refit(toy_floor(doors=("door-1", "door-2")), tuning=TUNING)
    await bench.turn(1, "10:00:02 in 1 by door-2")
    await bench.turn(120)

    assert bench.kept().count(VisitStarted.type) == 2


async def test_a_clock_that_was_set_back_ends_what_is_open(store: Store) -> None:
    bench = Bench(store)
    await bench.begin()
    bench.clock.look(synced=True)
    await bench.turn(1, "10:00:01 in 1 by door-1")
    await bench.turn(120)
    bench.hands.set_wall(-7_200)
    bench.clock.look(synced=True)

    await bench.intake.begin_anew(FLOOR, tuning=TUNING)
    await bench.turn(1, "08:02:02 in 1 by door-1")
    await bench.turn(120)

    assert bench.kept().count(VisitEnded.type) == 1
    assert bench.kept().count(VisitStarted.type) == 2
    assert bench.snapshot().at == bench.clock.now() < clock("09:00:00")


async def test_a_backlog_is_taken_in_whole(store: Store) -> None:
    bench = Bench(store)
    await bench.begin()
    (probe,) = script("10:00:00 probe 17 by radar")
    for _ in range(5_000):
        bench.mailbox.offer(probe)

    await bench.turn(2)

    assert bench.intake.position == 5_000
    assert bench.intake.turns == 1


async def test_an_intake_that_has_not_begun_takes_nothing(store: Store) -> None:
    bench = Bench(store)

    with pytest.raises(RuntimeError):
        await bench.intake.turn()
    assert bench.intake.late == 0
