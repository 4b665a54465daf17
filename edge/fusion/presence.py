"""This is where it is followed which consenting customers are heard, and until when."""

from typing import Final

from edge.fusion import arriving, evidence, stays, visits, zones
from edge.fusion.scene import Scene, after, seconds
from edge.fusion.state import Departure, Ended, Heard, Presence, Visit
from edge.model.names import Instant, SourceName
from edge.model.observation import CustomerHeard, EvidenceKind

SURE_S: Final = 30.0
"""A token heard for so long is heard until its owner goes."""
BRIDGE_S: Final = 10.0
"""Silence up to this long between two adverts counts as time heard."""
INSIDE_DBM: Final = -80.0
"""A receiver away from the entrance that hears this well hears somebody inside."""
EXIT_BEFORE_S: Final = 60.0
"""A person may be counted out this long before the last advert: phones are heard outside."""
EXIT_AFTER_S: Final = 45.0
"""... or this long after it, where no receiver reaches the door."""
LINK_EXIT_BEFORE_S: Final = 330.0
"""An access point drops a silent station after 300 s (hostapd's ap_max_inactivity)."""
LINK_SETTLE_S: Final = 60.0
AFTER_PAYING_S: Final = 60.0
"""From the till to the door."""
UNSEEN_EXIT_S: Final = 300.0
"""A phone that fell silent away from the doors may be asleep: so long it is waited for it."""
OTHER_DOOR_S: Final = 20.0
LONGEST_LINK_S: Final = 2 * 3600.0
"""An association without any other sign is not believed for longer."""


def hear(scene: Scene, heard: CustomerHeard) -> None:
    """Take a sign of a customer into account."""
    presences = scene.state.presences
    presence = presences.get(heard.customer)
    if presence is None:
        if heard.leaving:
            return
        presence = Presence(customer=heard.customer, first=heard.at, last=heard.at)
        presences[heard.customer] = presence
    presence.purposes = heard.purposes
    is_face = heard.evidence is EvidenceKind.FACE
    is_new_face = is_face and EvidenceKind.FACE not in presence.heard
    _note(scene, presence, heard)
    arriving.decide(scene, presence, is_new_face=is_new_face)
    if presence.track.trail:
        _say_zones(scene, presence)


def watch(scene: Scene, now: Instant) -> None:
    """Let customers go who are heard no more, and name those who have become probable."""
    for presence in list(scene.state.presences.values()):
        if presence.visit is None:
            arriving.decide(scene, presence)
        zones.lapse(presence.track, now)
        if zones.is_past(scene, presence.track, now):
            _say_zones(scene, presence)
        if _is_silent(scene, presence, now) or _was_seen_off(scene, presence, now):
            _let_go(scene, presence, now)
    _forget_ended(scene, now)


def let_all_go(scene: Scene, now: Instant) -> None:
    """End the visits of all who are still believed to be inside: the day is over."""
    for presence in list(scene.state.presences.values()):
        _let_go(scene, presence, now, may_wait=False)


def lose_zones(scene: Scene, fallen: list[SourceName], now: Instant) -> None:
    """Make zones unknown whose receivers have all fallen deaf; a scan needs no receiver."""
    dark = {scene.zone_of.get(one) for one in fallen if scene.driver_of.get(one) == "ble_scan"}
    dark -= {
        source.zone
        for source in scene.floor.sources
        if source.driver == "ble_scan"
        and source.name in scene.state.lives
        and not scene.state.lives[source.name].is_deaf
    }
    for presence in scene.state.presences.values():
        if presence.track.zone not in dark or not presence.track.levels:
            continue
        zones.lose(presence.track, now)
        _say_zones(scene, presence)


def finish(scene: Scene, presence: Presence, at: Instant, *, how: str) -> None:
    """End a customer's visit."""
    del scene.state.presences[presence.customer]
    if presence.visit is None:
        return
    visit = scene.state.visits[presence.visit]
    end = Instant(max(at, visit.at))
    zones.say_gone(scene, presence.track, visit, at=end)
    visits.end(scene, visit, end, how=how)
    scene.state.ended[presence.customer] = Ended(visit=visit.id, at=end)
    _balance(scene, visit, how=how)
    if how == "door" and EvidenceKind.BLE in presence.heard:
        stays.learn(scene, seconds(end - visit.at))


def _balance(scene: Scene, visit: Visit, *, how: str) -> None:
    """Keep counts out and visits in step: one that ended unseen leaves a count out to nobody."""
    if how == "door" and visit.basis != "door":
        scene.state.credit += 1
    elif how != "door" and visit.basis == "door" and scene.has_live_door():
        scene.state.credit -= 1


def is_act_only(presence: Presence) -> bool:
    """Say whether only acts, and no radio, tell of this customer."""
    return set(presence.heard) <= {EvidenceKind.CARD, EvidenceKind.FACE}


def _forget_ended(scene: Scene, now: Instant) -> None:
    """Forget visits so long ended that no sign of their customer can continue them."""
    state = scene.state
    oldest = after(now, -scene.tuning.rejoin_s)
    for customer, ended in list(state.ended.items()):
        if ended.at < oldest and customer not in state.presences:
            del state.ended[customer]


def _say_zones(scene: Scene, presence: Presence) -> None:
    visit = scene.state.visits.get(presence.visit) if presence.visit else None
    if visit is not None:
        zones.say_moves(scene, presence.track, visit)
        zones.say_present(scene, presence.track, visit)


def _note(scene: Scene, presence: Presence, heard: CustomerHeard) -> None:
    at = heard.at
    kind = presence.heard.get(heard.evidence)
    if kind is None:
        kind = Heard(first=at, last=at, last_source=heard.source, until=heard.until)
        presence.heard[heard.evidence] = kind
    gap_s = seconds(at - kind.last)
    kind.last, kind.last_source, kind.has_left = at, heard.source, heard.leaving
    kind.until = heard.until
    if heard.weight is not None:
        kind.weight = heard.weight if kind.weight is None else max(kind.weight, heard.weight)
    presence.last = at
    if heard.evidence in {EvidenceKind.CARD, EvidenceKind.FACE}:
        zones.fix(scene, presence.track, heard.source, at=at)
    elif heard.signal_dbm is not None:
        zones.hear(scene, presence.track, heard.source, at=at, dbm=heard.signal_dbm)
        level = zones.best_level(presence.track, at)
        if level is not None and gap_s <= BRIDGE_S:
            kind.heard_s += gap_s
            kind.solid_s += gap_s * evidence.solidity(level)
            if level >= INSIDE_DBM and presence.track.zone in scene.zones_inside:
                kind.inside_s += gap_s


def _is_silent(scene: Scene, presence: Presence, now: Instant) -> bool:
    return all(_is_over(scene, kind, heard, now) for kind, heard in presence.heard.items())


def _was_seen_off(scene: Scene, presence: Presence, now: Instant) -> bool:
    """Say whether a token fell silent just when somebody was counted out.

    Then an association that was never ended says nothing: access points miss that.
    """
    ble = presence.heard.get(EvidenceKind.BLE)
    if ble is None or EvidenceKind.LINK not in presence.heard:
        return False
    if ble.heard_s < SURE_S or not _is_over(scene, EvidenceKind.BLE, ble, now):
        return False
    return _best_departure(scene, presence, now) is not None


def _is_over(scene: Scene, kind: EvidenceKind, heard: Heard, now: Instant) -> bool:
    silent_s = seconds(now - heard.last)
    if kind is EvidenceKind.LINK:
        return silent_s >= (LINK_SETTLE_S if heard.has_left else LONGEST_LINK_S)
    life = scene.state.lives.get(heard.last_source)
    if life is not None and life.is_deaf and silent_s < scene.tuning.lost_s:
        return False
    return silent_s >= scene.tuning.time_out_s[kind]


def _let_go(scene: Scene, presence: Presence, now: Instant, *, may_wait: bool = True) -> None:
    """End a silent customer's visit at the count out that fits, or wait for one for a while."""
    arriving.decide(scene, presence, is_last=True)
    if presence.visit is None:
        finish(scene, presence, presence.last, how="silence")
        return
    departure = _best_departure(scene, presence, now)
    if departure is not None:
        scene.state.departures.remove(departure)
        _learn_exit(scene, presence, departure)
        finish(scene, presence, departure.at, how="door")
    elif not (may_wait and _may_be_counted_out(scene, presence, now)):
        finish(scene, presence, _guessed_end(scene, presence, now), how="silence")


def _learn_exit(scene: Scene, presence: Presence, departure: Departure) -> None:
    """Take note of how long after the count out the last advert came."""
    ble = presence.heard.get(EvidenceKind.BLE)
    if ble is not None and ble.inside_s >= evidence.INSIDE_S:
        scene.state.exit_offsets.append(seconds(ble.last - departure.at))
        del scene.state.exit_offsets[: -arriving.OFFSETS_KEPT]


def _guessed_end(scene: Scene, presence: Presence, now: Instant) -> Instant:
    """Give the moment heard last; where the last was only a join, the usual stay after it.

    It is not before a zone was left of which that was said.
    """
    link = presence.heard.get(EvidenceKind.LINK)
    if link is None or link.has_left or presence.last > link.last:
        return Instant(max(presence.last, presence.track.left))
    return Instant(min(now, after(presence.first, stays.usual_s(scene))))


def _may_be_counted_out(scene: Scene, presence: Presence, now: Instant) -> bool:
    """Say whether it is worth to wait for a count out; longer where only acts tell of somebody."""
    if not scene.has_live_door():
        return False
    tuning = scene.tuning
    wait_s = tuning.longest_s if is_act_only(presence) else tuning.lost_s
    return now < after(presence.last, wait_s)


def _best_departure(scene: Scene, presence: Presence, now: Instant) -> Departure | None:
    expected, before_s, after_s = _expected_exit(scene, presence)
    earliest, latest = after(expected, -before_s), after(expected, after_s)
    fitting = [
        (_distance(scene, presence, departure, expected), departure.at, departure)
        for departure in scene.state.departures
        if earliest <= departure.at <= latest
        and _may_have_left_by(scene, presence, departure, now=now)
    ]
    return min(fitting, key=lambda entry: entry[:2])[2] if fitting else None


def _may_have_left_by(
    scene: Scene, presence: Presence, departure: Departure, *, now: Instant
) -> bool:
    """Say whether somebody who was heard last elsewhere in the store has gone by this door."""
    if scene.could_be_at(presence.track.zone, departure.door):
        return True
    return now >= after(presence.last, UNSEEN_EXIT_S)


def _expected_exit(scene: Scene, presence: Presence) -> tuple[Instant, float, float]:
    """Give the likeliest moment of leaving, and how far before and after it to look."""
    heard = presence.heard
    if EvidenceKind.BLE in heard:
        last = Instant(max(heard[kind].last for kind in heard if kind is not EvidenceKind.LINK))
        return last, EXIT_BEFORE_S, EXIT_AFTER_S
    if EvidenceKind.LINK in heard:
        return heard[EvidenceKind.LINK].last, LINK_EXIT_BEFORE_S, LINK_SETTLE_S
    if scene.is_checkout(next(iter(heard.values())).last_source):
        wait_s = scene.tuning.time_out_s[EvidenceKind.CARD] - AFTER_PAYING_S
        return after(presence.last, AFTER_PAYING_S), AFTER_PAYING_S, wait_s
    return presence.last, 0.0, 0.0


def _distance(scene: Scene, presence: Presence, departure: Departure, expected: Instant) -> float:
    door_zone = scene.zone_at(departure.door)
    is_elsewhere = presence.track.zone is not None and presence.track.zone != door_zone
    return abs(seconds(departure.at - expected)) + (OTHER_DOOR_S if is_elsewhere else 0.0)
