"""This is where the events that leave the store are described, one class for each type.

The order of a class's fields is the order on disk: a new field goes to the end, with a default.
"""

from enum import StrEnum
from typing import ClassVar

import msgspec

from edge.model.names import CustomerId, DoorName, Instant, SourceName, VisitId, ZoneName


class Sensitivity(StrEnum):
    """How an event's content relates to a person (`dataclassification`)."""

    ANONYMOUS = "anonymous"
    PSEUDONYMOUS = "pseudonymous"
    PERSONAL = "personal"


class EventData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an event says."""

    type: ClassVar[str]
    sensitivity: ClassVar[Sensitivity]
    """The most that an event of this type can say of a person."""

    def classification(self) -> Sensitivity:
        """Say what this event says of a person."""
        return self.sensitivity


class VisitStarted(EventData, frozen=True, kw_only=True):
    """A person's stay began."""

    type = "visit.started.v1"
    sensitivity = Sensitivity.PSEUDONYMOUS
    visit: VisitId
    door: DoorName | None = None
    zone: ZoneName | None = None
    people: int = msgspec.field(default_factory=lambda: 1)
    basis: str = msgspec.field(default_factory=lambda: "door")
    """door, token, link or device."""


class EvidenceWeight(msgspec.Struct, frozen=True, kw_only=True):
    """How much one kind of evidence counted."""

    kind: str
    weight: float
    """Clipped natural-log likelihood ratio."""


class VisitIdentified(EventData, frozen=True, kw_only=True):
    """A consenting customer was recognised in a visit."""

    type = "visit.identified.v1"
    sensitivity = Sensitivity.PERSONAL
    visit: VisitId
    customer: CustomerId
    confidence: float
    """Probability, 0..1."""
    grade: str
    """confirmed (>= 0.95) or probable (>= 0.5)."""
    evidence: tuple[EvidenceWeight, ...]
    purposes: tuple[str, ...]


class ZoneEntered(EventData, frozen=True, kw_only=True):
    """A visit came to a zone; `unknown` where the sensor that would know is down."""

    type = "visit.zone-entered.v1"
    sensitivity = Sensitivity.PSEUDONYMOUS
    visit: VisitId
    zone: str
    confidence: float
    reason: str | None = None
    """Why the zone is unknown."""


class ZoneLeft(EventData, frozen=True, kw_only=True):
    """A visit left a zone."""

    type = "visit.zone-left.v1"
    sensitivity = Sensitivity.PSEUDONYMOUS
    visit: VisitId
    zone: str
    dwell_s: float
    confidence: float
    reason: str | None = None


class VisitEnded(EventData, frozen=True, kw_only=True):
    """A person's stay ended."""

    type = "visit.ended.v1"
    sensitivity = Sensitivity.PSEUDONYMOUS
    visit: VisitId
    duration_s: float
    how: str
    """door (counted out), silence (nothing heard for the time-out), timeout, closing, or withdrawn:
    nothing is known of the rest of the stay, because its customer took their consent back."""


class VisitCorrected(EventData, frozen=True, kw_only=True):
    """Something said before about a visit was wrong."""

    type = "visit.corrected.v1"
    sensitivity = Sensitivity.PSEUDONYMOUS
    visit: VisitId
    what: str
    """merged, split or retracted."""
    with_: VisitId | None = msgspec.field(default=None, name="with")
    reason: str = msgspec.field(default_factory=str)


class FootfallCounted(EventData, frozen=True, kw_only=True):
    """People who passed a door in an interval, staff taken out where they were recognised."""

    type = "footfall.counted.v1"
    sensitivity = Sensitivity.ANONYMOUS
    door: DoorName
    from_: str = msgspec.field(name="from")
    """RFC 3339, UTC."""
    to: str
    in_: int = msgspec.field(name="in")
    out: int
    coverage: float
    """Share of the interval in which the counter was alive, 0..1."""
    calibration: int
    """Version of the calibration that was applied; 0 is none."""


class OccupancyEstimated(EventData, frozen=True, kw_only=True):
    """How many people were in a zone in an interval, on average."""

    type = "occupancy.estimated.v1"
    sensitivity = Sensitivity.ANONYMOUS
    zone: ZoneName
    from_: str = msgspec.field(name="from")
    to: str
    people: float | None
    """None where no sensor behind the figure was alive: missing is not zero."""
    low: float | None
    """Lower end of the 90 % interval."""
    high: float | None
    coverage: float
    method: str
    """door, probes, door+probes, carried (from before the doors fell silent) or none."""
    skill: float | None
    """1 - error / error of a constant, on what could be checked so far; None before that."""


class PurchaseRecorded(EventData, frozen=True, kw_only=True):
    """A till closed a receipt."""

    type = "purchase.recorded.v1"
    sensitivity = Sensitivity.PERSONAL
    receipt: str
    total: float
    currency: str
    visit: VisitId | None = None
    customer: CustomerId | None = None
    lane: str | None = None
    items: tuple[str, ...] = ()

    def classification(self) -> Sensitivity:
        """Say what this receipt says of a person: nothing, where no card stands on it."""
        return Sensitivity.ANONYMOUS if self.customer is None else Sensitivity.PERSONAL


class SourceStateChanged(EventData, frozen=True, kw_only=True):
    """A source's health changed."""

    type = "source.changed.v1"
    sensitivity = Sensitivity.ANONYMOUS
    source: SourceName
    from_: str = msgspec.field(name="from")
    to: str
    reason: str
    remedy: str


class ConsentWithdrawn(EventData, frozen=True, kw_only=True):
    """A customer took consents back in the store; the platform's record is to follow."""

    type = "consent.withdrawn.v1"
    sensitivity = Sensitivity.PERSONAL
    customer: CustomerId
    purposes: tuple[str, ...]
    """What was taken back, sorted."""
    method: str
    """card, kiosk or desk."""


class RowsErased(msgspec.Struct, frozen=True, kw_only=True):
    """What an erasure did in one table."""

    table: str
    rows: int
    """Rows that were deleted, or that no longer name the person."""


class ErasureCompleted(EventData, frozen=True, kw_only=True):
    """Everything about a person is gone from this appliance; it says of nobody who that was."""

    type = "erasure.completed.v1"
    sensitivity = Sensitivity.ANONYMOUS
    request: str
    """The reference under which the erasure was asked for."""
    rows: tuple[RowsErased, ...]
    residue: int
    """Places in which a byte search of the database's files still found the person; 0 is clean."""
    searched: tuple[str, ...]
    """What was looked for, in words, and in which files."""
    asked: str
    """When the erasure was delivered, RFC 3339."""


EVENT_TYPES: tuple[type[EventData], ...] = (
    VisitStarted,
    VisitIdentified,
    ZoneEntered,
    ZoneLeft,
    VisitEnded,
    VisitCorrected,
    FootfallCounted,
    OccupancyEstimated,
    PurchaseRecorded,
    SourceStateChanged,
    ConsentWithdrawn,
    ErasureCompleted,
)
"""Every type; a type's place is its code on disk, so new ones go to the end."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened in the store, before the ledger numbers it."""

    at: Instant
    """When it happened."""
    recorded: Instant
    """When it was known: the line of event time that fusion had reached."""
    data: EventData
    visit: VisitId | None = None
    """The visit it is about."""
