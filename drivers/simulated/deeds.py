"""This is where it is decided what people do in a visit that a sensor could notice."""

from random import Random
from typing import Final

import msgspec

from drivers.simulated.dice import chance, log_normal
from drivers.simulated.journeys import Visit
from drivers.simulated.members import Member, article_code, private_address
from drivers.simulated.people import Person
from edge.model.customer import TokenKind

SHOWS_CARD: Final = 0.75
FOREIGN_CARD: Final = 0.06
"""Share of receipts that carry a card of somebody else's programme."""
MEMBER_JOINS: Final = 0.85
GUEST_JOINS: Final = 0.10
MEDIAN_BASKET: Final = 19.0
WORDS: Final = {
    TokenKind.EID: "ble",
    TokenKind.IRK: "ble",
    TokenKind.LINK: "link",
    TokenKind.CARD: "card",
}
"""The kind of evidence that a token becomes."""


class Deeds(msgspec.Struct, frozen=True, kw_only=True):
    """What one person does in one visit; times in seconds since the day began."""

    visit: Visit
    scans_at: float | None = None
    code: str = ""
    """What is scanned at the kiosk: the member's card or an article."""
    pays_at: float | None = None
    card: str | None = None
    """The card on the receipt."""
    total: float = 0.0
    joins_at: float | None = None
    address: bytes = b""
    """The phone's address on the store's own Wi-Fi."""

    @property
    def via(self) -> tuple[str, ...]:
        """The kinds of evidence that the visit gives and that the member allows."""
        member = self.visit.person.member
        if member is None:
            return ()
        shown = self._shown(member)
        return tuple(sorted({WORDS[kind] for kind in shown & member.standing.permitted}))

    def _shown(self, member: Member) -> set[TokenKind]:
        shown = set()
        speaks = speech_of(self.visit.person)
        if speaks is not None:
            shown.add(speaks)
        if self.joins_at is not None and member.has(TokenKind.LINK):
            shown.add(TokenKind.LINK)
        if member.card in (self.code, self.card):
            shown.add(TokenKind.CARD)
        return shown


def speech_of(person: Person) -> TokenKind | None:
    """Say with which token a person's phone or badge speaks on BLE, if with any."""
    if person.member is None:
        return None
    if person.member.has(TokenKind.IRK):
        return TokenKind.IRK
    able = person.staff or (person.phone is not None and person.phone.app)
    return TokenKind.EID if able and person.member.has(TokenKind.EID) else None


def decide_deeds(rng: Random, visit: Visit) -> Deeds:
    """Decide what the person of a visit does; staff join no Wi-Fi and buy nothing."""
    if visit.person.staff:
        return Deeds(visit=visit)
    joins_at, address = _join(rng, visit)
    scans_at, code = _scan(rng, visit)
    pays_at, card = _payment(rng, visit)
    return Deeds(
        visit=visit,
        scans_at=scans_at,
        code=code,
        pays_at=pays_at,
        card=card,
        total=round(log_normal(rng, MEDIAN_BASKET, sigma=0.8), 2),
        joins_at=joins_at,
        address=address,
    )


def _join(rng: Random, visit: Visit) -> tuple[float | None, bytes]:
    phone, member = visit.person.phone, visit.person.member
    knows = member is not None and member.has(TokenKind.LINK)
    at = visit.entered + log_normal(rng, 25.0)
    willing = chance(rng, MEMBER_JOINS if knows else GUEST_JOINS)
    if phone is None or not phone.wifi or not willing or at > visit.left:
        return None, b""
    return at, member.link if member is not None and knows else private_address(rng)


def _scan(rng: Random, visit: Visit) -> tuple[float | None, str]:
    stay = visit.last_stay("kiosk")
    if stay is None or not visit.leads:
        return None, ""
    card = _card_shown(rng, visit.person)
    return rng.uniform(stay.begins, stay.ends), card or article_code(rng)


def _payment(rng: Random, visit: Visit) -> tuple[float | None, str | None]:
    stay = visit.last_stay("checkout")
    if stay is None or not visit.leads:
        return None, None
    card = _card_shown(rng, visit.person)
    if card is None and chance(rng, FOREIGN_CARD):
        card = article_code(rng)
    return stay.ends - min(8.0, (stay.ends - stay.begins) / 2), card


def _card_shown(rng: Random, person: Person) -> str | None:
    member = person.member
    shown = member is not None and member.has(TokenKind.CARD) and chance(rng, SHOWS_CARD)
    return member.card if member is not None and shown else None
