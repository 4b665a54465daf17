"""This is where the things a source can notice are described.

No field of any observation can hold a raw identifier: a probe is a bucket of a bitmap, a token is
the customer who handed it over, and a person who is not known has no type at all.
"""

from enum import StrEnum
from typing import Final

import msgspec

from edge.model.customer import Purpose
from edge.model.names import CustomerId, Instant, SourceName

FACE_COUNTS: Final = ("seen", "encoded", "matched", "discarded")
"""Seen: in view at all, encoded or not. Discarded: encoded, and nobody of the gallery."""


class EvidenceKind(StrEnum):
    """What a customer handed over that speaks for being present."""

    BLE = "ble"
    """The app's rotating token (Eddystone-EID) or a resolvable private address."""
    LINK = "link"
    """An association with the store's own Wi-Fi."""
    CARD = "card"
    """A card, code or till scan: an act of the customer."""
    FACE = "face"
    """A face check behind an open gate."""


PURPOSE_OF_EVIDENCE: Final = {
    EvidenceKind.BLE: Purpose.PRESENCE_BLE,
    EvidenceKind.LINK: Purpose.WIFI_RECOGNITION,
    EvidenceKind.CARD: Purpose.VISIT_HISTORY,
    EvidenceKind.FACE: Purpose.FACE_RECOGNITION,
}
"""The purpose that each kind of evidence rests on; without it nothing may be known by it."""


class Observation(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """One thing that one source noticed."""

    at: Instant
    """When it happened."""
    source: SourceName
    """Which source noticed it."""


class ProbeHeard(Observation, frozen=True, kw_only=True, tag="probe"):
    """A Wi-Fi probe request: a rate signal, never an identity."""

    bucket: int
    """Place in the window's bitmap, 0 <= bucket < 2048: a keyed, truncated, short-lived hash."""
    signal_dbm: int | None
    """Received power in dBm, None where the radio did not say."""


class CustomerHeard(Observation, frozen=True, kw_only=True, tag="customer"):
    """Something that a consenting customer handed over was noticed."""

    customer: CustomerId
    evidence: EvidenceKind
    purposes: tuple[str, ...]
    """The customer's purposes in force at that moment, sorted."""
    until: Instant
    """End of the consent that this rests on, exclusive: later it identifies nobody."""
    signal_dbm: int | None = None
    """Received power in dBm, None where there is none."""
    leaving: bool = False
    """True where it says that the customer's device left (a disassociation)."""
    weight: float | None = None
    """Measured log-likelihood ratio (natural) of this sign; None where its kind has a fixed one."""


class StaffHeard(Observation, frozen=True, kw_only=True, tag="staff"):
    """A member of staff is near: used to take staff out of counts, and for nothing else."""

    badge: int
    """Tells members of staff apart within a run; it is no pseudonym of the platform's."""
    signal_dbm: int | None = None
    leaving: bool = False


class DoorCounted(Observation, frozen=True, kw_only=True, tag="door"):
    """People passed a door counter."""

    entered: int = 0
    """People who came in, >= 0."""
    left: int = 0
    """People who went out, >= 0."""


class PurchaseMade(Observation, frozen=True, kw_only=True, tag="purchase"):
    """A till closed a receipt."""

    receipt: str
    """The till's own reference."""
    total: float
    """Amount paid, in units of the currency."""
    currency: str
    """ISO 4217 code."""
    items: tuple[str, ...] = ()
    """Article references, where the till gives them."""
    lane: str | None = None
    customer: CustomerId | None = None
    """Set where a consenting customer's card stands on the receipt."""


class SignOfLife(Observation, frozen=True, kw_only=True, tag="life"):
    """What a source took in during the last few seconds of event time, in counts."""

    heard: int
    """Frames, advertisements or lines taken in."""
    refused: dict[str, int] = {}
    """What was not used, by reason."""
    faces: dict[str, int] = {}
    """Faces in view by what became of them, in the words of FACE_COUNTS; each is one track."""


class SourceChanged(Observation, frozen=True, kw_only=True, tag="source"):
    """A source's health changed."""

    was: str
    now: str
    reason: str
    remedy: str = ""


class WithdrawalMade(Observation, frozen=True, kw_only=True, tag="withdrawal"):
    """A customer took all of their consents back with their card: it is no evidence of a visit."""

    customer: CustomerId


class ConsentChanged(Observation, frozen=True, kw_only=True, tag="consent"):
    """What a customer allows has become less, or they were erased: it takes effect at once."""

    customer: CustomerId
    purposes: tuple[str, ...]
    """The purposes in force now, sorted; empty where nothing is, and after an erasure."""


AnyObservation = (
    ProbeHeard
    | CustomerHeard
    | StaffHeard
    | DoorCounted
    | PurchaseMade
    | SignOfLife
    | SourceChanged
    | ConsentChanged
    | WithdrawalMade
)
"""Every kind of observation, as a union that msgspec can decode."""
