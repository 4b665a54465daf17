"""This is where it is said what can happen to the uplink, and what it can ask for."""

from enum import Enum

import msgspec

from edge.sync.batch import Batch


class Connected(msgspec.Struct, frozen=True, kw_only=True):
    """The broker took us in and our subscriptions stand."""

    window: int
    """Messages the broker takes before it has acknowledged one."""


class Lost(msgspec.Struct, frozen=True):
    """The connection is gone; what was in flight may or may not have arrived."""


class Answer(Enum):
    """What a message about customers says of the platform's answer to our question."""

    END = "end"
    """It ends the answer to the question that we asked in this connection."""
    MAYBE = "maybe"
    """It ends an answer; whether to this question, the platform does not say."""
    PART = "part"
    """More may follow."""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What a message of the platform says about customers was applied."""

    answer: Answer


class Rewritten(msgspec.Struct, frozen=True):
    """A name was taken out of events that wait: what was read of them before must not leave."""


class Stored(msgspec.Struct, frozen=True):
    """There may be something new in the outbox."""


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """The outbox was read."""

    after: int
    batches: tuple[Batch, ...]


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """The broker answered a message with a PUBACK."""

    serial: int
    taken: bool


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True):
    """The platform stored everything up to `through` durably."""

    epoch: str
    through: int


class Ticked(msgspec.Struct, frozen=True):
    """Time went by."""


Happening = Connected | Lost | Heard | Rewritten | Stored | Loaded | Settled | Acknowledged | Ticked


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """Read the outbox after this sequence and come back with Loaded."""

    after: int
    anonymous: bool = False
    """Read no further than to the first event that speaks of a person."""


class Publish(msgspec.Struct, frozen=True, kw_only=True):
    """Publish a batch; come back with Settled."""

    serial: int
    batch: Batch
    acknowledged: int


class Confirm(msgspec.Struct, frozen=True, kw_only=True):
    """Take everything up to `through` out of the outbox: it is delivered."""

    through: int


class Ask(msgspec.Struct, frozen=True):
    """Ask the platform again what it has to say about customers."""

    is_anew: bool = False
    """It was away and is back, so that the question is a new one; else the last got no answer."""


class Reconnect(msgspec.Struct, frozen=True):
    """Drop the connection: it claims to stand, but nothing moves."""


Action = Load | Publish | Confirm | Ask | Reconnect
