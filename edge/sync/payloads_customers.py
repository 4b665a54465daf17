"""This is where a message about customers is written down in full, for the reference.

The exchange itself looks at the cursors only; `edge.privacy.customers` reads the deltas one by one.
"""

from typing import Annotated

import msgspec

from edge.model.customer import Consent, Profile, Role, Token
from edge.sync.payloads import Payload


class Face(Payload, frozen=True, kw_only=True):
    """A face template of a consenting customer."""

    model: str
    """The engine that made it; another engine cannot use it."""
    vector: str
    """Base64 of float32, little-endian; of ciphertext where it is sealed."""
    quality: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
    sealed: bool = False
    """True where the customer holds the key, and brings it along for each check."""


class CustomerPut(Payload, frozen=True, kw_only=True, tag_field="op", tag="put"):
    """One version of a customer."""

    customer: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    version: Annotated[int, msgspec.Meta(ge=0)]
    role: Role = Role.CUSTOMER
    profile: Profile = Profile()
    tokens: tuple[Token, ...] = ()
    faces: tuple[Face, ...] = ()
    adult_attested: bool = False
    """Without it nobody is identified by anything."""
    consents: tuple[Consent, ...] = ()
    signature: str = ""
    """Base64 Ed25519 over the RFC 8785 form of customer, version, adult_attested, consents."""


class CustomerErase(Payload, frozen=True, kw_only=True, tag_field="op", tag="erase"):
    """A customer must be forgotten; counts whether signed or not."""

    customer: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    version: Annotated[int, msgspec.Meta(ge=0)]
    reason: str = ""


class Customers(Payload, frozen=True, kw_only=True):
    """Changes to customers; one without deltas ends an answer to `customers/sync`."""

    cursor: str = ""
    """Where this message leads; cursors are compared as text."""
    after: str | None = None
    """The cursor that it follows on; a later one than the appliance's own shows a gap."""
    deltas: tuple[CustomerPut | CustomerErase, ...]
