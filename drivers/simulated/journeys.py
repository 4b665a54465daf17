"""This is where people walk: which zones they come to, how long they stay, where they leave."""

from bisect import bisect_right
from random import Random
from typing import Final, NamedTuple

import msgspec

from drivers.simulated.dice import chance, log_normal, weighted
from drivers.simulated.floor import DOOR_ZONES, STREET, Spot, near
from drivers.simulated.people import Person

DOOR_SHARE: Final = {"door-main": 0.8, "door-side": 0.2}
SPOT_LASTS_S: Final = 60.0
"""Longest time that a walker stands at one place of a zone."""


class Stay(NamedTuple):
    """A time in one zone, in seconds since the day began."""

    zone: str
    begins: float
    ends: float


class Step(NamedTuple):
    """From `at` on the walker is at `spot`."""

    at: float
    spot: Spot


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """One person's way through the store."""

    person: Person
    door_in: str
    door_out: str
    stays: tuple[Stay, ...]
    """Without gaps, in the order of time; neighbours are in different zones."""
    track: tuple[Step, ...]
    leads: bool = False
    """True for the one of a group who pays and scans."""

    @property
    def entered(self) -> float:
        """When the person crossed the door."""
        return self.stays[0].begins

    @property
    def left(self) -> float:
        """When the person was out again."""
        return self.stays[-1].ends

    def spot_at(self, at: float) -> Spot:
        """Say where the person is; before and after the visit, on the street."""
        if not self.entered <= at < self.left:
            return STREET
        return self.track[bisect_right(self.track, at, key=lambda step: step.at) - 1].spot

    def last_stay(self, zone: str) -> Stay | None:
        """Give the last stay in a zone, if there is one."""
        return next((stay for stay in reversed(self.stays) if stay.zone == zone), None)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A manner of shopping."""

    floors: tuple[int, int]
    """Fewest and most turns on the floor."""
    median_s: float
    """Median of one turn."""
    buys: float
    kiosk: float


GLANCE: Final = Plan(floors=(1, 1), median_s=22, buys=0.0, kiosk=0.0)
ERRAND: Final = Plan(floors=(1, 2), median_s=130, buys=0.75, kiosk=0.1)
BROWSE: Final = Plan(floors=(2, 4), median_s=280, buys=0.5, kiosk=0.3)
LINGER: Final = Plan(floors=(4, 6), median_s=620, buys=0.6, kiosk=0.4)
PLANS: Final = {GLANCE: 0.12, ERRAND: 0.30, BROWSE: 0.48, LINGER: 0.10}
FAMILY_PLANS: Final = {ERRAND: 0.15, BROWSE: 0.65, LINGER: 0.20}


def walk_group(
    rng: Random,
    group: tuple[Person, ...],
    *,
    arrives: float,
    closes: float,
    plan: Plan | None = None,
) -> list[Visit]:
    """Walk a group through the store: all take the leader's way, each a moment behind."""
    family = not all(person.adult for person in group)
    plan = plan or weighted(rng, FAMILY_PLANS if family else PLANS)
    door_in, door_out = (weighted(rng, DOOR_SHARE) for _ in range(2))
    legs = _legs(rng, plan, toys=0.8 if family else 0.45)
    legs = [(DOOR_ZONES[door_in], log_normal(rng, 9.0, sigma=0.4)), *legs]
    legs.append((DOOR_ZONES[door_out], log_normal(rng, 6.0, sigma=0.4)))
    room = (closes - arrives) / sum(length for _, length in legs)
    legs = _merged([(zone, length * min(1.0, room)) for zone, length in legs])
    behind = 0.0
    visits: list[Visit] = []
    for person in group:
        visits.append(
            make_visit(
                rng,
                person,
                legs,
                begins=arrives + behind,
                doors=(door_in, door_out),
                leads=not visits,
            )
        )
        behind += rng.uniform(0.2, 0.9)
    return visits


def make_visit(
    rng: Random,
    person: Person,
    legs: list[tuple[str, float]],
    *,
    begins: float,
    doors: tuple[str, str],
    leads: bool = False,
) -> Visit:
    """Lay a person's way out in time: legs are zones with seconds to spend there."""
    stays, track, at = [], [], begins
    for zone, length in legs:
        stays.append(Stay(zone, at, at + length))
        pieces = 1 + int(length / SPOT_LASTS_S)
        track += [Step(at + length * n / pieces, near(rng, zone)) for n in range(pieces)]
        at += length
    door_in, door_out = doors
    return Visit(
        person=person,
        door_in=door_in,
        door_out=door_out,
        stays=tuple(stays),
        track=tuple(track),
        leads=leads,
    )


def _legs(rng: Random, plan: Plan, *, toys: float) -> list[tuple[str, float]]:
    legs = []
    if chance(rng, plan.kiosk):
        legs.append(("kiosk", log_normal(rng, 60.0)))
    for _ in range(rng.randint(*plan.floors)):
        zone = "toys" if chance(rng, toys) else "books"
        legs.append((zone, log_normal(rng, plan.median_s)))
    if chance(rng, plan.buys):
        legs.append(("checkout", log_normal(rng, 130.0, sigma=0.45)))
    return legs


def _merged(legs: list[tuple[str, float]]) -> list[tuple[str, float]]:
    merged: list[tuple[str, float]] = []
    for zone, length in legs:
        before = merged.pop()[1] if merged and merged[-1][0] == zone else 0.0
        merged.append((zone, before + length))
    return merged
