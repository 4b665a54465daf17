"""This is where the people of the day are made up: alone, in groups, members, staff."""

from random import Random
from typing import Final

import msgspec

from drivers.simulated.dice import chance, weighted
from drivers.simulated.members import Member, Standing, deal_members, make_member
from drivers.simulated.phones import MODELS, PhoneModel
from edge.model.customer import Purpose, TokenKind

GROUPS: Final = {(1, 0): 0.58, (2, 0): 0.18, (1, 1): 0.08, (2, 1): 0.07, (2, 2): 0.06, (1, 2): 0.03}
"""Adults and children of a group, with their share of the groups."""
MEMBER_SHARE: Final = 0.30
ABSENT_SHARE: Final = 0.10
"""Members who do not come today, as a share of the visitors; half of them walk past outside."""
CHILD_PHONE_SHARE: Final = 0.2
VISITORS_PER_STAFF: Final = 35
STAFF_RANGE: Final = (2, 8)


class Phone(msgspec.Struct, frozen=True, kw_only=True):
    """A phone as its owner carries it today."""

    model: PhoneModel
    wifi: bool
    """False where Wi-Fi is off in the settings."""
    app: bool
    """True where the store's app may advertise: iOS lets no app in the background do so."""
    chatty: bool
    """True where the phone advertises for its maker's own services."""
    extended: bool
    """True where a scanner reports it by LE extended advertising reports."""
    clock_error_s: float


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who comes, works or passes by."""

    name: str
    adult: bool = True
    staff: bool = False
    member: Member | None = None
    phone: Phone | None = None


class Cast(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody of the day."""

    groups: tuple[tuple[Person, ...], ...]
    """Visitors; who comes together is in one group, the adults first."""
    staff: tuple[Person, ...]
    passing: tuple[Person, ...]
    """Members who walk past outside and never enter."""
    members: tuple[Member, ...]
    """All the platform knows: those who come, those who pass and those who do neither."""


def make_cast(rng: Random, *, visitors: int) -> Cast:
    """Make up as many visitors as asked for, and the staff and members that go with them."""
    sizes = _sizes(rng, visitors)
    adults = sum(grown for grown, _ in sizes)
    coming = max(1, round(MEMBER_SHARE * adults))
    absent = max(2, round(ABSENT_SHARE * visitors))
    members = deal_members(rng, coming + absent)
    places: list[Member | None] = [*members[:coming], *[None] * (adults - coming)]
    rng.shuffle(places)
    groups = _groups(rng, sizes, places)
    passing = tuple(
        Person(name=f"o-{number:04d}", member=member, phone=make_phone(rng))
        for number, member in enumerate(members[coming : coming + absent // 2], start=1)
    )
    staff = _staff(rng, visitors)
    badges = tuple(person.member for person in staff if person.member)
    return Cast(groups=groups, staff=staff, passing=passing, members=members + badges)


def make_phone(rng: Random) -> Phone:
    """Make up a phone and its settings."""
    return Phone(
        model=weighted(rng, {model: model.share for model in MODELS}),
        wifi=chance(rng, 0.91),
        app=chance(rng, 0.82),
        chatty=chance(rng, 0.45),
        extended=chance(rng, 0.25),
        clock_error_s=rng.gauss(0.0, 1.5),
    )


def _sizes(rng: Random, visitors: int) -> list[tuple[int, int]]:
    sizes: list[tuple[int, int]] = []
    left = visitors
    while left > 0:
        adults, children = weighted(rng, GROUPS)
        adults = min(adults, left)
        children = min(children, left - adults)
        sizes.append((adults, children))
        left -= adults + children
    return sizes


def _groups(
    rng: Random, sizes: list[tuple[int, int]], places: list[Member | None]
) -> tuple[tuple[Person, ...], ...]:
    number = 0
    waiting = iter(places)
    groups = []
    for adults, children in sizes:
        group = []
        for rank in range(adults + children):
            number += 1
            grown = rank < adults
            group.append(
                Person(
                    name=f"p-{number:04d}",
                    adult=grown,
                    member=next(waiting) if grown else None,
                    phone=make_phone(rng) if grown or chance(rng, CHILD_PHONE_SHARE) else None,
                )
            )
        groups.append(tuple(group))
    return tuple(groups)


def _staff(rng: Random, visitors: int) -> tuple[Person, ...]:
    fewest, most = STAFF_RANGE
    count = max(fewest, min(most, visitors // VISITORS_PER_STAFF + 1))
    badge = Standing(name="staff", tokens=(TokenKind.EID,), given=(Purpose.PRESENCE_BLE,))
    return tuple(
        Person(
            name=f"s-{number:02d}",
            staff=True,
            member=make_member(rng, customer=f"c-staff-{number:02d}", standing=badge),
            phone=make_phone(rng),
        )
        for number in range(1, count + 1)
    )
