"""This is where members of staff are taken out of door counts; nothing else is known of them."""

from edge.fusion import evidence, footfall, occupancy, stays, visits, zones
from edge.fusion.scene import Scene, after, seconds
from edge.fusion.state import Badge, Departure, Visit
from edge.model.names import DoorName, Instant
from edge.model.observation import StaffHeard

REASON = "staff"


def hear(scene: Scene, heard: StaffHeard) -> None:
    """Take note of a badge; one that was away for long has come in."""
    badges = scene.state.badges
    badge = badges.get(heard.badge)
    if badge is None or seconds(heard.at - badge.last) >= scene.tuning.staff_absent_s:
        badge = Badge(first=heard.at, last=heard.at)
        badges[heard.badge] = badge
    badge.last, badge.is_gone = heard.at, False
    if heard.signal_dbm is not None:
        zones.hear(scene, badge.track, heard.source, at=heard.at, dbm=heard.signal_dbm)


def watch(scene: Scene, now: Instant) -> None:
    """Take staff who came, and staff who left, out of the door counts once these are all there."""
    for badge in scene.state.badges.values():
        if not badge.is_matched and seconds(now - badge.first) >= scene.tuning.staff_wait_s:
            badge.is_matched = True
            _match_arrival(scene, badge)
        if not badge.is_gone and seconds(now - badge.last) >= scene.tuning.staff_absent_s:
            badge.is_gone = True
            _match_exit(scene, badge)


def _match_arrival(scene: Scene, badge: Badge) -> None:
    near = [
        visit
        for visit in visits.unnamed(scene)
        if _is_near(scene, badge, visit.door, heard=badge.first, counted=visit.at)
    ]
    if near:
        centre_s, _ = evidence.usual_offset(scene.state.entry_offsets)
        expected = after(badge.first, -centre_s)
        _take_out(scene, min(near, key=lambda visit: abs(visit.at - expected)))


def _take_out(scene: Scene, visit: Visit) -> None:
    if visit.door is not None:
        footfall.count(scene, visit.door, visit.at, entered=-1)
        stays.take_back(scene, visit.at)
        occupancy.cross(scene, scene.state.now, change=-1, is_count=False)
    visits.drop(scene, visit, reason=REASON)


def _match_exit(scene: Scene, badge: Badge) -> None:
    departures = scene.state.departures
    near = [
        departure
        for departure in departures
        if _is_near(scene, badge, departure.door, heard=badge.last, counted=departure.at)
    ]
    if not near:
        return
    centre_s, _ = evidence.usual_offset(scene.state.exit_offsets)
    expected = after(badge.last, -centre_s)
    departure: Departure = min(near, key=lambda departure: abs(departure.at - expected))
    departures.remove(departure)
    footfall.count(scene, departure.door, departure.at, left=-1)
    occupancy.cross(scene, scene.state.now, change=departure.fallen, is_count=False)


def _is_near(
    scene: Scene, badge: Badge, door: DoorName | None, *, heard: Instant, counted: Instant
) -> bool:
    window_s = scene.tuning.staff_window_s
    if door is None or not after(heard, -window_s) <= counted <= after(heard, window_s):
        return False
    been = zones.visited(badge.track, heard)
    return any(scene.could_be_at(zone, door) for zone in been) or scene.may_pass(badge.track, door)
