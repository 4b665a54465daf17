"""This is where it is followed in which zone a recognised person is.

Each BLE receiver's level is smoothed over about 3 s (longer where adverts come seldom), and a new
zone must sound better by 4 dB. Measured on a moving tag: both together take the share of right
zones with 4 receivers from .69 to .77 and the changes per minute from 43 to below 4. Where adverts
come seldom, a few of them must agree.
"""

import math
from typing import Final

from edge.fusion.scene import Scene, after, seconds
from edge.fusion.state import Level, Visit, ZoneTrack
from edge.model.event import ZoneEntered, ZoneLeft
from edge.model.names import Instant, SourceName

SHORTEST_MEMORY_S: Final = 1.5
"""Time constant of the smoothing; it lags as much as a mean over 3 s."""
LONGEST_MEMORY_S: Final = 10.0
GAPS_REMEMBERED: Final = 3.0
"""A level remembers about this many adverts where they come seldom."""
HYSTERESIS_DB: Final = 4.0
DENSE_S: Final = 1.0
"""Adverts that come faster than this need no further proof."""
PROVE_S: Final = 4.0
"""How long a zone must sound better before it is believed, where adverts come seldom."""
HOLD_S: Final = 15.0
"""How long a scan fixes the zone of the scanner."""
LAPSE_S: Final = 60.0
"""How long after a scan its zone is believed of somebody whom no receiver hears."""
FADED: Final = 4.0
"""A level older than this many memories counts no more."""
SCALE_DB: Final = 3.0
"""A lead of this many dB makes a zone e times as likely: half of the measured sigma of 6.25 dB,
because a smoothed level averages about four readings."""
NEAR_S: Final = 30.0
"""A person crosses the zone at the door within this time of the count."""
UNKNOWN: Final = "unknown"
TRAIL: Final = 64
"""Zones remembered before a visit is known."""


def hear(scene: Scene, track: ZoneTrack, source: SourceName, *, at: Instant, dbm: int) -> None:
    """Take one reading into account."""
    _smooth(track, source, at=at, dbm=dbm)
    if at < track.held_until:
        return
    _compare(scene, track, at)


def fix(scene: Scene, track: ZoneTrack, source: SourceName, *, at: Instant) -> None:
    """Take an act of the customer at a known place into account."""
    zone = scene.zone_of.get(source)
    if zone is None:
        return
    track.held_until = after(at, HOLD_S)
    track.rival = None
    if track.zone != zone:
        _move(track, zone, at=at, confidence=0.99)


def lapse(track: ZoneTrack, now: Instant) -> None:
    """Forget a zone that only a scan told of, long ago.

    That it was left is to be said later: the visit may turn out to have ended before.
    """
    lapses = after(track.held_until, LAPSE_S - HOLD_S)
    if track.zone is not None and not track.levels and now >= lapses:
        _move(track, None, at=lapses, confidence=0.0)


def is_past(scene: Scene, track: ZoneTrack, now: Instant) -> bool:
    """Say whether zones were left so long ago that no count out can have ended the visit before."""
    wait_s = scene.tuning.hold_s + scene.tuning.tick_s
    return bool(track.trail) and now >= after(track.trail[-1][3], wait_s)


def best_level(track: ZoneTrack, at: Instant) -> float | None:
    """Give the strongest level now, in dBm; None where nothing is heard."""
    levels = [level.dbm for level in track.levels.values() if not _is_faded(level, at)]
    return max(levels, default=None)


def visited(track: ZoneTrack, around: Instant) -> list[str | None]:
    """List the zones in which the person was within NEAR_S of a moment."""
    before, behind = after(around, -NEAR_S), after(around, NEAR_S)
    past = [zone for zone, since, _, left in track.trail if left >= before and since <= behind]
    return [*past, track.zone] if track.since <= behind else list(past)


def lose(track: ZoneTrack, at: Instant) -> None:
    """Forget where the person is: the receivers that would know are down."""
    if track.zone not in {None, UNKNOWN}:
        _move(track, UNKNOWN, at=at, confidence=0.0)


def say_moves(scene: Scene, track: ZoneTrack, visit: Visit) -> None:
    """Say the zones that were left since the last call, and the present one if it is new."""
    trail, track.trail = track.trail, []
    for zone, since, confidence, left in trail:
        if left > visit.at or since == track.told:
            _say_entered(scene, track, visit, zone=zone, since=since, confidence=confidence)
            _say_left(scene, visit, zone, since=since, confidence=confidence, left=left)
            track.left = left


def say_present(scene: Scene, track: ZoneTrack, visit: Visit) -> None:
    """Say the zone that the person is in."""
    if track.zone is not None:
        _say_entered(
            scene,
            track,
            visit,
            zone=track.zone,
            since=track.since,
            confidence=track.confidence,
        )


def say_gone(scene: Scene, track: ZoneTrack, visit: Visit, *, at: Instant) -> None:
    """Say that the person left the last zone, because the visit ended; none is left after that."""
    track.trail = [
        (zone, since, confidence, Instant(min(left, at)))
        for zone, since, confidence, left in track.trail
        if since <= at
    ]
    say_moves(scene, track, visit)
    if track.zone is not None and track.since <= at:
        say_present(scene, track, visit)
        left = at
        _say_left(
            scene, visit, track.zone, since=track.since, confidence=track.confidence, left=left
        )


def start_at_door(track: ZoneTrack, visit: Visit) -> None:
    """Let the trail begin in the door's zone, where the person was counted."""
    if visit.zone is None or track.zone is None:
        return
    first_zone, first_since = (
        (track.trail[0][0], track.trail[0][1])
        if track.trail
        else (
            track.zone,
            track.since,
        )
    )
    if first_zone == visit.zone:
        _begin_at(track, visit.at)
    elif first_since > visit.at:
        track.trail.insert(0, (visit.zone, visit.at, 0.9, first_since))


def _begin_at(track: ZoneTrack, at: Instant) -> None:
    if track.trail:
        zone, _, confidence, left = track.trail[0]
        track.trail[0] = (zone, at, confidence, left)
    else:
        track.since = at


def _smooth(track: ZoneTrack, source: SourceName, *, at: Instant, dbm: int) -> None:
    level = track.levels.get(source)
    if level is None or _is_faded(level, at):
        track.levels[source] = Level(dbm=float(dbm), at=at, gap_s=SHORTEST_MEMORY_S)
        return
    gap_s = max(0.0, seconds(at - level.at))
    level.gap_s += 0.2 * (gap_s - level.gap_s)
    share = 1 - math.exp(-max(gap_s, 0.1) / _memory_s(level))
    level.dbm += share * (dbm - level.dbm)
    level.at = at


def _compare(scene: Scene, track: ZoneTrack, at: Instant) -> None:
    heard = _by_zone(scene, track, at)
    if not heard:
        return
    best = max(heard, key=lambda zone: heard[zone])
    lead = heard[best] - heard.get(track.zone or "", -math.inf)
    if best == track.zone or lead < HYSTERESIS_DB:
        track.rival = None
        if best == track.zone:
            track.confidence = _confidence(heard, best)
        return
    if track.rival != best:
        track.rival, track.rival_since = best, at
    if _is_proved(scene, track, at):
        _move(track, best, at=track.rival_since, confidence=_confidence(heard, best))


def _is_proved(scene: Scene, track: ZoneTrack, at: Instant) -> bool:
    """Say whether the zone that sounds better may be believed by now.

    A receiver that was heard for the first time just now counts as one that hears seldom.
    """
    gap_s = min(
        level.gap_s
        for source, level in track.levels.items()
        if scene.zone_of.get(source) == track.rival
    )
    is_dense = gap_s < DENSE_S and track.zone is not None
    return is_dense or seconds(at - track.rival_since) >= PROVE_S


def _by_zone(scene: Scene, track: ZoneTrack, at: Instant) -> dict[str, float]:
    heard: dict[str, float] = {}
    for source, level in list(track.levels.items()):
        zone = scene.zone_of.get(source)
        if _is_faded(level, at):
            del track.levels[source]
        elif zone is not None:
            heard[zone] = max(heard.get(zone, -math.inf), level.dbm)
    return heard


def _confidence(heard: dict[str, float], zone: str) -> float:
    """Weigh a zone against the others heard; one zone alone proves little."""
    others = [level for name, level in heard.items() if name != zone]
    if not others:
        return 0.9
    weights = [math.exp((level - heard[zone]) / SCALE_DB) for level in others]
    return round(1 / (1 + sum(weights)), 3)


def _move(track: ZoneTrack, zone: str | None, *, at: Instant, confidence: float) -> None:
    if track.zone is not None:
        start = track.since
        track.trail.append((track.zone, start, track.confidence, Instant(max(at, start))))
        del track.trail[:-TRAIL]
    track.zone, track.since, track.confidence = zone, at, confidence
    track.rival = None


def _memory_s(level: Level) -> float:
    return min(LONGEST_MEMORY_S, max(SHORTEST_MEMORY_S, GAPS_REMEMBERED * level.gap_s))


def _is_faded(level: Level, at: Instant) -> bool:
    return seconds(at - level.at) > FADED * _memory_s(level)


def _say_entered(
    scene: Scene,
    track: ZoneTrack,
    visit: Visit,
    *,
    zone: str,
    since: Instant,
    confidence: float,
) -> None:
    """Say that a zone was entered, once."""
    if since <= track.told:
        return
    track.told = since
    at = Instant(max(since, visit.at))
    reason = "the receivers there are down" if zone == UNKNOWN else None
    data = ZoneEntered(visit=visit.id, zone=zone, confidence=confidence, reason=reason)
    scene.say(at, data, visit=visit.id)


def _say_left(
    scene: Scene, visit: Visit, zone: str, *, since: Instant, confidence: float, left: Instant
) -> None:
    dwell_s = round(seconds(left - max(since, visit.at)), 3)
    data = ZoneLeft(visit=visit.id, zone=zone, dwell_s=max(0.0, dwell_s), confidence=confidence)
    scene.say(left, data, visit=visit.id)
