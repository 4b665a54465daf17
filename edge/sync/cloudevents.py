"""This is where a row of the ledger becomes a CloudEvent, and back.

CloudEvents 1.0.2, JSON event format, with the attributes of the contract with the platform.
"""

from typing import Annotated, Any, Final, Generic, Literal, TypeVar

import msgspec

from edge.errors import WireError
from edge.model.event import EVENT_TYPES, EventData, Sensitivity
from edge.model.moment import rfc3339
from edge.model.names import Instant
from edge.store.rows import MILLISECOND, LedgerRow

SCHEMA_PREFIX: Final = "urn:store-edge:schema:"
"""`dataschema` is this and the event's type; docs/reference/schemas/ holds each."""

_RFC3339 = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z$"
Timestamp = Annotated[str, msgspec.Meta(pattern=_RFC3339, examples=["2026-03-14T09:00:00.123Z"])]
"""RFC 3339 in UTC; the edge writes milliseconds."""

Content = TypeVar("Content")


class Envelope(msgspec.Struct, Generic[Content], frozen=True, kw_only=True, omit_defaults=True):
    """One CloudEvent as it travels."""

    specversion: Literal["1.0"]
    id: Annotated[str, msgspec.Meta(pattern=r"^[^/]{1,64}/[0-9]{20}$")]
    """`{epoch}/{sequence}`: the platform knows an event again by it."""
    source: Annotated[str, msgspec.Meta(pattern=r"^/stores/[^/]+/nodes/[^/]+$")]
    type: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    time: Timestamp
    """When it happened."""
    recordedtime: Timestamp
    """When it was known."""
    sequence: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{20}$")]
    """Contiguous within an epoch: a gap is a loss."""
    subject: str | None = None
    """The visit it is about."""
    dataschema: str
    dataclassification: Sensitivity
    clocksynced: bool
    """False where the appliance's clock was not set by a time server."""
    data: Content


class CloudEvent(Envelope[msgspec.Raw], frozen=True, kw_only=True, omit_defaults=True):
    """One CloudEvent as it came, its data not read yet."""


class EventSource(msgspec.Struct, frozen=True, kw_only=True):
    """Whose ledger the events come from."""

    store: str
    node: str
    epoch: str


class ReceivedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A CloudEvent as the platform's side takes it in."""

    envelope: CloudEvent
    epoch: str
    sequence: int
    fault: str = ""
    """Why the data is not as its type's schema says; empty where it is, or the type is newer."""


_encoder = msgspec.json.Encoder()
_by_type: dict[str, msgspec.json.Decoder[Any]] = {
    kind.type: msgspec.json.Decoder(kind) for kind in EVENT_TYPES
}


def moment(at_ms: int) -> str:
    """Write milliseconds since 1970 in RFC 3339."""
    return rfc3339(Instant(at_ms * MILLISECOND))


def encode_event(row: LedgerRow, *, source: EventSource) -> bytes:
    """Write one event as a JSON object; the same row gives the same bytes."""
    data = row.data
    sequence = f"{row.sequence:020d}"
    return _encoder.encode(
        Envelope[EventData](
            specversion="1.0",
            id=f"{source.epoch}/{sequence}",
            source=f"/stores/{source.store}/nodes/{source.node}",
            type=data.type,
            time=moment(row.at_ms),
            recordedtime=moment(row.recorded_ms),
            sequence=sequence,
            subject=row.visit,
            dataschema=SCHEMA_PREFIX + data.type,
            dataclassification=data.classification(),
            clocksynced=row.synced,
            data=data,
        )
    )


_one = msgspec.json.Decoder(CloudEvent)
_many = msgspec.json.Decoder(list[CloudEvent])


def decode_event(raw: bytes) -> ReceivedEvent:
    """Read one CloudEvent.

    Raises: WireError where the envelope is not as the contract says.
    """
    try:
        return _received(_one.decode(raw))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _unreadable(str(error)) from error


def decode_events(raw: bytes) -> list[ReceivedEvent]:
    """Read a batch: a JSON array of CloudEvents.

    Raises: WireError where an envelope is not as the contract says.
    """
    try:
        return [_received(envelope) for envelope in _many.decode(raw)]
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _unreadable(str(error)) from error


def decode_data(kind: str, raw: bytes) -> EventData | None:
    """Read an event's data by its type; None where this version does not know the type.

    Raises: WireError where the data is not as the type's schema says.
    """
    decoder = _by_type.get(kind)
    if decoder is None:
        return None
    try:
        data: EventData = decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _unreadable(str(error)) from error
    return data


def _received(envelope: CloudEvent) -> ReceivedEvent:
    epoch, _, number = envelope.id.partition("/")
    if number != envelope.sequence:
        raise _unreadable("id and sequence do not name the same number")
    fault = ""
    try:
        decode_data(envelope.type, bytes(envelope.data))
    except WireError as error:
        fault = error.why
    return ReceivedEvent(envelope=envelope, epoch=epoch, sequence=int(number), fault=fault)


def _unreadable(why: str) -> WireError:
    return WireError(
        "cannot read a CloudEvent", where="events", why=why, remedy="mend the sender of the event"
    )
