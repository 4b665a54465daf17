"""This is where a customer, their consents and what they handed over are described."""

from enum import StrEnum

import msgspec

from edge.model.names import CustomerId


class Purpose(StrEnum):
    """What a customer can consent to; none implies another."""

    PRESENCE_BLE = "presence_ble"
    WIFI_RECOGNITION = "wifi_recognition"
    FACE_RECOGNITION = "face_recognition"
    VISIT_HISTORY = "visit_history"
    PERSONAL_OFFERS = "personal_offers"
    CROSS_STORE = "cross_store"


class Role(StrEnum):
    """Customers become visits; staff never do."""

    CUSTOMER = "customer"
    STAFF = "staff"


class TokenKind(StrEnum):
    """What a customer can hand over."""

    CARD = "card"
    EID = "eid"
    IRK = "irk"
    LINK = "link"


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """One identifier that a customer handed over."""

    kind: TokenKind
    value: str = ""
    """card: the code; link: the address as six colon-separated bytes."""
    key: str = ""
    """eid, irk: 16 bytes in base64, most significant byte first."""
    k: int = 10
    """eid: rotation exponent; the identifier changes every 2**k seconds."""


class Face(msgspec.Struct, frozen=True, kw_only=True):
    """What the pictures of a customer became, by one engine."""

    model: str
    """Id of the engine; vectors of other engines are never compared with it."""
    vector: bytes = b""
    """float32, little-endian, of unit length; empty where it is sealed."""
    quality: float = 0.0
    """0 to 1."""
    sealed: bytes = b""
    """The vector under a key that the customer holds, and brings along for each check."""
    enrolled_at: int = 0
    """Instant (ns) of its enrolment in this store; 0 where the platform sent it."""


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's standing for one purpose, in the terms of ISO/IEC TS 27560 and the DPV."""

    record: str = ""
    purpose: str
    state: str
    """A DPV consent state; only ConsentGiven and RenewedConsentGiven allow anything."""
    event_time: str
    """When the state was reached, RFC 3339."""
    valid_until: str = ""
    """End of validity, RFC 3339; without it the consent is not valid."""
    notice: str = ""
    jurisdiction: str = ""
    method: str = ""
    controller: str = ""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What the platform says about a customer; fields not named here are dropped on arrival."""

    display_name: str = ""
    language: str = ""
    segments: tuple[str, ...] = ()
    attributes: dict[str, str] = {}


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """One version of what the edge may hold about a customer."""

    customer: CustomerId
    version: int
    role: Role = Role.CUSTOMER
    profile: Profile = Profile()
    tokens: tuple[Token, ...] = ()
    faces: tuple[Face, ...] = ()
    adult_attested: bool = False
    consents: tuple[Consent, ...] = ()
    trusted: bool = False
    """True where the platform's signature over the consents was verified on arrival."""
    signer: str = ""
    """Name of the platform's key that vouched; once that key is dropped, nothing here counts."""
    confirmed_at: int = 0
    """Instant (ns) at which the platform last confirmed this; leases run from here."""
