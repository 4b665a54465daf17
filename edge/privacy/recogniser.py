"""This is where something noticed is matched with the customer who handed it over.

Only identifiers that customers handed over are known here; a stranger's costs one look-up and
leaves nothing behind.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final

import msgspec

from edge.model.customer import Customer, Purpose, Role, Token, TokenKind
from edge.model.names import CustomerId, Instant
from edge.model.observation import EvidenceKind
from edge.privacy.consent import Standing, decide, purposes_in_force, read_standing
from edge.privacy.eddystone import EphemeralIds
from edge.privacy.irk import AddressResolver
from edge.privacy.keyed import token_mark
from edge.privacy.policy import Policy
from edge.privacy.roster import NO_BADGE, Person, Roster, Slot, pack, unpack
from edge.privacy.tokens import (
    EVIDENCE_OF,
    PURPOSE_OF,
    is_usable,
    read_address,
    read_code,
    read_key,
)

AT_ONCE: Final = 1_000
"""Keys that are worked out while an advert waits, 13 us each: less than 20 ms of the loop."""
EPHEMERAL_SLICE: Final = 250
"""Keys of rotating tokens a call of `prepare`: 4 ms."""
ADDRESS_SLICE: Final = 4_000
"""Trials of addresses a call of `prepare`: 1 to 3 ms."""
OPEN_LIMIT: Final = 2_048
"""Standings held open, about 2 MB: as many people as a full store."""

IRK: Final[Slot] = (TokenKind.IRK, 0)
LINK: Final[Slot] = (TokenKind.LINK, 0)
CARD: Final[Slot] = (TokenKind.CARD, 0)


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


class Recogniser:
    """Whose token is it, and may it be said: by the customer's consents and by the policy.

    A customer is recognised when the consent for that channel is in force at that moment; a member
    of staff when the platform signed their record. Used from one thread at a time.
    """

    def __init__(
        self,
        customers: Iterable[Customer],
        *,
        policy: Policy,
        secret: bytes,
        wake: Callable[[], None] | None = None,
    ) -> None:
        """Keep the customers in force; `secret` (16 to 64 bytes) stays in RAM.

        With `wake` nothing that takes long is done while an advert waits: it is called when there
        is work for `prepare`, and an advert that came too early is answered when it comes again.
        """
        self.clock_synced = True
        """Set to False while the clock cannot be trusted: then no customer is recognised."""
        self._policy = policy
        self._secret = secret
        self._wake = wake
        self._badges: dict[CustomerId, int] = {}
        self._roster = Roster()
        self._ephemeral: dict[int, EphemeralIds] = {}
        self._resolver = AddressResolver()
        self._confirmed = Instant(0)
        self._withheld: dict[CustomerId, frozenset[str]] = {}
        self._open: dict[CustomerId, Standing] = {}
        for customer in customers:
            self.put(customer)

    def put(self, customer: Customer) -> None:
        """Know a customer as this version says; members of staff keep their badges."""
        if not customer.trusted:
            self.remove(customer.customer)
            return
        held = tuple(dict.fromkeys(self._held(customer)))
        person = Person(
            customer=customer.customer,
            role=customer.role,
            badge=self._badge(customer),
            standing=pack(read_standing(customer)),
            slots=tuple(slot for slot, _ in held),
            identifiers=tuple(identifier for _, identifier in held),
        )
        self._replace(customer.customer, person)

    def remove(self, customer: CustomerId) -> None:
        """Know a customer no longer."""
        self._withheld.pop(customer, None)
        self._replace(customer, None)

    def confirm(self, customer: CustomerId, at: Instant) -> None:
        """Hear that the platform stands by what it said of a customer: their lease runs anew."""
        person = self._roster.get(customer)
        if person is not None:
            standing = msgspec.structs.replace(unpack(person.standing), confirmed_at=at)
            self._replace(customer, msgspec.structs.replace(person, standing=pack(standing)))

    def confirm_all(self, at: Instant) -> None:
        """Hear that the platform stands by everything it said until this moment."""
        self._confirmed = at
        self._open.clear()

    def withhold(self, customer: CustomerId, purposes: Collection[str]) -> None:
        """Refuse purposes that a customer took back here; none of them lifts it again."""
        if purposes:
            self._withheld[customer] = frozenset(purposes)
        else:
            self._withheld.pop(customer, None)

    def knows(self, customer: CustomerId) -> bool:
        """Say whether the platform vouches for a customer, whatever they allow."""
        return self._roster.get(customer) is not None

    def purposes(self, customer: CustomerId, at: Instant) -> tuple[str, ...]:
        """Give the purposes in force for a customer at a moment, sorted; none for a stranger."""
        person = self._roster.get(customer)
        return () if person is None else self._purposes(person, at)

    def until(self, customer: CustomerId, purpose: Purpose, at: Instant) -> Instant | None:
        """Give the end, exclusive, of a purpose in force for a customer; None where it is not."""
        person = self._roster.get(customer)
        return None if person is None else self._until(person, purpose, at)

    def by_ephemeral_id(self, identifier: bytes, at: Instant) -> Recognised | None:
        """Recognise the sender of an Eddystone-EID (8 bytes)."""
        for k, table in self._ephemeral.items():
            table.turn_to(at)
            self._catch_up(table)
            key = table.find(identifier)
            if key is not None:
                return self._judge((TokenKind.EID, k), key, at)
        return None

    def by_resolvable(self, address: bytes, at: Instant) -> Recognised | None:
        """Recognise the sender of a random Bluetooth address (6 bytes, most significant first)."""
        key = self._resolver.find(address, at)
        if key is None and self._resolver.backlog:
            self._catch_up(self._resolver)
            key = self._resolver.find(address, at)
        return None if key is None else self._judge(IRK, key, at)

    def by_link(self, address: bytes, at: Instant) -> Recognised | None:
        """Recognise a device on the store's own Wi-Fi by its address (6 bytes)."""
        if not self._roster.holds(LINK):
            return None
        return self._judge(LINK, self._mark(TokenKind.LINK, address), at)

    def by_card(self, code: str, at: Instant) -> Recognised | None:
        """Recognise the holder of a card or another code."""
        if not self._roster.holds(CARD):
            return None
        return self._judge(CARD, self._mark(TokenKind.CARD, read_code(code)), at)

    def holder(self, code: str) -> CustomerId | None:
        """Give whose card it is, whatever they consented to: for taking consents back, only."""
        person = self._roster.owner(CARD, self._mark(TokenKind.CARD, read_code(code)))
        return None if person is None or person.role is Role.STAFF else person.customer

    @property
    def held(self) -> int:
        """How many objects are held for as long as their customers are known."""
        return len(self._roster) + self._resolver.held

    def prepare(self) -> bool:
        """Do a slice of the work that waits, a few milliseconds; False once none is left."""
        tables = sorted(self._ephemeral.items())
        for _, table in tables:
            if table.backlog:
                table.work(EPHEMERAL_SLICE)
                break
        self._resolver.work(ADDRESS_SLICE)
        return bool(self._resolver.backlog) or any(table.backlog for _, table in tables)

    def _catch_up(self, table: EphemeralIds | AddressResolver) -> None:
        """Do the work that waits, or leave it to `prepare` where it is much."""
        if self._wake is None or table.backlog <= AT_ONCE:
            table.finish()
        else:
            self._wake()

    def _replace(self, customer: CustomerId, person: Person | None) -> None:
        self._open.pop(customer, None)
        before = self._roster.get(customer)
        if person is not None and before is not None and _hold_the_same(person, before):
            self._roster.put(person)
            return
        for slot, key in self._roster.remove(customer):
            self._look_away(slot, key)
        if person is not None:
            self._roster.put(person)
            for slot, key in zip(person.slots, person.identifiers, strict=True):
                self._look_for(slot, key)

    def _look_for(self, slot: Slot, key: bytes) -> None:
        kind, k = slot
        if kind is TokenKind.EID:
            self._ephemeral.setdefault(k, EphemeralIds(k)).add(key)
        elif kind is TokenKind.IRK:
            self._resolver.add(key)

    def _look_away(self, slot: Slot, key: bytes) -> None:
        kind, k = slot
        if kind is TokenKind.EID:
            self._ephemeral[k].remove(key)
        elif kind is TokenKind.IRK:
            self._resolver.remove(key)

    def _judge(self, slot: Slot, identifier: bytes, at: Instant) -> Recognised | None:
        person = self._roster.owner(slot, identifier)
        if person is None:
            return None
        kind = slot[0]
        is_customer = person.role is Role.CUSTOMER
        until = self._until(person, PURPOSE_OF[kind], at) if is_customer else at
        if until is None:
            return None
        return Recognised(
            customer=person.customer,
            role=person.role,
            badge=person.badge,
            purposes=self._purposes(person, at),
            until=until,
            evidence=EVIDENCE_OF[kind],
        )

    def _until(self, person: Person, purpose: Purpose, at: Instant) -> Instant | None:
        decision = decide(
            self._standing(person),
            purpose,
            policy=self._policy,
            at=at,
            clock_synced=self.clock_synced,
        )
        is_withheld = purpose in self._withheld.get(person.customer, ())
        return decision.until if decision.granted and not is_withheld else None

    def _purposes(self, person: Person, at: Instant) -> tuple[str, ...]:
        found = purposes_in_force(
            self._standing(person), policy=self._policy, at=at, clock_synced=self.clock_synced
        )
        withheld = self._withheld.get(person.customer)
        return tuple(one for one in found if one not in withheld) if withheld else found

    def _standing(self, person: Person) -> Standing:
        found = self._open.get(person.customer)
        if found is None:
            if len(self._open) >= OPEN_LIMIT:
                self._open.clear()
            found = unpack(person.standing)
            confirmed_at = max(found.confirmed_at, self._confirmed)
            found = msgspec.structs.replace(found, confirmed_at=confirmed_at)
            self._open[person.customer] = found
        return found

    def _badge(self, customer: Customer) -> int:
        if customer.role is not Role.STAFF:
            return NO_BADGE
        return self._badges.setdefault(customer.customer, len(self._badges) + 1)

    def _held(self, customer: Customer) -> Iterator[tuple[Slot, bytes]]:
        for token in customer.tokens:
            if self._policy.permits_token(token.kind) and is_usable(token):
                yield (token.kind, token.k if token.kind is TokenKind.EID else 0), self._key(token)

    def _key(self, token: Token) -> bytes:
        if token.kind is TokenKind.CARD:
            return self._mark(TokenKind.CARD, read_code(token.value))
        if token.kind is TokenKind.LINK:
            return self._mark(TokenKind.LINK, read_address(token.value) or b"")
        return read_key(token.key) or b""

    def _mark(self, kind: TokenKind, value: bytes) -> bytes:
        return token_mark(self._secret, kind, value)


def _hold_the_same(one: Person, other: Person) -> bool:
    return (one.slots, one.identifiers) == (other.slots, other.identifiers)
