"""This is where it is kept who handed what over, in little room: 100,000 people fit.

Identifiers stand here as keyed marks or as the keys that customers handed over, never as addresses
or codes. Consents are held packed and opened when somebody is noticed.
"""

from typing import Final

import msgspec

from edge.model.customer import Role, TokenKind
from edge.model.names import CustomerId, Instant
from edge.privacy.consent import PURPOSES, Grade, Standing

NO_BADGE: Final = 0

Slot = tuple[TokenKind, int]
"""A kind of token and, for rotating ones, its exponent: what has a table of its own."""


class Person(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody whom the platform vouches for, as the tables hold them."""

    customer: CustomerId
    role: Role
    badge: int
    """Tells members of staff apart within a run, from 1; 0 for customers."""
    standing: bytes
    """Packed."""
    slots: tuple[Slot, ...]
    identifiers: tuple[bytes, ...]
    """What they handed over, one for each of the slots."""


class Roster:
    """Everybody who may be recognised; changed one person at a time.

    A token that two customers hand over is neither's, and one that a member of staff holds too is
    theirs. Used from one thread at a time.
    """

    def __init__(self) -> None:
        self._people: dict[CustomerId, Person] = {}
        self._owners: dict[Slot, dict[bytes, Person | tuple[Person, ...]]] = {}
        self._slots: dict[tuple[Slot, ...], tuple[Slot, ...]] = {}

    def __len__(self) -> int:
        """Give how many people there are."""
        return len(self._people)

    def get(self, customer: CustomerId) -> Person | None:
        """Give a person by their name."""
        return self._people.get(customer)

    def put(self, person: Person) -> None:
        """Replace a person, or add them."""
        self.remove(person.customer)
        slots = self._slots.setdefault(person.slots, person.slots)
        person = msgspec.structs.replace(person, slots=slots)
        self._people[person.customer] = person
        for slot, identifier in zip(slots, person.identifiers, strict=True):
            owners = self._owners.setdefault(slot, {})
            others = _people(owners.get(identifier))
            owners[identifier] = (*others, person) if others else person

    def remove(self, customer: CustomerId) -> list[tuple[Slot, bytes]]:
        """Forget a person; give what nobody holds any more."""
        person = self._people.pop(customer, None)
        if person is None:
            return []
        freed = []
        for slot, identifier in zip(person.slots, person.identifiers, strict=True):
            owners = self._owners[slot]
            left = tuple(one for one in _people(owners.get(identifier)) if one.customer != customer)
            if not left:
                owners.pop(identifier, None)
                freed.append((slot, identifier))
            else:
                owners[identifier] = left[0] if len(left) == 1 else left
        return freed

    def owner(self, slot: Slot, identifier: bytes) -> Person | None:
        """Give the one whose identifier it is; None where it is nobody's, or more than one's."""
        owners = self._owners.get(slot)
        found = owners.get(identifier) if owners else None
        if found is None or isinstance(found, Person):
            return found
        return next((one for one in found if one.role is Role.STAFF), None)

    def holds(self, slot: Slot) -> bool:
        """Say whether anybody handed over something of a kind."""
        return bool(self._owners.get(slot))


def _people(found: Person | tuple[Person, ...] | None) -> tuple[Person, ...]:
    if found is None:
        return ()
    return (found,) if isinstance(found, Person) else found


_Packed = tuple[bool, bool, int, tuple[tuple[tuple[bool, int, int, str], ...] | None, ...]]
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Packed)


def pack(standing: Standing) -> bytes:
    """Pack a standing: a fifth of the room."""
    records = [
        None
        if purpose not in standing.records
        else [(one.grants, one.since, one.until, one.lacks) for one in standing.records[purpose]]
        for purpose in PURPOSES
    ]
    return _encoder.encode((standing.trusted, standing.adult, standing.confirmed_at, records))


def unpack(packed: bytes) -> Standing:
    """Open a packed standing."""
    trusted, adult, confirmed_at, records = _decoder.decode(packed)
    return Standing(
        trusted=trusted,
        adult=adult,
        confirmed_at=Instant(confirmed_at),
        records={
            purpose.value: tuple(
                Grade(grants=grants, since=Instant(since), until=Instant(until), lacks=lacks)
                for grants, since, until, lacks in grades
            )
            for purpose, grades in zip(PURPOSES, records, strict=True)
            if grades is not None
        },
    )
