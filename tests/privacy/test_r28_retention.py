"""Nothing is kept longer than its policy says, and nothing is taken for old by a wrong clock."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.config.policies import load_policy, policy_names
from edge.daemon.auditing import AuditTrail
from edge.daemon.brooms import LedgerBroom, TrailBroom
from edge.daemon.sweeping import Sweeper
from edge.model.event import Event, FootfallCounted
from edge.model.moment import rfc3339
from edge.model.names import SECOND, DoorName
from edge.privacy.policy import Policy, Retention
from edge.store import audit, reading
from edge.store.database import Store
from tests.daemon.live.kit import START, Hands, until
from tests.privacy.kit import SECRET, policy

DAY_S = 86_400


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "edge.db") as opened:
        yield opened


class Broomed:
    """A store that is swept by a clock that is turned by hand."""

    def __init__(self, store: Store, rule: Policy) -> None:
        self.hands = Hands()
        self.clock = self.hands.clock()
        self.clock.look(synced=True)
        self.store = store
        self.rule = rule
        self.trail = AuditTrail(store, device_key=SECRET, now=self.clock.now)
        self.sweeper = Sweeper(
            store,
            clock=self.clock,
            brooms=lambda: (LedgerBroom(), TrailBroom(self.trail.key)),
            policy=lambda: self.rule,
            trail=self.trail,
            pause_s=0.0,
        )

    def happen(self, count: int = 1, *, is_delivered: bool = True) -> None:
        """Keep events that happen now."""
        at = self.clock.now()
        told = FootfallCounted(
            door=DoorName("main"),
            from_=rfc3339(at),
            to=rfc3339(at),
            in_=1,
            out=0,
            coverage=1.0,
            calibration=0,
        )
        events = [Event(at=at, recorded=at, data=told)] * count
        _, last = self.store.ledger.append(events).result()
        if is_delivered:
            self.store.outbox.acknowledge(self.store.epoch, last).result()

    def write(self) -> None:
        """Write an entry into the audit trail."""
        self.store.writer.submit(self.trail.entry("service.started")).result()

    def sweep(self) -> dict[str, int] | None:
        return asyncio.run(self.sweeper.sweep())

    def kept(self) -> int:
        reader = self.store.reader()
        try:
            return len(list(reading.events(reader)))
        finally:
            reader.close()

    def trail_entries(self) -> list[audit.Entry]:
        reader = self.store.reader()
        try:
            assert audit.verify(reader, key=self.trail.key).broken_at is None
            return list(audit.entries(reader))
        finally:
            reader.close()


@pytest.mark.parametrize("name", policy_names())
@pytest.mark.parametrize(("shift_s", "left"), [(-1, 1), (0, 1), (1, 0)])
def test_r28_events_go_when_their_policy_says_and_not_a_second_before(
    store: Store, name: str, shift_s: int, left: int
) -> None:
    rule = load_policy(name)[0]
    broomed = Broomed(store, rule)
    broomed.happen()

    broomed.hands.turn(rule.retention.visits_d * DAY_S + shift_s)
    broomed.sweep()

    assert broomed.kept() == left


@pytest.mark.parametrize(("shift_s", "left"), [(-1, 1), (0, 1), (1, 0)])
def test_r28_the_audit_trail_goes_after_a_year_and_not_a_second_before(
    store: Store, shift_s: int, left: int
) -> None:
    broomed = Broomed(store, load_policy("eu_strict")[0])
    broomed.write()

    broomed.hands.turn(365 * DAY_S + shift_s)
    broomed.sweep()

    started = [one for one in broomed.trail_entries() if one.what == "service.started"]
    assert len(started) == left


def test_r28_after_months_without_power_the_first_sweep_takes_all_that_is_too_old(
    store: Store,
) -> None:
    first = Broomed(store, policy())
    first.happen(3)
    floor = first.clock.now()

    after = Broomed(store, policy())
    after.hands = Hands(wall=START + 200 * DAY_S * SECOND)
    after.clock = after.hands.clock(floor)
    after.sweeper = Sweeper(
        store,
        clock=after.clock,
        brooms=lambda: (LedgerBroom(),),
        policy=policy,
        trail=after.trail,
    )
    unsure = after.sweep()
    after.clock.look(synced=True)

    assert unsure is None
    assert after.sweep() == {"events": 3, "visits": 0}
    assert after.kept() == 0


def test_r28_a_clock_that_nobody_set_makes_nothing_old(store: Store) -> None:
    broomed = Broomed(store, policy())
    broomed.happen()
    broomed.clock.look(synced=False)

    broomed.hands.turn(100 * DAY_S)

    assert broomed.sweep() is None
    assert broomed.sweeper.standing.is_waiting
    assert broomed.kept() == 1


def test_r28_what_the_platform_has_not_got_stays_and_goes_with_the_next_sweep(
    store: Store,
) -> None:
    broomed = Broomed(store, policy())
    broomed.happen(2, is_delivered=False)
    broomed.hands.turn(100 * DAY_S)

    waiting = broomed.sweep()
    store.outbox.acknowledge(store.epoch, 2).result()

    assert waiting == {"events": 0, "visits": 0, "audit": 0}
    assert broomed.sweep() == {"events": 2, "visits": 0, "audit": 0}


def test_r28_a_sweep_is_told_in_the_audit_trail_once_and_only_where_something_went(
    store: Store,
) -> None:
    broomed = Broomed(store, policy())
    broomed.happen(2)
    broomed.hands.turn(31 * DAY_S)

    broomed.sweep()
    broomed.sweep()

    (entry,) = broomed.trail_entries()
    assert (entry.what, entry.detail) == ("retention.swept", '{"events":2}')
    assert broomed.sweeper.standing.rows == 2


def test_r28_a_long_sweep_comes_in_slices_and_ends(store: Store) -> None:
    broomed = Broomed(store, policy())
    broomed.happen(12_000)
    broomed.hands.turn(31 * DAY_S)

    rows = broomed.sweep()

    assert rows == {"events": 12_000, "visits": 0, "audit": 0}
    assert [one.detail for one in broomed.trail_entries()] == [
        '{"events":5000}',
        '{"events":5000}',
        '{"events":2000}',
    ]


def test_r28_what_was_swept_is_gone_from_the_disk(store: Store) -> None:
    broomed = Broomed(store, policy())
    broomed.happen()
    needle = rfc3339(broomed.clock.now()).encode()
    broomed.hands.turn(31 * DAY_S)

    broomed.sweep()

    files = store.path.parent.glob("edge.db*")
    assert all(needle not in file.read_bytes() for file in files)
    assert broomed.sweeper.standing.is_scrubbed


def test_r28_a_policy_with_shorter_terms_is_swept_by_at_once(store: Store) -> None:
    async def story() -> None:
        broomed = Broomed(store, policy())
        broomed.happen()
        broomed.hands.turn(2 * DAY_S)
        async with asyncio.TaskGroup() as tasks:
            sweeping = tasks.create_task(broomed.sweeper.run())
            await until(lambda: broomed.sweeper.standing.at is not None)
            held = broomed.kept()

            broomed.rule = policy(retention=Retention(visits_d=1))
            broomed.sweeper.wake()

            await until(lambda: broomed.kept() == 0)
            sweeping.cancel()
        assert held == 1

    asyncio.run(story())
