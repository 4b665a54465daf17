"""This is where everything that fusion remembers is described; all of it goes into a snapshot.

Nothing here can hold a raw identifier, and probes are remembered as bitmaps and counts only.
"""

import msgspec

from edge.model.names import CustomerId, DoorName, Instant, SourceName, VisitId, ZoneName
from edge.model.observation import AnyObservation, EvidenceKind


class Visit(msgspec.Struct, kw_only=True):
    """An open visit."""

    id: VisitId
    at: Instant
    door: DoorName | None = None
    zone: ZoneName | None = None
    basis: str = "door"
    announced: bool = False
    """True once visit.started was said."""
    customer: CustomerId | None = None
    grade: str = ""
    is_told: bool = False
    """True where its end was said because its customer took their consent back: it stays, nameless
    and silent, until a count out is found for it."""


class Departure(msgspec.Struct, kw_only=True):
    """One person who was counted out and whose visit is not known yet."""

    at: Instant
    door: DoorName
    fallen: float = 1.0
    """How far the figure of people inside fell for it: less than 1 where it was near 0."""


class Level(msgspec.Struct, kw_only=True):
    """How strongly one source hears one person, smoothed."""

    dbm: float
    at: Instant
    gap_s: float


class ZoneTrack(msgspec.Struct, kw_only=True):
    """Where one person is."""

    levels: dict[SourceName, Level] = {}
    zone: str | None = None
    since: Instant = Instant(0)
    confidence: float = 0.5
    rival: str | None = None
    """A zone that sounds better than the present one, and is not believed yet."""
    rival_since: Instant = Instant(0)
    held_until: Instant = Instant(0)
    """Until then an act of the customer (a scan) fixes the zone."""
    told: Instant = Instant(0)
    """Since when the person was in the zone whose entering was said last."""
    left: Instant = Instant(0)
    """When the person left the zone whose leaving was said last."""
    trail: list[tuple[str, Instant, float, Instant]] = []
    """Zones left, of which that was not said yet: zone, since, confidence, left."""


class Heard(msgspec.Struct, kw_only=True):
    """One kind of evidence for one person."""

    first: Instant
    last: Instant
    last_source: SourceName
    until: Instant
    """End of the consent that it rests on, exclusive."""
    heard_s: float = 0.0
    """Seconds for which it was heard at all, without longer gaps."""
    solid_s: float = 0.0
    """Seconds for which it was heard as strongly as from inside."""
    inside_s: float = 0.0
    """Seconds for which it was heard best, and well, by a receiver away from the entrance."""
    has_left: bool = False
    weight: float | None = None
    """The strongest measured log-likelihood ratio; None where its kind has a fixed one."""


class Presence(msgspec.Struct, kw_only=True):
    """A consenting customer who is heard."""

    customer: CustomerId
    first: Instant
    last: Instant
    heard: dict[EvidenceKind, Heard] = {}
    purposes: tuple[str, ...] = ()
    track: ZoneTrack = msgspec.field(default_factory=ZoneTrack)
    visit: VisitId | None = None
    grade: str = ""


class Badge(msgspec.Struct, kw_only=True):
    """A member of staff."""

    first: Instant
    last: Instant
    track: ZoneTrack = msgspec.field(default_factory=ZoneTrack)
    is_matched: bool = False
    """True once the arrival was taken out of a door count, or there was none to take it from."""
    is_gone: bool = False


class Ended(msgspec.Struct, kw_only=True):
    """A customer's last visit, kept for a while in case the end was called too early."""

    visit: VisitId
    at: Instant


class Life(msgspec.Struct, kw_only=True):
    """Signs of life of one source, in bins of ten seconds."""

    first: Instant
    last: Instant
    fast: float = 0.0
    """Share of bins with a sign of life, over about a quarter of an hour."""
    slow: float = 0.0
    """The same over about two hours."""
    bin: int = 0
    longest: int = 0
    """Longest silence so far that turned out to be none of its faults, in bins."""
    bins: int = 0
    """Bins since the first sign of life."""
    is_deaf: bool = False
    down_s: dict[int, float] = {}
    """Seconds without life, by interval of a minute, for the intervals not reported yet."""
    missed_to: Instant = Instant(0)
    """Moment up to which the time that a deaf source misses was counted."""


class DoorTally(msgspec.Struct, kw_only=True):
    """What one door counted in one interval."""

    entered: int = 0
    left: int = 0


class Inside(msgspec.Struct, kw_only=True):
    """How many people are inside, and how far that can be wrong."""

    people: float = 0.0
    variance: float = 0.25
    since: Instant = Instant(0)
    area: float = 0.0
    """Person-seconds of the running interval."""
    flow: float = 0.0
    """Crossings a second, smoothed."""


class Calibration(msgspec.Struct, kw_only=True):
    """What the door counters taught about probes: count = offset + slope x people."""

    offset: float = 0.0
    slope: float = 2.0
    p00: float = 400.0
    p01: float = 0.0
    p11: float = 4.0
    noise: float = 100.0
    """Variance of the count around the line."""
    windows: int = 0
    mean: float = 0.0
    error: float = 0.0
    constant_error: float = 0.0


class State(msgspec.Struct, kw_only=True):
    """All that fusion remembers between two observations."""

    epoch: str
    now: Instant = Instant(0)
    """Event time that everything up to was taken into account."""
    newest: Instant = Instant(0)
    next_tick: Instant = Instant(0)
    ordinal: int = 0
    """Visits numbered so far."""
    arrival: int = 0
    """Observations put in order so far: breaks ties in time by arrival."""
    waiting: list[tuple[Instant, int, AnyObservation]] = []
    """Observations that wait for later ones to overtake them, as a heap."""
    late: int = 0
    visits: dict[VisitId, Visit] = {}
    departures: list[Departure] = []
    presences: dict[CustomerId, Presence] = {}
    ended: dict[CustomerId, Ended] = {}
    badges: dict[int, Badge] = {}
    lives: dict[SourceName, Life] = {}
    told: dict[SourceName, str] = {}
    """The health that was said last of each source: the supervisor and the silence itself may both
    notice a change, and it is said once."""
    tallies: dict[DoorName, dict[int, DoorTally]] = {}
    footfall_from: Instant = Instant(0)
    """Start of the running footfall interval."""
    interval_from: Instant = Instant(0)
    """Start of the running occupancy interval."""
    is_over: bool = False
    """True once the day was closed: no interval is reported any more."""
    bitmaps: dict[int, bytearray] = {}
    inside: Inside = msgspec.field(default_factory=Inside)
    interval: int = 0
    """Number of the running occupancy interval."""
    calibration: Calibration = msgspec.field(default_factory=Calibration)
    identified: int = 0
    announced: int = 0
    stays: list[float] = []
    """Lengths in seconds of the newest stays that were heard from the first to the last."""
    arrivals: list[Instant] = []
    """When people were counted in who may still be inside, sorted."""
    entry_offsets: list[float] = []
    """Seconds from the count in to the first advert, of the newest people known to have come in."""
    exit_offsets: list[float] = []
    """Seconds from the count out to the last advert, of those who went out."""
    blind_until: Instant = Instant(0)
    """Until then people may be inside who passed a door uncounted."""
    receipts: dict[str, Instant] = {}
    """Receipts of the last hours, by source and reference: tills and printers repeat themselves."""
    credit: float = 0.0
    """Part of a visit that the counts out so far are owed; see edge.fusion.leaving."""
