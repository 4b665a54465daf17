"""The window, turned by hand: any order of answers, acknowledgements, losses and time."""

import random
from collections import deque

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.sync.backoff import BackOff, wait_after_drop, wait_after_failure
from edge.sync.batch import Batch
from edge.sync.happenings import (
    Acknowledged,
    Action,
    Answer,
    Ask,
    Confirm,
    Connected,
    Happening,
    Heard,
    Load,
    Loaded,
    Lost,
    Publish,
    Reconnect,
    Rewritten,
    Settled,
    Stored,
    Ticked,
)
from edge.sync.uplink import Uplink
from edge.sync.uplink_limits import UplinkLimits
from edge.sync.uplink_states import MOVES, Signal, State

LIMITS = UplinkLimits(window=3, listen_s=5, stall_s=30)
SIZE = 10


def batch(first: int, last: int, epoch: str = "e") -> Batch:
    return Batch(
        epoch=epoch,
        first=first,
        last=last,
        events=last - first + 1,
        historical=False,
        compressed=False,
        payload=b"[]",
    )


class World:
    """An outbox, a broker and a platform that behave, around the machine under test."""

    def __init__(self, limits: UplinkLimits = LIMITS) -> None:
        self.uplink = Uplink("e", limits=limits, chance=random.Random(0).random)
        self.now_s = 0.0
        self.outbox = deque[int]()
        self.last = 0
        self.loads: list[int] = []
        self.on_wire: list[Publish] = []
        self.unanswered: list[int] = []
        self.stored: set[int] = set()
        self.confirmed = 0
        self.is_up = False
        self.wants_reconnect = False
        self.highest_published = 0
        self.actions: list[Action] = []

    def take(self, happening: Happening) -> list[Action]:
        actions = self.uplink.take(happening, self.now_s)
        self.actions += actions
        for action in actions:
            self._perform(action)
        return actions

    def _perform(self, action: Action) -> None:
        match action:
            case Load():
                self.loads.append(action.after)
            case Publish():
                assert self.is_up
                # No event is ever skipped: what is sent follows on what was sent or confirmed.
                assert action.batch.first <= max(self.highest_published, self.confirmed) + 1
                self.highest_published = max(self.highest_published, action.batch.last)
                self.on_wire.append(action)
                self.unanswered.append(action.serial)
                assert self.uplink.in_flight <= self.uplink._room
            case Confirm():
                # Nothing leaves the outbox that the platform did not store.
                assert set(range(1, action.through + 1)) <= self.stored
                self.confirmed = max(self.confirmed, action.through)
                while self.outbox and self.outbox[0] <= action.through:
                    self.outbox.popleft()
            case Reconnect():
                self.wants_reconnect = True

    def store(self, count: int) -> None:
        self.outbox.extend(range(self.last + 1, self.last + count + 1))
        self.last += count
        self.take(Stored())

    def read(self) -> None:
        if not self.loads:
            return
        after = self.loads.pop(0)
        rows = [number for number in self.outbox if number > after][: 2 * SIZE]
        pieces = [rows[at : at + SIZE] for at in range(0, len(rows), SIZE)]
        batches = tuple(batch(piece[0], piece[-1]) for piece in pieces)
        self.take(Loaded(after=after, batches=batches))

    def read_all(self) -> None:
        while self.loads:
            self.read()

    def arrive(self) -> None:
        """Let the oldest message on the wire reach the platform."""
        if self.on_wire:
            got = self.on_wire.pop(0).batch
            self.stored |= set(range(got.first, got.last + 1))

    def reached(self) -> int:
        through = 0
        while through + 1 in self.stored:
            through += 1
        return through

    def answer(self, *, taken: bool) -> None:
        if self.unanswered:
            self.take(Settled(serial=self.unanswered.pop(0), taken=taken))

    def acknowledge(self) -> None:
        self.take(Acknowledged(epoch="e", through=self.reached()))

    def connect(self) -> None:
        if not self.is_up:
            self.is_up = True
            self.take(Connected(window=3))
            self.take(Heard(answer=Answer.END))

    def lose(self) -> None:
        self.is_up = False
        self.wants_reconnect = False
        self.on_wire.clear()
        self.unanswered.clear()
        self.take(Lost())

    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        self.take(Ticked())

    def settle_everything(self) -> None:
        """Behave for long enough: then everything must have been delivered."""
        for _ in range(2000):
            if not self.outbox:
                return
            if self.wants_reconnect:
                self.lose()
            self.connect()
            self.read()
            self.answer(taken=True)
            self.arrive()
            self.acknowledge()
            self.wait(1.0)
        raise AssertionError(f"stuck in {self.uplink.state} with {len(self.outbox)} events")


STEPS = st.one_of(
    st.tuples(st.just("store"), st.integers(1, 45)),
    st.tuples(st.just("wait"), st.sampled_from([0.5, 6.0, 31.0, 700.0])),
    st.tuples(
        st.sampled_from(
            [
                "read",
                "arrive",
                "taken",
                "refused",
                "acknowledge",
                "lie",
                "stranger",
                "connect",
                "lose",
                "drop on the way",
            ]
        ),
        st.none(),
    ),
)


@given(st.lists(STEPS, max_size=120))
@settings(max_examples=400, deadline=None)
def test_whatever_happens_nothing_is_dropped_and_the_window_holds(
    steps: list[tuple[str, float | None]],
) -> None:
    world = World()
    moves = {
        "read": world.read,
        "arrive": world.arrive,
        "taken": lambda: world.answer(taken=True),
        "refused": lambda: world.answer(taken=False),
        "acknowledge": world.acknowledge,
        "connect": world.connect,
        "lose": world.lose,
        "drop on the way": lambda: world.on_wire and world.on_wire.pop(0),
        # An acknowledgement of what was never sent must not empty the outbox.
        "lie": lambda: world.take(
            Acknowledged(epoch="e", through=world.reached() if world.on_wire else 0)
        ),
        "stranger": lambda: world.take(Acknowledged(epoch="another", through=10**18)),
    }

    for name, amount in steps:
        if name == "store":
            world.store(int(amount or 0))
        elif name == "wait":
            world.wait(amount or 0.0)
        else:
            moves[name]()
    world.settle_everything()

    assert world.stored >= set(range(1, world.last + 1))
    assert world.confirmed == world.last


def flowing_world(count: int = 100, limits: UplinkLimits = LIMITS) -> World:
    world = World(limits)
    world.store(count)
    world.connect()
    world.read_all()
    return world


def test_no_event_leaves_before_withdrawals_were_heard() -> None:
    world = World()
    world.store(10)
    world.is_up = True

    actions = world.take(Connected(window=3))

    assert actions == []
    assert world.uplink.state is State.LISTENING
    world.take(Heard(answer=Answer.END))
    world.read()
    assert [publish.batch.first for publish in world.on_wire] == [1]


def connected_world(count: int = 10) -> World:
    """Give a store with events that wait, and a link that has just come up."""
    world = World()
    world.store(count)
    world.is_up = True
    world.take(Connected(window=3))
    return world


def test_an_answer_whose_end_may_be_an_older_ones_is_believed_after_five_seconds() -> None:
    world = connected_world()
    world.take(Heard(answer=Answer.MAYBE))

    world.wait(4.9)
    before = world.uplink.state
    world.wait(0.2)

    assert (before, world.uplink.state) == (State.LISTENING, State.FLOWING)
    assert world.uplink.is_answered


def test_an_answer_without_an_end_is_waited_for_until_it_pauses_for_ten_seconds() -> None:
    world = connected_world()

    for _ in range(30):
        world.wait(9.0)
        world.take(Heard(answer=Answer.PART))
    after_minutes = world.uplink.state
    world.wait(10.1)

    assert (after_minutes, world.uplink.state) == (State.LISTENING, State.FLOWING)


def test_without_any_answer_only_what_speaks_of_nobody_is_read_and_it_is_asked_again() -> None:
    world = connected_world()

    world.wait(14.0)
    quiet = list(world.actions)
    world.wait(1.1)
    asked = list(world.actions)
    world.wait(15.1)

    assert not any(isinstance(one, Ask | Load) for one in quiet)
    assert [one for one in asked if isinstance(one, Ask | Load)] == [
        Ask(),
        Load(after=0, anonymous=True),
    ]
    assert sum(isinstance(one, Ask) for one in world.actions) == 2
    assert not world.uplink.is_answered


def test_a_platform_that_never_answers_is_sent_everything_after_three_questions() -> None:
    world = connected_world()
    for _ in range(2):
        world.wait(15.1)
    world.take(Loaded(after=world.loads.pop(), batches=()))  # the first speaks of a person

    world.wait(14.9)

    assert world.actions[-2:] == [Ask(), Load(after=0, anonymous=False)]
    assert not world.uplink.is_answered


def test_after_a_platform_that_never_answered_the_next_connection_listens_again() -> None:
    world = connected_world()
    for _ in range(3):
        world.wait(15.1)
    while world.loads:
        world.take(Loaded(after=world.loads.pop(), batches=()))
    world.lose()

    world.take(Connected(window=3))
    world.wait(15.1)

    assert world.actions[-1] == Load(after=0, anonymous=True)


def test_an_answer_that_comes_late_releases_the_rest() -> None:
    world = connected_world()
    world.wait(15.1)
    world.take(Loaded(after=world.loads.pop(), batches=()))  # the first speaks of a person

    world.take(Heard(answer=Answer.END))

    assert world.actions[-1] == Load(after=0, anonymous=False)


def test_what_was_read_before_a_name_was_taken_out_is_read_again() -> None:
    world = flowing_world(20 * SIZE)
    sent = world.highest_published

    world.take(Rewritten())

    assert world.uplink._ready == deque()
    world.read_all()
    for _ in range(100):
        world.arrive()
        world.acknowledge()
        world.answer(taken=True)
        world.read_all()
    assert sent < 20 * SIZE == world.confirmed


def test_a_reading_under_way_while_a_name_is_taken_out_is_thrown_away() -> None:
    world = connected_world(5)
    world.take(Heard(answer=Answer.END))
    assert len(world.loads) == 1

    world.take(Rewritten())
    world.read()

    assert world.on_wire == []
    world.read()
    assert [publish.batch.first for publish in world.on_wire] == [1]


def test_a_reading_under_way_when_the_link_is_lost_is_thrown_away() -> None:
    world = connected_world(5)
    world.take(Heard(answer=Answer.END))

    world.take(Lost())
    world.take(Connected(window=3))
    world.read()

    assert world.uplink._ready == deque()


def test_a_puback_alone_never_empties_the_outbox() -> None:
    world = flowing_world(10)

    world.answer(taken=True)

    assert world.confirmed == 0
    assert len(world.outbox) == 10


def test_an_acknowledgement_beyond_what_was_sent_counts_only_up_to_there() -> None:
    world = flowing_world(30)
    world.stored = set(range(1, 1000))

    world.take(Acknowledged(epoch="e", through=999))
    world.store(5)

    assert world.confirmed <= 30
    assert world.uplink.counts.strange_acks == 1
    assert list(world.outbox)[-5:] == [31, 32, 33, 34, 35]


def test_without_acknowledgement_one_message_at_a_time_is_tried_more_and_more_rarely() -> None:
    world = flowing_world()
    times = []

    for second in range(1, 400):
        while world.unanswered:
            world.answer(taken=True)
        world.on_wire.clear()
        world.wait(1.0)
        world.read_all()
        if world.on_wire:
            times.append((second, len(world.on_wire)))

    assert times == [(30, 1), (90, 1), (210, 1)]
    assert world.uplink.state is State.PROBING


def stalled_world() -> World:
    """Give a store that waits for a platform that was there before, and that comes back."""
    world = flowing_world(20 * SIZE)
    while world.unanswered:
        world.answer(taken=True)
    world.wait(30.1)
    world.read_all()
    while world.on_wire:
        world.arrive()
    while world.unanswered:
        world.answer(taken=True)
    return world


def test_a_platform_that_was_away_is_asked_who_withdrew_before_the_rest_leaves() -> None:
    world = stalled_world()
    before = world.highest_published

    world.acknowledge()
    world.read_all()

    assert world.actions[-2:] == [Confirm(through=world.reached()), Ask(is_anew=True)]
    assert (world.uplink.state, world.highest_published) == (State.LISTENING, before)
    world.take(Heard(answer=Answer.END))
    world.read_all()
    assert world.highest_published > before


def test_a_platform_that_never_answered_is_not_asked_anew_when_it_comes_back() -> None:
    world = connected_world(20 * SIZE)
    for _ in range(3):
        world.wait(15.1)
    world.read_all()
    while world.unanswered:
        world.answer(taken=True)
    world.wait(30.1)
    world.read_all()
    while world.on_wire:
        world.arrive()

    world.acknowledge()

    assert world.uplink.state is State.FLOWING


def test_a_connection_on_which_not_even_the_broker_answers_is_made_anew() -> None:
    world = flowing_world()

    world.wait(31.0)

    assert world.wants_reconnect


def test_a_refused_message_is_sent_again_after_a_wait() -> None:
    world = flowing_world(10)

    world.answer(taken=False)
    held = world.uplink.state
    world.on_wire.clear()
    world.wait(2.1)
    world.read_all()

    assert held is State.HELD
    assert [publish.batch.first for publish in world.on_wire] == [1]
    assert world.uplink.counts.resent == 10


def test_an_outbox_that_begins_late_was_confirmed_before() -> None:
    world = World()
    world.last = 500
    world.stored = set(range(1, 501))
    world.confirmed = 500

    world.store(10)
    world.connect()
    world.read()

    assert world.on_wire[0].acknowledged == 500


def test_every_state_can_be_left_and_every_signal_is_used() -> None:
    assert {state for state, _ in MOVES} == set(State)
    assert {signal for _, signal in MOVES} == set(Signal)
    assert all(
        MOVES[(state, Signal.LOST)] is State.OFFLINE for state in set(State) - {State.OFFLINE}
    )


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_a_wait_is_never_longer_than_its_cap(attempt: int, share: float) -> None:
    back_off = BackOff(base_s=1, cap_s=120, drop_s=15)

    assert 0 <= wait_after_failure(back_off, attempt, chance=lambda: share) <= 120
    assert 0 <= wait_after_drop(back_off, chance=lambda: share) <= 15


def test_waits_spread_five_thousand_appliances() -> None:
    chance = random.Random(3).random
    waits = [wait_after_failure(BackOff(), 7, chance=chance) for _ in range(5000)]

    seconds = [int(wait) for wait in waits]

    assert max(seconds.count(second) for second in set(seconds)) < 100
