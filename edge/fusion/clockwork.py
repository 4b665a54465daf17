"""This is where event time passes: time-outs are looked at and intervals are reported."""

from edge.fusion import footfall, leaving, life, occupancy, presence, staff, stays, visits
from edge.fusion.scene import Scene, after
from edge.model.names import SECOND, Instant


def start(scene: Scene, at: Instant) -> None:
    """Set the clockwork to the first moment."""
    state, tuning = scene.state, scene.tuning
    tick = int(tuning.tick_s * SECOND)
    state.now = at
    state.next_tick = Instant((at // tick + 1) * tick)
    state.inside.since = at
    state.interval = at // (tuning.interval_s * SECOND)
    state.interval_from = at
    state.footfall_from = at


def run(scene: Scene, until: Instant) -> None:
    """Let time pass up to `until`, tick by tick."""
    state = scene.state
    step = int(scene.tuning.tick_s * SECOND)
    while state.next_tick <= until:
        state.now = state.next_tick
        state.next_tick = Instant(state.next_tick + step)
        _tick(scene, state.now)
    state.now = Instant(max(state.now, until))


def close(scene: Scene, at: Instant) -> None:
    """Report the running intervals up to `at`, the end of the recording, and begin no others."""
    state = scene.state
    if state.is_over:
        return  # a replay that was killed at its very end is finished a second time
    _report(scene, at, wait_s=0.0)
    if state.interval_from < at:
        occupancy.report(scene, state.interval_from, end=at)
    if state.footfall_from < at:
        footfall.report(scene, state.footfall_from, end=at)
    state.is_over = True


def _tick(scene: Scene, now: Instant) -> None:
    staff.watch(scene, now)
    presence.watch(scene, now)
    visits.settle(scene, now)
    leaving.end_unclaimed(scene, now)
    visits.give_up(scene, now)
    if scene.state.is_over:
        return
    fallen = life.watch(scene, now)
    if fallen:
        presence.lose_zones(scene, fallen, now)
    if any(life.is_deaf(scene, door.source) for door in scene.floor.doors):
        stays.go_blind(scene, now)
    _report(scene, now, wait_s=scene.tuning.hold_s)


def _report(scene: Scene, now: Instant, *, wait_s: float) -> None:
    state, tuning = scene.state, scene.tuning
    while (end := _next(state.interval_from, tuning.interval_s)) <= now:
        occupancy.report(scene, state.interval_from, end=end)
        state.interval_from = end
        state.interval = end // (tuning.interval_s * SECOND)
    counted = after(now, -wait_s)
    while (end := _next(state.footfall_from, tuning.footfall_s)) <= counted:
        footfall.report(scene, state.footfall_from, end=end)
        state.footfall_from = end
        life.forget(scene, Instant(min(end, state.interval_from)))


def _next(start: Instant, length_s: int) -> Instant:
    length = length_s * SECOND
    return Instant((start // length + 1) * length)
