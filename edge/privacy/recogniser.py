"""This is where something noticed is matched with the customer who handed it over.

Only identifiers that customers handed over are known here; a stranger's costs one look-up and
leaves nothing behind.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from edge.model.customer import Customer, Role, Token, TokenKind
from edge.model.names import CustomerId, Instant
from edge.model.observation import EvidenceKind
from edge.privacy.consent import Standing, decide, purposes_in_force, read_standing
from edge.privacy.eddystone import EphemeralIds
from edge.privacy.irk import AddressResolver
from edge.privacy.keyed import token_mark
from edge.privacy.policy import Policy
from edge.privacy.tokens import (
    EVIDENCE_OF,
    PURPOSE_OF,
    is_usable,
    read_address,
    read_code,
    read_key,
)

NO_BADGE: Final = 0


class Recognised(msgspec.Struct, frozen=True, kw_only=True):
    """A customer or member of staff who is known by what they handed over."""

    customer: CustomerId
    role: Role
    badge: int
    """Tells members of staff apart within a run, from 1; 0 for customers."""
    purposes: tuple[str, ...]
    """The purposes in force at that moment, sorted."""
    until: Instant
    """End of the consent that this rests on, exclusive; for staff the moment itself."""
    evidence: EvidenceKind


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A person as the tables hold them."""

    customer: CustomerId
    role: Role
    badge: int
    standing: Standing


Slot = tuple[TokenKind, int]
"""A kind of token and, for rotating ones, its exponent: what has a table of its own."""


class Tables(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be looked up, put in place as a whole."""

    ephemeral: tuple[EphemeralIds[Known], ...]
    resolver: AddressResolver[Known]
    links: dict[bytes, Known]
    cards: dict[bytes, Known]


class Recogniser:
    """Whose token is it, and may it be said: by the customer's consents and by the policy.

    A customer is recognised when the consent for that channel is in force at that moment; a member
    of staff when the platform signed their record. A token that two customers hand over recognises
    neither of them, and one that a member of staff holds too is theirs. Used from one thread at a
    time.
    """

    def __init__(self, customers: Iterable[Customer], *, policy: Policy, secret: bytes) -> None:
        """Keep the customers in force; `secret` (16 to 64 bytes) stays in RAM."""
        self.clock_synced = True
        """Set to False while the clock cannot be trusted: then no customer is recognised."""
        self._policy = policy
        self._secret = secret
        self._badges: dict[CustomerId, int] = {}
        self._tables = self._lay_out(customers)

    def update(self, customers: Iterable[Customer]) -> None:
        """Replace all customers at once; members of staff keep their badges."""
        self._tables = self._lay_out(customers)

    def by_ephemeral_id(self, identifier: bytes, at: Instant) -> Recognised | None:
        """Recognise the sender of an Eddystone-EID (8 bytes)."""
        for table in self._tables.ephemeral:
            known = table.find(identifier, at)
            if known is not None:
                return self._judge(known, TokenKind.EID, at)
        return None

    def by_resolvable(self, address: bytes, at: Instant) -> Recognised | None:
        """Recognise the sender of a random Bluetooth address (6 bytes, most significant first)."""
        known = self._tables.resolver.find(address, at)
        return None if known is None else self._judge(known, TokenKind.IRK, at)

    def by_link(self, address: bytes, at: Instant) -> Recognised | None:
        """Recognise a device on the store's own Wi-Fi by its address (6 bytes)."""
        links = self._tables.links
        known = links.get(self._mark(TokenKind.LINK, address)) if links else None
        return None if known is None else self._judge(known, TokenKind.LINK, at)

    def by_card(self, code: str, at: Instant) -> Recognised | None:
        """Recognise the holder of a card or another code."""
        cards = self._tables.cards
        known = cards.get(self._mark(TokenKind.CARD, read_code(code))) if cards else None
        return None if known is None else self._judge(known, TokenKind.CARD, at)

    def _judge(self, known: Known, kind: TokenKind, at: Instant) -> Recognised | None:
        policy, synced = self._policy, self.clock_synced
        standing, until = known.standing, at
        if known.role is Role.CUSTOMER:
            need = PURPOSE_OF[kind]
            decision = decide(standing, need, policy=policy, at=at, clock_synced=synced)
            if not decision.granted:
                return None
            until = decision.until
        return Recognised(
            customer=known.customer,
            role=known.role,
            badge=known.badge,
            purposes=purposes_in_force(standing, policy=policy, at=at, clock_synced=synced),
            until=until,
            evidence=EVIDENCE_OF[kind],
        )

    def _lay_out(self, customers: Iterable[Customer]) -> Tables:
        slots: dict[Slot, dict[bytes, Known | None]] = {}
        for customer in customers:
            known = self._know(customer)
            for token in customer.tokens if customer.trusted else ():
                if self._policy.permits_token(token.kind) and is_usable(token):
                    slot = (token.kind, token.k if token.kind is TokenKind.EID else 0)
                    _hold(slots.setdefault(slot, {}), self._identifier(token), known)
        held = {
            slot: {key: known for key, known in owners.items() if known is not None}
            for slot, owners in slots.items()
        }
        return Tables(
            ephemeral=tuple(
                EphemeralIds(k, owners)
                for (kind, k), owners in sorted(held.items())
                if kind is TokenKind.EID
            ),
            resolver=AddressResolver(held.get((TokenKind.IRK, 0), {})),
            links=held.get((TokenKind.LINK, 0), {}),
            cards=held.get((TokenKind.CARD, 0), {}),
        )

    def _know(self, customer: Customer) -> Known:
        badge = NO_BADGE
        if customer.role is Role.STAFF:
            badge = self._badges.setdefault(customer.customer, len(self._badges) + 1)
        return Known(
            customer=customer.customer,
            role=customer.role,
            badge=badge,
            standing=read_standing(customer),
        )

    def _identifier(self, token: Token) -> bytes:
        if token.kind is TokenKind.CARD:
            return self._mark(TokenKind.CARD, read_code(token.value))
        if token.kind is TokenKind.LINK:
            return self._mark(TokenKind.LINK, read_address(token.value) or b"")
        return read_key(token.key) or b""

    def _mark(self, kind: TokenKind, value: bytes) -> bytes:
        return token_mark(self._secret, kind, value)


def _hold(owners: dict[bytes, Known | None], identifier: bytes, known: Known) -> None:
    """Note who handed an identifier over; None once two customers did."""
    other = owners.setdefault(identifier, known)
    if other is known or (other is not None and other.customer == known.customer):
        return
    if known.role is Role.STAFF:
        owners[identifier] = known
    elif other is None or other.role is Role.CUSTOMER:
        owners[identifier] = None
