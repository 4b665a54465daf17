"""This is where the face templates stand that may be compared, and for how long.

Only those of adults whose consent to face recognition is in force at that moment are given out
(R8); the decision is made anew at every look-up, so that a template outlives its consent nowhere.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Final, Protocol

import msgspec

from edge.model.customer import Customer, Face, Purpose, Role
from edge.model.names import CustomerId, Instant
from edge.privacy.face_key import FaceCode, code_id
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


class Consents(Protocol):
    """Who knows which consents are in force; the recogniser does."""

    def until(self, customer: CustomerId, purpose: Purpose, at: Instant) -> Instant | None:
        """Give the end, exclusive, of a purpose in force for a customer; None where it is not."""

    def purposes(self, customer: CustomerId, at: Instant) -> tuple[str, ...]:
        """Give the purposes in force for a customer, sorted."""


class Templates:
    """The enrolled customers; used from one thread at a time."""

    def __init__(self, consents: Consents, *, policy: Policy) -> None:
        self._consents = consents
        self._policy = policy
        self._faces: dict[CustomerId, tuple[Face, ...]] = {}
        self._holders: dict[bytes, CustomerId] = {}

    def put(self, customer: Customer) -> None:
        """Hold a customer's templates as this version of them says."""
        self.forget(customer.customer)
        if customer.faces and customer.trusted and customer.role is Role.CUSTOMER:
            self._faces[customer.customer] = customer.faces
            for face in customer.faces:
                if face.sealed:
                    self._holders[code_id(face)] = customer.customer

    def forget(self, customer: CustomerId) -> None:
        """Forget a customer's templates; unknown customers are passed over."""
        for face in self._faces.pop(customer, ()):
            if face.sealed:
                self._holders.pop(code_id(face), None)

    def holder(self, code: FaceCode) -> CustomerId | None:
        """Give whose template a customer's code opens; None for one that opens none here."""
        return self._holders.get(code.id)

    def made_here(self, at: Instant) -> tuple[tuple[CustomerId, Face], ...]:
        """Give the templates that were made in this store and may leave it now.

        Whose consents are in force to face recognition and to it in other stores; by name.
        """
        return tuple(
            (customer, face)
            for customer in sorted(self._faces)
            if (leave := self.leave(customer, at)) is not None
            and Purpose.CROSS_STORE in leave.purposes
            for face in self._faces[customer]
            if face.enrolled_at
        )

    def leave(self, customer: CustomerId, at: Instant) -> Leave | None:
        """Give what a customer's consents allow; None where their face may not be recognised."""
        until = self._consents.until(customer, PURPOSE, at)
        if customer not in self._faces or until is None:
            return None
        return Leave(purposes=self._consents.purposes(customer, at), until=until)

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
        wanted = sorted(self._faces if among is None else set(among) & set(self._faces))
        return tuple(
            Candidate(customer=one, vector=vector, quality=face.quality)
            for one in wanted
            if self.leave(one, at) is not None
            for face in self._faces[one]
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
