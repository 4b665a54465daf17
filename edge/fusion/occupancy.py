"""This is where it is estimated how many people are inside.

A one-dimensional Kalman filter: door counts move the figure and make it less sure, calibrated
probes pull it back. Probes are kept as one bitmap for each interval; nothing else of them remains.
"""

import math
from typing import Final

from edge.fusion import calibration, life, stays
from edge.fusion.scene import Scene, seconds
from edge.model.event import OccupancyEstimated
from edge.model.moment import rfc3339
from edge.model.names import SECOND, WHOLE_STORE, Instant, SourceName
from edge.model.observation import ProbeHeard

BUCKETS: Final = 2048
COUNT_VARIANCE: Final = 0.06
"""Variance of one person's count: counters miss about one in 25, often two or three of a group."""
FLOW_MEMORY_S: Final = 900.0
Z90: Final = 1.645
"""Half width of a 90 % interval in standard deviations."""
UNBROKEN: Final = 0.99
"""Coverage of the doors from which an interval can teach."""
TEACHABLE: Final = 30.0
"""Variance of the figure up to which it can teach the probes: 5 people either way."""
LIVE: Final = 0.5
"""Coverage below which a kind of sensor does not speak for an interval."""


def hear(scene: Scene, probe: ProbeHeard) -> bool:
    """Mark a probe's bucket in its interval; False where that interval was reported already."""
    interval = probe.at // (scene.tuning.interval_s * SECOND)
    bitmaps = scene.state.bitmaps
    bitmap = bitmaps.get(interval)
    if bitmap is None:
        if interval < scene.state.interval:
            return False
        bitmap = bitmaps[interval] = bytearray(BUCKETS // 8)
    bitmap[probe.bucket >> 3] |= 1 << (probe.bucket & 7)
    return True


def cross(scene: Scene, at: Instant, *, change: float, is_count: bool = True) -> float:
    """Move the figure by people who came in or, negative, went out; gives by how much it moved.

    `is_count` is False where the change takes staff out of an earlier count.
    """
    inside = scene.state.inside
    _pass_time(scene, at)
    before = inside.people
    inside.people = max(0.0, before + change)
    if is_count:
        inside.variance += COUNT_VARIANCE * abs(change)
        inside.flow += abs(change) / FLOW_MEMORY_S
    return inside.people - before


def _pass_time(scene: Scene, at: Instant) -> None:
    inside = scene.state.inside
    span_s = max(0.0, seconds(at - inside.since))
    inside.area += inside.people * span_s
    inside.since = Instant(max(at, inside.since))
    if not any(life.is_deaf(scene, door.source) for door in scene.floor.doors):
        inside.flow *= math.exp(-span_s / FLOW_MEMORY_S)


def report(scene: Scene, start: Instant, *, end: Instant) -> None:
    """Say how many people were inside from `start` to `end`, and begin the next interval."""
    state = scene.state
    _pass_time(scene, end)
    mean = state.inside.area / seconds(end - start)
    state.inside.area = 0.0
    bitmap = state.bitmaps.pop(start // (scene.tuning.interval_s * SECOND), None)
    door = _coverage(scene, [door.source for door in scene.floor.doors], start, end=end)
    radars = [s.name for s in scene.floor.sources if s.driver == "wifi_monitor"]
    radio = max((life.coverage(scene, name, start, end=end) for name in radars), default=0.0)
    count = distinct(bitmap) if radio >= LIVE else None
    scene.say(end, _estimate(scene, start, end=end, mean=mean, door=door, radio=radio, count=count))
    state.inside.since = end


def distinct(bitmap: bytearray | None) -> float:
    """Estimate how many addresses set these bits (linear counting, Whang et al. 1990)."""
    if bitmap is None:
        return 0.0
    empty = BUCKETS - int.from_bytes(bitmap, "big").bit_count()
    return BUCKETS * math.log(BUCKETS / max(empty, 0.5))


def _estimate(
    scene: Scene,
    start: Instant,
    *,
    end: Instant,
    mean: float,
    door: float,
    radio: float,
    count: float | None,
) -> OccupancyEstimated:
    inside, line = scene.state.inside, scene.state.calibration
    has_door = door >= LIVE
    if not has_door:
        inside.variance += inside.flow * seconds(end - start)
    skill = calibration.skill(line)
    people, method = mean, _method(scene, has_door=has_door)
    if count is not None and calibration.is_taught(line):
        seen, noise = calibration.people(line, count)
        people += _correct(scene, error=seen - mean, noise=noise)
        method = "door+probes" if has_door else "probes"
    by_stays = stays.people(scene, end)
    if by_stays is not None:
        seen, noise = by_stays
        people += _correct(scene, error=seen - inside.people, noise=stays.LASTING * noise)
    people = max(0.0, people)
    if count is not None and door >= UNBROKEN and inside.variance < TEACHABLE:
        calibration.learn(line, people=people, count=count)
    spread = Z90 * math.sqrt(inside.variance)
    is_known = method != "none"
    return OccupancyEstimated(
        zone=WHOLE_STORE,
        from_=rfc3339(start),
        to=rfc3339(end),
        people=round(people, 2) if is_known else None,
        low=round(max(0.0, people - spread), 2) if is_known else None,
        high=round(people + spread, 2) if is_known else None,
        coverage=round(max(door, radio if "probes" in method else 0.0), 3),
        method=method,
        skill=None if skill is None else round(skill, 3),
    )


def _method(scene: Scene, *, has_door: bool) -> str:
    """Name what the figure rests on without probes."""
    if has_door:
        return "door"
    has_counted = any(door.source in scene.state.lives for door in scene.floor.doors)
    return "carried" if has_counted else "none"


def _correct(scene: Scene, *, error: float, noise: float) -> float:
    """Pull the figure towards another by how sure each of the two is; gives by how much."""
    inside = scene.state.inside
    gain = inside.variance / (inside.variance + max(noise, 1e-6))
    before = inside.people
    inside.people = max(0.0, before + gain * error)
    inside.variance *= 1 - gain
    return inside.people - before


def _coverage(scene: Scene, sources: list[SourceName], start: Instant, *, end: Instant) -> float:
    """Give the coverage of the worst of several counters: all doors are needed for a balance."""
    return min((life.coverage(scene, name, start, end=end) for name in sources), default=0.0)
