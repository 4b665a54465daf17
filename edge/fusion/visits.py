"""This is where visits begin and end."""

import hashlib

from edge.fusion.scene import Scene, after, seconds
from edge.fusion.state import Departure, Visit
from edge.model.event import VisitCorrected, VisitEnded, VisitStarted
from edge.model.names import DoorName, Instant, VisitId, ZoneName
from edge.model.place import Door


def count_in(scene: Scene, at: Instant, *, door: Door, people: int) -> list[Visit]:
    """Begin a visit for each person counted in; they are announced when they have settled."""
    return [_begin(scene, at, zone=door.zone, door=door.name) for _ in range(people)]


def count_out(scene: Scene, at: Instant, *, door: DoorName, people: int, fallen: float) -> None:
    """Keep each person counted out until it is known whose visit that ends.

    `fallen` is by how much the figure of people inside fell for them together.
    """
    scene.state.departures.extend(
        Departure(at=at, door=door, fallen=fallen / people) for _ in range(people)
    )


def begin_without_door(scene: Scene, at: Instant, *, zone: ZoneName | None, basis: str) -> Visit:
    """Begin a visit that no door counter saw."""
    return _begin(scene, at, zone=zone, basis=basis)


def announce(scene: Scene, visit: Visit) -> None:
    """Say that a visit started, once."""
    if visit.announced:
        return
    visit.announced = True
    scene.state.announced += 1
    data = VisitStarted(
        visit=visit.id, door=visit.door, zone=visit.zone, people=1, basis=visit.basis
    )
    scene.say(visit.at, data, visit=visit.id)


def settle(scene: Scene, now: Instant) -> None:
    """Announce the visits that nobody claimed within the time to settle."""
    newest = after(now, -scene.tuning.settle_s)
    for visit in scene.state.visits.values():
        if not visit.announced and visit.at <= newest:
            announce(scene, visit)


def end(scene: Scene, visit: Visit, at: Instant, *, how: str) -> None:
    """Say that a visit ended at `at` and forget it."""
    del scene.state.visits[visit.id]
    if visit.is_told:
        return
    announce(scene, visit)
    duration_s = round(max(0.0, seconds(at - visit.at)), 3)
    data = VisitEnded(visit=visit.id, duration_s=duration_s, how=how)
    scene.say(Instant(max(at, visit.at)), data, visit=visit.id)


def drop(scene: Scene, visit: Visit, *, reason: str) -> None:
    """Take a visit back: it was no customer's."""
    del scene.state.visits[visit.id]
    if visit.announced:
        data = VisitCorrected(visit=visit.id, what="retracted", reason=reason)
        scene.say(scene.state.now, data, visit=visit.id)


def unnamed(scene: Scene) -> list[Visit]:
    """Give the open visits that may be anybody's, oldest first."""
    return [
        visit
        for visit in scene.state.visits.values()
        if visit.customer is None and not visit.is_told
    ]


def give_up(scene: Scene, now: Instant) -> None:
    """End unnamed visits so old that their count out must have been missed."""
    oldest = after(now, -scene.tuning.longest_s)
    nameless = [visit for visit in scene.state.visits.values() if visit.customer is None]
    for visit in nameless:
        if visit.at >= oldest:
            return
        end(scene, visit, now, how="timeout")


def _begin(
    scene: Scene,
    at: Instant,
    *,
    zone: ZoneName | None,
    door: DoorName | None = None,
    basis: str = "door",
) -> Visit:
    state = scene.state
    state.ordinal += 1
    visit = Visit(id=_name(state.epoch, state.ordinal), at=at, door=door, zone=zone, basis=basis)
    state.visits[visit.id] = visit
    return visit


def _name(epoch: str, ordinal: int) -> VisitId:
    """Name a visit; epoch and ordinal make it unique, and the same again in a replay."""
    digest = hashlib.blake2b(str(ordinal).encode(), key=epoch.encode()[:64], digest_size=8)
    return VisitId(f"v-{digest.hexdigest()}")
