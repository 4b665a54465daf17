"""This is where the payloads of every topic but `events` stand as values.

The JSON Schemas and the AsyncAPI document are made from these classes.
"""

from typing import Annotated, Any, Final, Literal

import msgspec

from edge.sync.cloudevents import Timestamp

PROGRESS: Final = "progress"
"""A user property. Of a message about customers: say which cursor was reached once it is applied.
Of `customers/sync`: that is what this message says; it is no question."""

Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
"""A share, 0..1."""


class Payload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What all have in common: a field at its default is left out.

    A default that is made by a factory is said all the same: what is missing is not zero.
    """


class Status(Payload, frozen=True, kw_only=True):
    """Whether the appliance is there."""

    state: Literal["online", "stopping", "lost"]
    session: str
    """Random, new with each start of the service."""
    at: Timestamp
    """When it was written; of `lost`, when the connection was begun."""
    version: str


class Info(Payload, frozen=True, kw_only=True):
    """What the appliance is and can do."""

    version: str
    policy: str = ""
    """Name of the jurisdiction profile in force."""
    capabilities: tuple[str, ...] = ()
    settings_version: int = msgspec.field(default_factory=int)
    """Of the wanted settings in force; 0 where the platform wants none."""
    settings_schema: dict[str, Any] = {}
    """JSON Schema of the settings."""
    drivers: tuple[str, ...] = ()
    notice: str = msgspec.field(default_factory=str)
    """Version of the notice to customers; empty where there is none."""


class PartHealth(Payload, frozen=True, kw_only=True):
    """How one source or one part of the core is."""

    name: str
    state: str
    since: Timestamp
    rate: float = 0.0
    """What it takes in, per minute."""
    drops: int = msgspec.field(default_factory=int)
    coverage: Share | None = msgspec.field(default_factory=lambda: None)
    reason: str = ""
    remedy: str = ""
    faces: dict[str, int] = {}
    """Of a camera, faces in view since the start by what became of them: seen, encoded, matched,
    discarded. With its gate closed nothing is encoded."""


class Health(Payload, frozen=True, kw_only=True):
    """How the appliance is."""

    at: Timestamp
    parts: tuple[PartHealth, ...] = ()
    outbox_depth: int = msgspec.field(default_factory=int)
    """Events that the platform has not acknowledged."""
    outbox_oldest: Timestamp | None = msgspec.field(default_factory=lambda: None)
    space_days: float | None = msgspec.field(default_factory=lambda: None)
    """Days until the disk is full if the store goes on like this."""
    clock_synced: bool = msgspec.field(default_factory=lambda: True)
    certificate_days: float | None = msgspec.field(default_factory=lambda: None)
    """Days until the appliance's certificate ends."""


class ZoneOccupancy(Payload, frozen=True, kw_only=True):
    """People in a zone right now."""

    zone: str
    people: float | None = msgspec.field(default_factory=lambda: None)
    """None where no sensor behind the figure is alive: missing is not zero."""
    low: float | None = msgspec.field(default_factory=lambda: None)
    high: float | None = msgspec.field(default_factory=lambda: None)
    coverage: Share


class Occupancy(Payload, frozen=True, kw_only=True):
    """Live figures, for screens and dashboards."""

    at: Timestamp
    zones: tuple[ZoneOccupancy, ...]


class Activation(Payload, frozen=True, kw_only=True):
    """An offer for one touchpoint, local to the store."""

    activation: str
    touchpoint: str
    offer: str
    rule: str
    visit: str
    valid_until: Timestamp
    text: str = ""
    language: str = ""


class Ack(Payload, frozen=True, kw_only=True):
    """The platform stored every event up to `through` of that epoch durably."""

    epoch: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    through: Annotated[int, msgspec.Meta(ge=0)]


class CustomersHead(Payload, frozen=True, kw_only=True):
    """A message about customers, as far as the exchange itself has to know it.

    An answer to `customers/sync` ends with a message without deltas.
    """

    cursor: str = ""
    """Where this message leads."""
    after: str | None = None
    """The cursor that it follows on; another one than ours shows a gap."""
    deltas: tuple[dict[str, Any], ...] = ()
    """Profile upserts, consents and erasures, each with a version."""


class CustomersSync(Payload, frozen=True, kw_only=True):
    """Asks for everything after the cursor; an empty one asks for all."""

    cursor: str = msgspec.field(default_factory=str)


class Playbook(Payload, frozen=True, kw_only=True):
    """Offers and rules for activation; only a higher version replaces what is there."""

    version: Annotated[int, msgspec.Meta(ge=1)]
    offers: tuple[dict[str, Any], ...] = ()
    rules: tuple[dict[str, Any], ...] = ()


class Desired(Payload, frozen=True, kw_only=True):
    """Wanted settings: applied or refused as a whole."""

    version: Annotated[int, msgspec.Meta(ge=1)]
    settings: dict[str, Any]
    confirm_within_s: Annotated[float, msgspec.Meta(gt=0)] = 120.0
    """Reverted if the link does not come back within this time."""


class Reported(Payload, frozen=True, kw_only=True):
    """The settings in force, or why the wanted ones were refused."""

    version: int
    faults: tuple[str, ...] = ()


class Request(Payload, frozen=True, kw_only=True):
    """A command; its name is in the topic."""

    transaction: Annotated[str, msgspec.Meta(max_length=128)] = ""
    """Names the request; the same name again gets the same answer, without a second effect."""
    data: dict[str, Any] = {}


class ResponseError(Payload, frozen=True, kw_only=True):
    """Why a command was not carried out."""

    code: str
    message: str
    remedy: str = ""


class Response(Payload, frozen=True, kw_only=True):
    """The answer to a command."""

    status: Literal["ok", "refused", "failed"]
    transaction: str = ""
    data: Any = None
    error: ResponseError | None = None
