"""This is where observations are folded into events, in the order of event time.

The same observations give the same events, whatever the pace, the batches or the kills between.
"""

import heapq
from collections.abc import Callable

import msgspec

from edge.fusion import (
    clockwork,
    consents,
    footfall,
    life,
    occupancy,
    presence,
    purchases,
    staff,
    stays,
    visits,
)
from edge.fusion.scene import Scene, after
from edge.fusion.state import State
from edge.fusion.tuning import Tuning
from edge.model.event import Event
from edge.model.names import Instant
from edge.model.observation import (
    AnyObservation,
    ConsentChanged,
    CustomerHeard,
    DoorCounted,
    ProbeHeard,
    PurchaseMade,
    SignOfLife,
    SourceChanged,
    StaffHeard,
    WithdrawalMade,
)
from edge.model.place import Floor

Rule = Callable[[Scene, AnyObservation], None]


class Fusion:
    """One store's fold; used from one thread."""

    def __init__(self, floor: Floor, *, state: State, tuning: Tuning) -> None:
        self._scene = Scene(floor, tuning=tuning, state=state)

    @property
    def late(self) -> int:
        """How many observations came too late to be put in their place."""
        return self._scene.state.late

    def begin(self, at: Instant) -> None:
        """Set event time to `at`, if it was not set before."""
        if self._scene.state.now == 0:
            clockwork.start(self._scene, at)

    def step(self, observation: AnyObservation) -> list[Event]:
        """Take one observation in; give the events that are certain now.

        Observations may come up to `lateness_s` out of order. Later ones are counted: adverts and
        probes are left out, acts and door counts are taken as of now. A consent that was taken
        back waits for nothing.
        """
        scene = self._scene
        state = scene.state
        if type(observation) is WithdrawalMade:
            return []  # whoever keeps consents hears of it, and has them change
        if type(observation) is ConsentChanged:
            consents.change(scene, observation)
            return scene.take_events()
        if type(observation) is ProbeHeard:
            if not occupancy.hear(scene, observation):
                state.late += 1
            return []
        self.begin(after(observation.at, -scene.tuning.lateness_s))
        if observation.at < state.now:
            state.late += 1
            if isinstance(observation, CustomerHeard | StaffHeard | SignOfLife) and not _is_act(
                observation
            ):
                return []
            observation = msgspec.structs.replace(observation, at=state.now)
        state.arrival += 1
        heapq.heappush(state.waiting, (observation.at, state.arrival, observation))
        state.newest = Instant(max(state.newest, observation.at))
        self._release(after(state.newest, -scene.tuning.lateness_s))
        return scene.take_events()

    def advance(self, at: Instant) -> list[Event]:
        """Let event time pass up to `at`, as a clock tells it, and give what follows."""
        self.begin(at)
        scene = self._scene
        scene.state.newest = Instant(max(scene.state.newest, at))
        self._release(after(scene.state.newest, -scene.tuning.lateness_s))
        return scene.take_events()

    def finish(self, at: Instant) -> list[Event]:
        """End the day at `at`: report the running intervals, let time-outs run out and people go.

        Where something was noticed later still, the day ends there. A second call does nothing.
        """
        self.begin(at)
        scene = self._scene
        end = Instant(max(at, scene.state.newest))
        self._release(end)
        clockwork.close(scene, end)
        tuning = scene.tuning
        rest_s = tuning.lost_s + tuning.hold_s + max(tuning.time_out_s.values())
        clockwork.run(scene, after(end, rest_s))
        presence.let_all_go(scene, scene.state.now)
        return scene.take_events()

    def break_off(self) -> list[Event]:
        """End what is open where time has come to, at once: the line of time goes on elsewhere.

        The running intervals are reported up to there; the state is not to be gone on with.
        """
        scene = self._scene
        self._release(scene.state.newest)
        now = scene.state.now
        clockwork.close(scene, now)
        presence.let_all_go(scene, now)
        for visit in list(scene.state.visits.values()):
            visits.end(scene, visit, now, how="timeout")
        return scene.take_events()

    def named(self) -> set[str]:
        """Give every customer of whom something is remembered."""
        return consents.named(self._scene)

    def snapshot(self) -> bytes:
        """Write down all that is remembered."""
        return msgspec.msgpack.encode(self._scene.state)

    def _release(self, until: Instant) -> None:
        waiting = self._scene.state.waiting
        while waiting and waiting[0][0] <= until:
            at, _, observation = heapq.heappop(waiting)
            clockwork.run(self._scene, at)
            _take(self._scene, observation)
        clockwork.run(self._scene, until)


def resume(snapshot: bytes) -> State:
    """Read what `Fusion.snapshot` wrote.

    Raises: msgspec.ValidationError, msgspec.DecodeError when it was not written by this version.
    """
    state = msgspec.msgpack.decode(snapshot, type=State)
    heapq.heapify(state.waiting)
    return state


def _is_act(observation: CustomerHeard | StaffHeard | SignOfLife) -> bool:
    return isinstance(observation, CustomerHeard) and observation.signal_dbm is None


def _take(scene: Scene, observation: AnyObservation) -> None:
    if isinstance(observation, SourceChanged):
        life.declare(scene, observation)
        if life.is_deaf(scene, observation.source):
            presence.lose_zones(scene, [observation.source], observation.at)
        return
    life.hear(scene, observation.source, observation.at)
    if isinstance(observation, CustomerHeard):
        presence.hear(scene, observation)
    elif isinstance(observation, StaffHeard):
        staff.hear(scene, observation)
    elif isinstance(observation, DoorCounted):
        _take_door(scene, observation)
    elif isinstance(observation, PurchaseMade):
        purchases.record(scene, observation)


def _take_door(scene: Scene, counted: DoorCounted) -> None:
    door = scene.door_of.get(counted.source)
    if door is None:
        return
    at = counted.at
    footfall.count(scene, door.name, at, entered=counted.entered, left=counted.left)
    occupancy.cross(scene, at, change=counted.entered)
    fallen = -occupancy.cross(scene, at, change=-counted.left)
    stays.come(scene, at, people=counted.entered)
    visits.count_in(scene, at, door=door, people=counted.entered)
    visits.count_out(scene, at, door=door.name, people=counted.left, fallen=fallen)
