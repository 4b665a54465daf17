"""This is where a recognised person is given the visit that is theirs."""

import math
from typing import Final

from edge.fusion import consents, evidence, stays, visits, zones
from edge.fusion.scene import Scene, after, seconds
from edge.fusion.state import Ended, Heard, Presence, Visit
from edge.fusion.tuning import CONFIRMED, PROBABLE
from edge.model.event import EvidenceWeight, VisitCorrected, VisitIdentified
from edge.model.names import WHOLE_STORE, Instant
from edge.model.observation import EvidenceKind

AROUND_S: Final = 120.0
"""Door counts this close to the first or last advert are looked at."""
BEFORE_S: Final = 90.0
"""A phone may be heard this long before its owner is counted in."""
LONG_S: Final = 600.0
"""A person first heard deep in the store may have come in this long ago."""
ELSEWHERE_S: Final = 20.0
"""What a door in another zone than the first receiver's counts for, as a distance in time."""
ACT_AFTER: Final = 0.7
"""Share of the usual stay after which people scan a card, where only that says who they are."""
PONDER_S: Final = 60.0
"""How long a person may stay merely probable before it is said."""
OFFSETS_KEPT: Final = 60
"""People remembered whose count and advert are known to belong together."""
FITS_WELL: Final = 1.0
"""Weight of a door count from which on a customer who was just here has come anew."""
LIKELY: Final = 0.8
"""Belief from which on that is said while the person may still be heard; when they are gone, all
that is more probable than not is."""


def decide(
    scene: Scene, presence: Presence, *, is_last: bool = False, is_new_face: bool = False
) -> None:
    """Say who is there once it is sure enough; at the end of a presence, what is probable.

    A face that was matched is said also of somebody whose card has named them: otherwise nobody
    would hear what the check at a kiosk came to.
    """
    if presence.grade == "confirmed" and not is_new_face:
        return
    weights = evidence.weigh(presence, _circumstances(scene, presence, is_last=is_last))
    belief = evidence.confidence(weights, prior=_member_share(scene))
    if belief >= CONFIRMED:
        _identify(scene, presence, weights=weights, belief=belief, grade="confirmed")
    elif presence.visit is None and belief >= _needed(scene, presence, is_last=is_last):
        _identify(scene, presence, weights=weights, belief=belief, grade="probable")


def _needed(scene: Scene, presence: Presence, *, is_last: bool) -> float:
    """Give the belief from which on a person is named as probable."""
    if is_last:
        return PROBABLE
    is_due = seconds(scene.state.now - presence.first) >= PONDER_S
    return LIKELY if is_due else CONFIRMED


def _circumstances(scene: Scene, presence: Presence, *, is_last: bool) -> evidence.Circumstances:
    hears_doors = scene.has_live_door() and scene.hears_doors
    ble = presence.heard.get(EvidenceKind.BLE)
    is_new = presence.visit is None and ble is not None and hears_doors
    return evidence.Circumstances(
        now=scene.state.now,
        arrivals=_arrivals(scene, presence) if is_new else None,
        departures=_departures(scene, ble) if is_new and is_last and ble is not None else None,
        is_gone=is_last,
        has_receiver_inside=_could_be_heard_inside(scene, ble),
        has_receiver_at_door=scene.hears_doors,
    )


def _could_be_heard_inside(scene: Scene, ble: Heard | None) -> bool:
    """Say whether it means something that no receiver inside hears somebody best."""
    if ble is None or scene.zone_of.get(ble.last_source) is None:
        return False
    return bool(scene.zones_inside)


def _arrivals(scene: Scene, presence: Presence) -> evidence.Counts:
    counted = [visit.at for visit in visits.unnamed(scene) if visit.door is not None]
    return _counts(scene, counted, heard=presence.first, usual=scene.state.entry_offsets)


def _departures(scene: Scene, ble: Heard) -> evidence.Counts:
    counted = [departure.at for departure in scene.state.departures]
    return _counts(scene, counted, heard=ble.last, usual=scene.state.exit_offsets)


def _counts(
    scene: Scene, counted: list[Instant], *, heard: Instant, usual: list[float]
) -> evidence.Counts:
    offsets = [seconds(heard - at) for at in counted]
    centre_s, scale_s = evidence.usual_offset(usual)
    return evidence.Counts(
        offsets_s=tuple(offset for offset in offsets if abs(offset) <= AROUND_S),
        centre_s=centre_s,
        scale_s=scale_s,
        per_s=scene.state.inside.flow / 2,
    )


def _member_share(scene: Scene) -> float:
    """Give the share of members among visitors, as known so far; never more than assumed at first.

    Whoever is heard outside raises the share of people named, and must not raise the next belief.
    """
    weight = scene.tuning.member_share_weight
    known = scene.state.identified + weight * scene.tuning.member_share
    share = known / (scene.state.announced + weight)
    return min(scene.tuning.member_share, max(0.1, share))


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
        confidence=math.floor(min(belief, 0.999) * 1000) / 1000,
        grade=grade,
        evidence=kinds,
        purposes=consents.in_force(presence, scene.state.now),
    )
    scene.say(Instant(max(visit.at, presence.last)), data, visit=visit.id)


def _claim(scene: Scene, presence: Presence) -> Visit:
    if presence.visit is not None:
        return scene.state.visits[presence.visit]
    former = scene.state.ended.pop(presence.customer, None)
    is_back = former is not None and not _came_anew(scene, presence, former)
    visit = None if is_back else _best_visit(scene, presence)
    if visit is None:
        visit = _begin(scene, presence)
    if former is not None and is_back:
        _merge(scene, visit, former)
    visit.customer = presence.customer
    presence.visit = visit.id
    scene.state.identified += 1
    visits.announce(scene, visit)
    _learn_entry(scene, presence, visit)
    zones.start_at_door(presence.track, visit)
    zones.say_moves(scene, presence.track, visit)
    zones.say_present(scene, presence.track, visit)
    return visit


def _learn_entry(scene: Scene, presence: Presence, visit: Visit) -> None:
    """Take note of how long before or after the count the first advert came."""
    ble = presence.heard.get(EvidenceKind.BLE)
    if ble is None or visit.door is None or ble.inside_s < evidence.INSIDE_S / 2:
        return
    offset_s = seconds(ble.first - visit.at)
    if abs(offset_s) <= AROUND_S:
        scene.state.entry_offsets.append(offset_s)
        del scene.state.entry_offsets[:-OFFSETS_KEPT]


def _came_anew(scene: Scene, presence: Presence, former: Ended) -> bool:
    """Say whether a customer whose visit ended has come again, or had never gone.

    Soon after the end it takes a door count that fits.
    """
    if presence.first > after(former.at, scene.tuning.rejoin_s):
        return True
    if not scene.has_live_door():
        return False
    return evidence.coincidence(_arrivals(scene, presence)) > FITS_WELL


def _merge(scene: Scene, visit: Visit, former: Ended) -> None:
    visits.announce(scene, visit)
    reason = "the customer was noticed again without a door count"
    data = VisitCorrected(visit=visit.id, what="merged", with_=former.visit, reason=reason)
    scene.say(scene.state.now, data, visit=visit.id)


def _begin(scene: Scene, presence: Presence) -> Visit:
    kinds = presence.heard
    zone = scene.zone_of.get(next(iter(kinds.values())).last_source) or WHOLE_STORE
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
    if not -BEFORE_S <= since_s <= LONG_S:
        return None
    first_source = next(iter(presence.heard.values())).last_source
    is_elsewhere = visit.door is not None and scene.zone_of.get(first_source) != visit.zone
    centre_s, _ = evidence.usual_offset(scene.state.entry_offsets)
    return abs(since_s - centre_s) + (ELSEWHERE_S if is_elsewhere else 0.0)
