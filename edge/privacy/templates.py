"""This is where the face templates stand that may be compared, and for how long.

Only those of adults whose consent to face recognition is in force at that moment are given out
(R8); the decision is made anew at every look-up, so that a template outlives its consent nowhere.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Final

import msgspec

from edge.model.customer import Customer, Face, Purpose, Role
from edge.model.names import CustomerId, Instant
from edge.privacy.consent import Standing, decide, purposes_in_force, read_standing
from edge.privacy.policy import Policy, TemplateKey

PURPOSE: Final = Purpose.FACE_RECOGNITION
FLOAT_BYTES: Final = 4

Unseal = Callable[[Face, bytes], bytes | None]
"""Opens a sealed template with the key that its customer brought; None where it does not fit."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A template that may be compared at this moment, and whose it is."""

    customer: CustomerId
    vector: bytes
    quality: float


class Leave(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer's consents allow at a moment in which their face may be recognised."""

    purposes: tuple[str, ...]
    """In force, sorted."""
    until: Instant
    """End of the consent to face recognition, exclusive."""


class Enrolled(msgspec.Struct, frozen=True, kw_only=True):
    """A customer with templates."""

    faces: tuple[Face, ...]
    standing: Standing


class Templates:
    """The enrolled customers; used from one thread at a time."""

    def __init__(self, customers: Iterable[Customer] = (), *, policy: Policy) -> None:
        self.clock_synced = True
        """Set to False while the clock cannot be trusted: then nobody is compared."""
        self._policy = policy
        self._enrolled = dict(_enrolled(customers))

    def update(self, customers: Iterable[Customer]) -> None:
        """Replace all customers at once."""
        self._enrolled = dict(_enrolled(customers))

    def put(self, customer: Customer) -> None:
        """Replace one customer."""
        self.forget(customer.customer)
        self._enrolled.update(_enrolled([customer]))

    def forget(self, customer: CustomerId) -> None:
        """Forget one customer; unknown ones are passed over."""
        self._enrolled.pop(customer, None)

    def leave(self, customer: CustomerId, at: Instant) -> Leave | None:
        """Give what a customer's consents allow; None where their face may not be recognised."""
        enrolled = self._enrolled.get(customer)
        if enrolled is None:
            return None
        standing, policy, synced = enrolled.standing, self._policy, self.clock_synced
        decision = decide(standing, PURPOSE, policy=policy, at=at, clock_synced=synced)
        if not decision.granted:
            return None
        purposes = purposes_in_force(standing, policy=policy, at=at, clock_synced=synced)
        return Leave(purposes=purposes, until=decision.until)

    def candidates(
        self,
        among: Collection[CustomerId] | None,
        *,
        engine: str,
        at: Instant,
        keys: Mapping[CustomerId, bytes],
        unseal: Unseal,
    ) -> tuple[Candidate, ...]:
        """Give the templates of one engine that may be compared now, of these customers or of all.

        `keys` are those that customers brought along and that are in RAM for this check only.
        """
        wanted = self._enrolled if among is None else sorted(set(among) & set(self._enrolled))
        return tuple(
            Candidate(customer=one, vector=vector, quality=face.quality)
            for one in wanted
            if self.leave(one, at) is not None
            for face in self._enrolled[one].faces
            if face.model == engine
            and (vector := self._open(face, keys.get(one), unseal)) is not None
        )

    def _open(self, face: Face, key: bytes | None, unseal: Unseal) -> bytes | None:
        """Give a template's vector, where the policy and its key let it be read."""
        if face.sealed:
            vector = None if key is None else unseal(face, key)
        else:
            # Where the customer holds the key, a template that needs none is not one to be used.
            is_ours = self._policy.template_key is TemplateKey.DEVICE
            vector = face.vector if is_ours else None
        return vector if vector and len(vector) % FLOAT_BYTES == 0 else None


def _enrolled(customers: Iterable[Customer]) -> Iterator[tuple[CustomerId, Enrolled]]:
    for customer in customers:
        if customer.faces and customer.trusted and customer.role is Role.CUSTOMER:
            yield (
                customer.customer,
                Enrolled(faces=customer.faces, standing=read_standing(customer)),
            )
