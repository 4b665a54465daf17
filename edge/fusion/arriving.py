"""This is where a recognised person is given the visit that is theirs."""

from typing import Final

from edge.fusion import evidence, stays, visits, zones
from edge.fusion.scene import Scene, after, seconds
from edge.fusion.state import Presence, Visit
from edge.fusion.tuning import CONFIRMED, PROBABLE
from edge.model.event import EvidenceWeight, VisitCorrected, VisitIdentified
from edge.model.observation import EvidenceKind

BEFORE_S: Final = 30.0
"""A phone may be heard this long before its owner is counted in."""
SOON_S: Final = 60.0
"""... and is first heard this long after it at most, where there is a receiver near the door."""
LONG_S: Final = 600.0
"""A person first heard deep in the store may have come in this long ago."""
ELSEWHERE_S: Final = 20.0
"""What a door in another zone than the first receiver's counts for, as a distance in time."""
ACT_AFTER: Final = 0.7
"""Share of the usual stay after which people scan a card, where only that says who they are."""
PONDER_S: Final = 60.0
"""How long a person may stay merely probable before it is said."""


def decide(scene: Scene, presence: Presence, *, is_last: bool = False) -> None:
    """Say who is there once it is sure enough; at the end of a presence, what is probable."""
    if presence.grade == "confirmed":
        return
    if presence.visit is None:
        _match_door(scene, presence)
    weights = evidence.weigh(
        presence,
        arrivals_per_s=scene.state.inside.flow / 2,
        has_door=scene.has_live_door(),
        is_gone_early=is_last and bool(scene.zones_inside),
    )
    belief = evidence.confidence(weights, prior=_member_share(scene))
    if belief >= CONFIRMED:
        _identify(scene, presence, weights=weights, belief=belief, grade="confirmed")
    elif belief >= PROBABLE and presence.visit is None and (is_last or _is_due(scene, presence)):
        _identify(scene, presence, weights=weights, belief=belief, grade="probable")


def _is_due(scene: Scene, presence: Presence) -> bool:
    return seconds(scene.state.now - presence.first) >= PONDER_S


def _member_share(scene: Scene) -> float:
    weight = scene.tuning.member_share_weight
    known = scene.state.identified + weight * scene.tuning.member_share
    share = known / (scene.state.announced + weight)
    return min(0.9, max(0.05, share))


def _match_door(scene: Scene, presence: Presence) -> None:
    near = [
        abs(seconds(presence.first - visit.at))
        for visit in visits.unnamed(scene)
        if -BEFORE_S <= seconds(presence.first - visit.at) <= SOON_S
    ]
    presence.door_match_s = min(near, default=None)


def _identify(
    scene: Scene, presence: Presence, *, weights: dict[str, float], belief: float, grade: str
) -> None:
    visit = _claim(scene, presence)
    presence.grade = grade
    visit.grade = grade
    visits.announce(scene, visit)
    kinds = tuple(
        EvidenceWeight(kind=kind, weight=round(weight, 3))
        for kind, weight in sorted(weights.items())
    )
    data = VisitIdentified(
        visit=visit.id,
        customer=presence.customer,
        confidence=round(min(belief, 0.999), 3),
        grade=grade,
        evidence=kinds,
        purposes=presence.purposes,
    )
    scene.say(scene.state.now, data, visit=visit.id)


def _claim(scene: Scene, presence: Presence) -> Visit:
    if presence.visit is not None:
        return scene.state.visits[presence.visit]
    visit = _best_visit(scene, presence)
    former = scene.state.ended.pop(presence.customer, None)
    if visit is None:
        visit = _begin(scene, presence)
        if former is not None and after(former.at, scene.tuning.rejoin_s) >= presence.first:
            visits.announce(scene, visit)
            reason = "the token was heard again without a door count"
            data = VisitCorrected(visit=visit.id, what="merged", with_=former.visit, reason=reason)
            scene.say(scene.state.now, data, visit=visit.id)
    visit.customer = presence.customer
    presence.visit = visit.id
    scene.state.identified += 1
    visits.announce(scene, visit)
    zones.start_at_door(presence.track, visit)
    zones.say_moves(scene, presence.track, visit)
    zones.say_present(scene, presence.track, visit)
    return visit


def _begin(scene: Scene, presence: Presence) -> Visit:
    kinds = presence.heard
    zone = scene.zone_of.get(next(iter(kinds.values())).last_source)
    basis = "link" if list(kinds) == [EvidenceKind.LINK] else "token"
    return visits.begin_without_door(scene, presence.first, zone=zone, basis=basis)


def _best_visit(scene: Scene, presence: Presence) -> Visit | None:
    """Choose among the visits that nobody claimed the one that began when this person came."""
    costs = [(_cost(scene, presence, visit), visit.at, visit) for visit in visits.unnamed(scene)]
    possible = [entry for entry in costs if entry[0] is not None]
    return min(possible, key=lambda entry: (entry[0], entry[1]))[2] if possible else None


def _cost(scene: Scene, presence: Presence, visit: Visit) -> float | None:
    """Give a distance in seconds, None where the visit cannot be this person's."""
    since_s = seconds(presence.first - visit.at)
    if set(presence.heard) <= {EvidenceKind.CARD, EvidenceKind.FACE}:
        return abs(since_s - ACT_AFTER * stays.usual_s(scene)) if since_s > 0 else None
    if not -BEFORE_S - SOON_S <= since_s <= LONG_S:
        return None
    first_source = next(iter(presence.heard.values())).last_source
    is_elsewhere = visit.door is not None and scene.zone_of.get(first_source) != visit.zone
    return abs(since_s) + (ELSEWHERE_S if is_elsewhere else 0.0)
