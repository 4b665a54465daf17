"""This is where the members of the loyalty programme stand, each with what they allow."""

from collections.abc import Mapping
from enum import StrEnum
from random import Random
from typing import Final

import msgspec

from drivers.simulated.dice import weighted
from edge.model.customer import Purpose, TokenKind

PURPOSE_OF: Final = {
    TokenKind.EID: Purpose.PRESENCE_BLE,
    TokenKind.IRK: Purpose.PRESENCE_BLE,
    TokenKind.LINK: Purpose.WIFI_RECOGNITION,
    TokenKind.CARD: Purpose.VISIT_HISTORY,
}
"""Under which purpose a token may be used."""


class Fault(StrEnum):
    """Why nothing that a member handed over may be used."""

    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    UNSIGNED = "unsigned"
    FORGED = "forged"
    NOT_ATTESTED = "not-attested"
    ERASED = "erased"


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What a member handed over and what they allow."""

    name: str
    tokens: tuple[TokenKind, ...]
    given: tuple[Purpose, ...]
    withdrawn: tuple[Purpose, ...] = ()
    fault: Fault | None = None

    @property
    def permitted(self) -> frozenset[TokenKind]:
        """The tokens by which the member may be recognised."""
        if self.fault is not None:
            return frozenset()
        return frozenset(kind for kind in self.tokens if PURPOSE_OF[kind] in self.given)


_EVERY_TOKEN: Final = (TokenKind.EID, TokenKind.LINK, TokenKind.CARD)
_EVERY_PURPOSE: Final = tuple(Purpose)[:-1]
_HISTORY: Final = (Purpose.VISIT_HISTORY,)
_BLE: Final = (Purpose.PRESENCE_BLE,)

STANDINGS: Final[Mapping[Standing, float]] = {
    Standing(name="all", tokens=_EVERY_TOKEN, given=_EVERY_PURPOSE): 22,
    Standing(name="ble", tokens=(TokenKind.EID,), given=_BLE): 18,
    Standing(name="card", tokens=(TokenKind.CARD,), given=_HISTORY): 14,
    Standing(
        name="ble-and-card", tokens=(TokenKind.EID, TokenKind.CARD), given=(*_BLE, *_HISTORY)
    ): 8,
    Standing(name="link", tokens=(TokenKind.LINK,), given=(Purpose.WIFI_RECOGNITION,)): 7,
    Standing(name="irk", tokens=(TokenKind.IRK,), given=_BLE): 7,
    Standing(name="offers-only", tokens=_EVERY_TOKEN, given=(Purpose.PERSONAL_OFFERS,)): 3,
    Standing(
        name="ble-withdrawn",
        tokens=(TokenKind.EID, TokenKind.CARD),
        given=_HISTORY,
        withdrawn=_BLE,
    ): 3,
} | {
    Standing(name=fault.value, tokens=_EVERY_TOKEN, given=_EVERY_PURPOSE, fault=fault): 3
    for fault in Fault
}
"""Standings with their weights; about one member in four may not be recognised by anything."""


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A person known to the platform, with the raw tokens they handed over."""

    customer: str
    standing: Standing
    card: str
    eid: bytes
    irk: bytes
    link: bytes

    def has(self, kind: TokenKind) -> bool:
        """Say whether the member handed this kind of token over."""
        return kind in self.standing.tokens


def deal_members(rng: Random, count: int) -> tuple[Member, ...]:
    """Make members up: each standing once, the frequent ones first, and then by weight."""
    standings = list(STANDINGS)[:count]
    standings += [weighted(rng, STANDINGS) for _ in range(count - len(standings))]
    rng.shuffle(standings)
    numbers = rng.sample(range(1000, 1000 + 90 * (count + 1)), count)
    return tuple(
        make_member(rng, customer=f"c-{number}", standing=standing)
        for number, standing in zip(numbers, standings, strict=True)
    )


def make_member(rng: Random, *, customer: str, standing: Standing) -> Member:
    """Make the tokens of one member up."""
    return Member(
        customer=customer,
        standing=standing,
        card=article_code(rng),
        eid=rng.randbytes(16),
        irk=rng.randbytes(16),
        link=private_address(rng),
    )


def article_code(rng: Random) -> str:
    """Make an EAN-13 up, in the range that shops give themselves (GS1 prefix 20 to 29)."""
    digits = f"2{rng.randrange(10**11):011d}"
    odd, even = (sum(map(int, digits[start::2])) for start in (0, 1))
    return f"{digits}{-(odd + 3 * even) % 10}"


def private_address(rng: Random) -> bytes:
    """Make a locally administered, individual address up (IEEE 802c)."""
    first, *rest = rng.randbytes(6)
    return bytes((first & 0xFC | 0x02, *rest))
