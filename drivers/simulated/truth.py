"""This is where it is written down what really happened, for scores and for tests."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from drivers.simulated.deeds import Deeds
from drivers.simulated.jsonl import stamped
from drivers.simulated.members import Member
from drivers.simulated.outages import Outages

OCCUPANCY_EVERY_S: Final = 60.0

Line = tuple[float, dict[str, Any]]
"""A moment, in seconds since the day began, and what to write."""


def tell_truth(
    deeds: Iterable[Deeds], *, outages: Outages, epoch_s: int, length_s: float
) -> list[dict[str, Any]]:
    """Give the lines of truth.jsonl in the order of time; staff are in none of them."""
    guests = [one for one in deeds if not one.visit.person.staff]
    lines: list[Line] = [line for one in guests for line in _visit(one)]
    lines += _occupancy(guests, length_s)
    for outage in outages.by_source.values():
        until = round(epoch_s + outage.ends, 3)
        lines.append((outage.begins, {"kind": "outage", "source": outage.source, "until": until}))
    return [stamped(epoch_s, at, **line) for at, line in sorted(lines, key=lambda line: line[0])]


def may_be_known(member: Member | None) -> bool:
    """Say whether a person may be recognised by anything at all."""
    return member is not None and bool(member.standing.permitted)


def _visit(deeds: Deeds) -> Iterator[Line]:
    visit = deeds.visit
    member, name = visit.person.member, visit.person.name
    known: dict[str, Any] = {}
    if member is not None and may_be_known(member):
        known = {"customer": member.customer, "reachable": bool(deeds.via), "via": deeds.via}
    yield visit.entered, {"kind": "entered", "person": name, **known}
    yield visit.left, {"kind": "left", "person": name, **known}
    if member is not None and not may_be_known(member):
        why = member.standing.fault or member.standing.name
        denied = {"person": name, "customer": member.customer, "why": str(why)}
        yield visit.entered, {"kind": "denied", **denied}
    for stay in visit.stays:
        yield stay.begins, {"kind": "zone", "person": name, "zone": stay.zone}


def _occupancy(guests: list[Deeds], length_s: float) -> Iterator[Line]:
    changes = [(one.visit.entered, 1) for one in guests] + [(one.visit.left, -1) for one in guests]
    rounds = int(length_s // OCCUPANCY_EVERY_S)
    changes += [(OCCUPANCY_EVERY_S * number, 0) for number in range(rounds + 1)]
    people = 0
    for at, change in sorted(changes):
        people += change
        yield at, {"kind": "occupancy", "people": people}
