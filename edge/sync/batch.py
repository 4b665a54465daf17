"""This is where events are packed into MQTT messages, and unpacked.

CloudEvents' MQTT binding has no batch mode; ours is the JSON batch format as payload, with the
facts about the batch as user properties, so that a broker's log or a router need not open it.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from edge.errors import WireError
from edge.store.rows import LedgerRow
from edge.sync.cloudevents import (
    EventSource,
    ReceivedEvent,
    decode_events,
    encode_event,
)

CONTENT_TYPE: Final = "application/cloudevents-batch+json"
ENCODING: Final = "content-encoding"
DEFLATE: Final = "zlib"
SCHEMA_VERSION: Final = "1"
"""Version of the envelope and the user properties; each event names its own schema."""

HISTORICAL_AFTER_MS: Final = 5 * 60 * 1000
"""An event recorded longer ago than this is history: no screen should react to it."""
COMPRESS_FROM_BYTES: Final = 512
"""A payload below this gains nothing from zlib (one event: 337 B; batches: 72 B an event)."""
INFLATED_LIMIT_BYTES: Final = 4 * 1024 * 1024
"""No batch inflates to more than this; beyond it a message is an attack or a fault."""

Properties = Mapping[str, str]
"""User properties of a message; a name that came twice counts once."""


class BatchLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How big a batch may be."""

    events: int = 500
    payload_bytes: int = 128 * 1024
    """Limit of the JSON before compression, so that it bounds the receiver's memory as well.
    One event that is larger alone travels alone."""
    compress: bool = True


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Events in the order of the ledger, as one message."""

    epoch: str
    first: int
    last: int
    events: int
    historical: bool
    compressed: bool
    payload: bytes

    def properties(self, *, acknowledged: int) -> dict[str, str]:
        """Give the user properties.

        `acknowledged` is the sequence up to which the platform confirmed before: a platform that
        lost its database learns from it that earlier events will not come again.
        """
        properties = {
            "epoch": self.epoch,
            "first": str(self.first),
            "last": str(self.last),
            "schema": SCHEMA_VERSION,
            "historical": "true" if self.historical else "false",
            "acknowledged": str(acknowledged),
        }
        if self.compressed:
            properties[ENCODING] = DEFLATE
        return properties


def pack(
    rows: Iterable[LedgerRow],
    source: EventSource,
    *,
    now_ms: int,
    limits: BatchLimits,
) -> tuple[Batch, ...]:
    """Pack rows into as few messages as the limits allow; history and news do not share one."""
    batches: list[Batch] = []
    pending: list[tuple[int, bytes]] = []
    size = 2
    history = False
    for row in rows:
        raw = encode_event(row, source=source)
        is_history = row.recorded_ms < now_ms - HISTORICAL_AFTER_MS
        is_full = len(pending) >= limits.events or size + len(raw) + 1 > limits.payload_bytes
        if pending and (is_full or is_history != history):
            batches.append(_seal(pending, source, historical=history, compress=limits.compress))
            pending, size = [], 2
        pending.append((row.sequence, raw))
        size += len(raw) + 1
        history = is_history
    if pending:
        batches.append(_seal(pending, source, historical=history, compress=limits.compress))
    return tuple(batches)


def _seal(
    events: Sequence[tuple[int, bytes]], source: EventSource, *, historical: bool, compress: bool
) -> Batch:
    plain = b"[" + b",".join(raw for _, raw in events) + b"]"
    is_worth_it = compress and len(plain) >= COMPRESS_FROM_BYTES
    return Batch(
        epoch=source.epoch,
        first=events[0][0],
        last=events[-1][0],
        events=len(events),
        historical=historical,
        compressed=is_worth_it,
        payload=zlib.compress(plain) if is_worth_it else plain,
    )


def unpack(payload: bytes, properties: Properties) -> list[ReceivedEvent]:
    """Read a batch on the platform's side.

    Raises: WireError where the payload, its encoding or an envelope is not as the contract says.
    """
    encoding = properties.get(ENCODING, "")
    if encoding == DEFLATE:
        payload = _inflate(payload)
    elif encoding:
        raise _unreadable(f"content-encoding {encoding!r} is not known")
    events = decode_events(payload)
    if len({event.epoch for event in events}) > 1:
        raise _unreadable("events of two epochs in one batch")
    return events


def _inflate(payload: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        plain = inflater.decompress(payload, INFLATED_LIMIT_BYTES)
    except zlib.error as error:
        raise _unreadable(str(error)) from error
    if not inflater.eof:
        raise _unreadable("the zlib stream is cut off or inflates beyond 4 MiB")
    return plain


def _unreadable(why: str) -> WireError:
    return WireError(
        "cannot read a batch of events", where="events", why=why, remedy="mend the sender"
    )
