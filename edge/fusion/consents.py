"""This is where it takes effect that a customer took consents back, or was erased.

Everything else waits for its place in event time; this does not, because processing has to stop
within seconds. What was noticed before and not weighed yet is dropped with the rest.
"""

import heapq
from typing import Any, Final

import msgspec

from edge.fusion import visits
from edge.fusion.scene import Scene
from edge.fusion.state import Presence, State, ZoneTrack
from edge.model.customer import Purpose
from edge.model.names import CustomerId, Instant
from edge.model.observation import (
    PURPOSE_OF_EVIDENCE,
    AnyObservation,
    ConsentChanged,
    CustomerHeard,
    EvidenceKind,
    PurchaseMade,
)

WITHDRAWN: Final = "withdrawn"
"""How a visit ended of which nothing more may be known."""
_LINK_ONLY: Final = frozenset({EvidenceKind.LINK})
"""What says nothing about where somebody is."""


def change(scene: Scene, changed: ConsentChanged) -> None:
    """Forget what rests on a purpose that is not in force any more.

    A customer without evidence is forgotten altogether. Their visit ends here for everybody who is
    told of it; where they were counted in, it goes on without a name and without a word, so that
    it still takes up its count out.
    """
    state = scene.state
    left = [(at, order, _cut(one, changed)) for at, order, one in state.waiting]
    state.waiting = [(at, order, one) for at, order, one in left if one is not None]
    heapq.heapify(state.waiting)
    presence = state.presences.get(changed.customer)
    if presence is not None:
        _drop_evidence(presence, changed.purposes)
        if not presence.heard:
            _forget(scene, presence)
    if not any(purpose in changed.purposes for purpose in PURPOSE_OF_EVIDENCE.values()):
        state.ended.pop(changed.customer, None)


def named(scene: Scene) -> set[str]:
    """Give every customer of whom something is remembered."""
    state = scene.state
    waiting = {getattr(one, "customer", None) for _, _, one in state.waiting}
    on_visits = {visit.customer for visit in state.visits.values()}
    found = {*state.presences, *state.ended, *waiting, *on_visits}
    return {customer for customer in found if customer is not None}


def in_force(presence: Presence, now: Instant) -> tuple[str, ...]:
    """Give a customer's purposes without those whose consent has ended since they were heard."""
    over = {
        PURPOSE_OF_EVIDENCE[kind] for kind, heard in presence.heard.items() if now >= heard.until
    }
    return tuple(purpose for purpose in presence.purposes if purpose not in over)


def _cut(one: AnyObservation, changed: ConsentChanged) -> AnyObservation | None:
    """Give what may stay of an observation that waits, None where nothing may."""
    if isinstance(one, CustomerHeard) and one.customer == changed.customer:
        if PURPOSE_OF_EVIDENCE[one.evidence] not in changed.purposes:
            return None
        return msgspec.structs.replace(one, purposes=_both(one.purposes, changed.purposes))
    if isinstance(one, PurchaseMade) and one.customer == changed.customer:
        stays = Purpose.VISIT_HISTORY in changed.purposes
        return one if stays else msgspec.structs.replace(one, customer=None)
    return one


def _drop_evidence(presence: Presence, purposes: tuple[str, ...]) -> None:
    presence.purposes = _both(presence.purposes, purposes)
    gone = {kind for kind in presence.heard if PURPOSE_OF_EVIDENCE[kind] not in purposes}
    for kind in gone:
        del presence.heard[kind]
    kinds = presence.heard.values()
    if not gone or not kinds:
        return
    presence.first = min(kind.first for kind in kinds)
    presence.last = max(kind.last for kind in kinds)
    if not gone <= _LINK_ONLY:  # where they are was known by what is gone, in part at least
        presence.track = ZoneTrack(told=presence.track.told)


def _forget(scene: Scene, presence: Presence) -> None:
    del scene.state.presences[presence.customer]
    if presence.visit is None:
        return
    visit = scene.state.visits[presence.visit]
    visits.end(scene, visit, Instant(max(scene.state.now, visit.at)), how=WITHDRAWN)
    if visit.door is not None:
        visit.customer, visit.grade, visit.is_told = None, "", True
        scene.state.visits[visit.id] = visit


def _both(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(purpose for purpose in one if purpose in other)


def held_of(state: State, customer: str) -> dict[str, Any]:
    """Give everything that is remembered of one customer; empty where nothing is."""
    waiting = [one for _, _, one in state.waiting if getattr(one, "customer", None) == customer]
    parts = {
        "presence": state.presences.get(CustomerId(customer)),
        "ended": state.ended.get(CustomerId(customer)),
        "visits": [one for one in state.visits.values() if one.customer == customer],
        "waiting": waiting,
    }
    return {name: msgspec.to_builtins(part) for name, part in parts.items() if part}
