"""This is where it is judged from silence whether a source is alive.

A quiet shop is not a dead sensor: a source is deaf when its silence is too long to be chance under
its own recent rate. Time is cut into bins of ten seconds; a bin is live if anything was heard in
it. With a share p of live bins, n silent ones in a row have the probability (1-p)^n <= exp(-p n).
"""

from typing import Final

from edge.fusion.scene import Scene, seconds
from edge.fusion.state import Life
from edge.model.event import SourceStateChanged
from edge.model.names import SECOND, Instant, SourceName
from edge.model.observation import SourceChanged

BIN: Final = 10 * SECOND
FAST: Final = 1 / 90
"""Weight of one bin in the fast share: a memory of 15 minutes."""
SLOW: Final = 1 / 720
"""Weight of one bin in the slow share: a memory of two hours."""
IMPLAUSIBLE: Final = 14.0
"""Expected live bins that were missed: exp(-14) is below one in a million."""
TAPER: Final = 2
"""How many times its longest silence so far a source must be silent: a shop empties by and by, and
its silences grow by and by."""
WARM_UP_BINS: Final = 30
"""Five minutes: before that a source's own rate is not known."""
MINUTE: Final = 60 * SECOND
DOWN: Final = frozenset({"starting", "deaf", "retrying", "parked"})
"""States of a supervised source in which it takes nothing in."""
REMEDY: Final = "look at the sensor's power and cable, then run: edge doctor"


def hear(scene: Scene, source: SourceName, at: Instant) -> None:
    """Take note of a sign of life."""
    lives = scene.state.lives
    life = lives.get(source)
    if life is None:
        lives[source] = Life(first=at, last=at, bin=at // BIN, bins=1, fast=FAST, slow=SLOW)
        _say(scene, source, at, was="starting", now="watching", reason="first sign of life")
        return
    life.last = max(life.last, at)
    skipped = at // BIN - life.bin
    if skipped <= 0:
        return
    life.bin += skipped
    life.bins += skipped
    if not life.is_deaf:
        life.longest = max(life.longest, skipped - 1)
    life.fast = life.fast * (1 - FAST) ** skipped + FAST
    life.slow = life.slow * (1 - SLOW) ** skipped + SLOW
    if life.is_deaf:
        _wake(life, at)
        _say(scene, source, at, was="deaf", now="watching", reason="heard again")


def declare(scene: Scene, change: SourceChanged) -> None:
    """Take the supervisor's word for a source's health."""
    life = scene.state.lives.get(change.source)
    if life is not None:
        _follow(life, change)
    _say(
        scene,
        change.source,
        change.at,
        was=change.was,
        now=change.now,
        reason=change.reason,
        remedy=change.remedy,
    )


def _follow(life: Life, change: SourceChanged) -> None:
    if change.now not in DOWN and life.is_deaf:
        _wake(life, change.at)
    elif change.now in DOWN and not life.is_deaf:
        life.is_deaf, life.missed_to = True, change.at


def watch(scene: Scene, now: Instant) -> list[SourceName]:
    """Find sources that fell deaf and count the time that deaf ones miss; returns the new ones."""
    fallen = []
    for source, life in scene.state.lives.items():
        if life.is_deaf:
            _miss(life, now)
        elif _is_implausible(life, now, quiet_after_s=_quiet_after_s(scene, source)):
            life.is_deaf, life.missed_to = True, Instant(life.last + BIN)
            fallen.append(source)
            _miss(life, now)
            silent_s = round(seconds(now - life.last))
            reason = f"silent for {silent_s} s, too long for its usual rate"
            _say(scene, source, now, was="watching", now="deaf", reason=reason, remedy=REMEDY)
    return fallen


def is_deaf(scene: Scene, source: SourceName) -> bool:
    """Say whether a source is known to be silent for too long."""
    life = scene.state.lives.get(source)
    return life is not None and life.is_deaf


def coverage(scene: Scene, source: SourceName, start: Instant, *, end: Instant) -> float:
    """Give the share of an interval in which the source was alive, 0..1."""
    life = scene.state.lives.get(source)
    if life is None or life.first >= end:
        return 0.0
    minutes = range(start // MINUTE, -(-end // MINUTE))
    down_s = sum(life.down_s.get(minute, 0.0) for minute in minutes)
    return max(0.0, 1.0 - down_s / seconds(end - start))


def forget(scene: Scene, before: Instant) -> None:
    """Drop the missed time of intervals that were reported."""
    for life in scene.state.lives.values():
        for minute in [minute for minute in life.down_s if minute < before // MINUTE]:
            del life.down_s[minute]


def _is_implausible(life: Life, now: Instant, *, quiet_after_s: float) -> bool:
    if seconds(now - life.last) < quiet_after_s or life.bins < WARM_UP_BINS:
        return False
    share = min(_unbiased(life.fast, FAST, life.bins), _unbiased(life.slow, SLOW, life.bins))
    missed = now // BIN - life.bin - 1
    return share * missed >= IMPLAUSIBLE and missed >= TAPER * life.longest


def _unbiased(share: float, weight: float, bins: int) -> float:
    """Undo the start at zero of a moving average."""
    return min(1.0, share / (1 - (1 - weight) ** bins))


def _wake(life: Life, at: Instant) -> None:
    """Take a source for alive again from `at` on."""
    _miss(life, at)
    life.is_deaf = False


def _miss(life: Life, now: Instant) -> None:
    """Count the time that a deaf source missed since it was counted last."""
    at = life.missed_to
    while at < now:
        minute = at // MINUTE
        until = min(now, (minute + 1) * MINUTE)
        life.down_s[minute] = min(60.0, life.down_s.get(minute, 0.0) + seconds(until - at))
        at = Instant(until)
    life.missed_to = Instant(max(life.missed_to, now))


def _quiet_after_s(scene: Scene, source: SourceName) -> float:
    return next(
        (placed.quiet_after_s for placed in scene.floor.sources if placed.name == source), 300.0
    )


def _say(
    scene: Scene,
    source: SourceName,
    at: Instant,
    *,
    was: str,
    now: str,
    reason: str,
    remedy: str = "",
) -> None:
    """Say a change of health, from the state that was said last; nothing where it was said."""
    told = scene.state.told
    was = told.get(source, was)
    if told.get(source) == now:
        return
    told[source] = now
    data = SourceStateChanged(source=source, from_=was, to=now, reason=reason, remedy=remedy)
    scene.say(at, data)
