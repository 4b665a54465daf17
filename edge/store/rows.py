"""This is where an event becomes a row of the ledger, and a row an event again.

An event's fields are kept as a msgpack array in the order of its class, so a field that was added
later, at the end and with a default, is simply missing from an old row. The visit has a column of
its own; within the array an empty string says "the visit of the column".
"""

from typing import Any, Final

import msgspec

from edge.errors import StoreError
from edge.model.event import EVENT_TYPES, Event, EventData, VisitIdentified
from edge.model.names import CustomerId, VisitId

MILLISECOND: Final = 1_000_000
"""Nanoseconds in a millisecond, the resolution of times on disk."""

COLUMNS: Final = "event.sequence, type, at_ms, recorded_ms, synced, visit, data"
"""The columns that `from_row` takes, in order."""

WITHDRAWN: Final = "withdrawn"
"""The grade of an identification that was taken out before it was sent; it names nobody."""

_SAME_VISIT: Final = ""
_NOBODY: Final = b""
"""Stands for `nobody` of the visit of the column: as much as most identifications may say."""
_VISIT_START: Final = "v-"


class LedgerRow(msgspec.Struct, frozen=True, kw_only=True):
    """An event as the ledger numbered it."""

    sequence: int
    """From 1, without a gap, within an epoch."""
    at_ms: int
    """When it happened, milliseconds since 1970-01-01T00:00:00Z."""
    recorded_ms: int
    """When it was known."""
    synced: bool = True
    """False where the clock was not synchronised then and nothing has corrected it since."""
    data: EventData
    visit: VisitId | None = None
    """The visit it is about."""
    is_locked: bool = False
    """True where it says more of a person, and that person's key is not there."""


class _Shape:
    """How one type of event lies in the `data` column."""

    def __init__(self, kind: type[EventData]) -> None:
        fields = msgspec.structs.fields(kind)
        names = [field.name for field in fields]
        # A twin of the class that msgspec reads from an array, filling in what an old row lacks.
        twin = msgspec.defstruct(
            f"{kind.__name__}Fields", [_twin_field(f) for f in fields], array_like=True
        )
        self.kind = kind
        self.names = tuple(names)
        self.visit_place = names.index("visit") if "visit" in names else None
        self.decoder = msgspec.msgpack.Decoder(twin)


def _twin_field(field: msgspec.structs.FieldInfo) -> tuple[str, Any, Any]:
    """Describe a field for the twin; one that must be given is marked by having no default."""
    if field.default_factory is not msgspec.NODEFAULT:
        default = msgspec.field(default_factory=field.default_factory)
    elif field.default is not msgspec.NODEFAULT:
        default = msgspec.field(default=field.default)
    else:
        default = msgspec.field()
    return (field.name, field.type, default)


_SHAPES: Final = tuple(_Shape(kind) for kind in EVENT_TYPES)
_CODES: Final = {kind: code for code, kind in enumerate(EVENT_TYPES)}
_ENCODER: Final = msgspec.msgpack.Encoder()


def code_of(kind: type[EventData]) -> int:
    """Give the number that stands for a type of event on disk: its place in EVENT_TYPES."""
    return _CODES[kind]


def to_row(event: Event) -> tuple[int, int, int, bytes | None, bytes]:
    """Give a row's type, at_ms, recorded_ms, visit and data.

    Raises: StoreError for a visit id that is not `v-` and 16 hexadecimal digits.
    """
    visit = None if event.visit is None else visit_bytes(event.visit)
    at_ms, recorded_ms = event.at // MILLISECOND, event.recorded // MILLISECOND
    data = data_bytes(event.data, event.visit)
    return _CODES[type(event.data)], at_ms, recorded_ms, visit, data


def nobody(visit: VisitId) -> VisitIdentified:
    """Give what is left of an identification when its customer is taken out."""
    return VisitIdentified(
        visit=visit,
        customer=CustomerId(""),
        confidence=0.0,
        grade=WITHDRAWN,
        evidence=(),
        purposes=(),
    )


def data_bytes(data: EventData, visit: VisitId | None) -> bytes:
    """Give the array of an event's fields; `visit` is what the row's own column says."""
    if isinstance(data, VisitIdentified) and visit is not None and data == nobody(visit):
        return _NOBODY
    values: tuple[Any, ...] = msgspec.structs.astuple(data)
    place = _SHAPES[_CODES[type(data)]].visit_place
    if place is not None and visit is not None and values[place] == visit:
        values = (*values[:place], _SAME_VISIT, *values[place + 1 :])
    return _ENCODER.encode(values)


def from_row(row: tuple[Any, ...]) -> LedgerRow:
    """Give the event that lies in COLUMNS of a row.

    Raises: StoreError where the row cannot be read.
    """
    sequence, code, at_ms, recorded_ms, synced, visit_column, data = row
    visit = None if visit_column is None else visit_name(visit_column)
    return LedgerRow(
        sequence=sequence,
        at_ms=at_ms,
        recorded_ms=recorded_ms,
        synced=bool(synced),
        data=_decode(code, data, visit=visit, sequence=sequence),
        visit=visit,
    )


def visit_bytes(visit: VisitId) -> bytes:
    """Give the 8 bytes of a visit's id.

    Raises: StoreError for an id that is not `v-` and 16 hexadecimal digits.
    """
    digits = visit.removeprefix(_VISIT_START)
    try:
        raw = bytes.fromhex(digits)
    except ValueError:
        raw = b""
    if len(raw) != 8 or visit_name(raw) != visit:  # noqa: PLR2004 - 16 hexadecimal digits
        raise StoreError(
            "could not keep an event", where=visit, why="a visit id is v- and 16 hexadecimal digits"
        )
    return raw


def visit_name(raw: bytes) -> VisitId:
    """Give the visit id of its 8 bytes."""
    return VisitId(_VISIT_START + raw.hex())


def _decode(code: int, data: bytes, *, visit: VisitId | None, sequence: int) -> EventData:
    """Read the array of an event's fields."""
    if not 0 <= code < len(_SHAPES):
        raise StoreError(
            "could not read an event",
            where=f"sequence {sequence}",
            why=f"type {code} is not known to this version",
            remedy="install the version that wrote it, or a newer one",
        )
    shape = _SHAPES[code]
    if data == _NOBODY and visit is not None and shape.kind is VisitIdentified:
        return nobody(visit)
    try:
        fields = dict(
            zip(shape.names, msgspec.structs.astuple(shape.decoder.decode(data)), strict=True)
        )
    except msgspec.DecodeError as why:  # ValidationError is one of these
        raise StoreError(
            "could not read an event", where=f"sequence {sequence}", why=str(why)
        ) from why
    if fields.get("visit") == _SAME_VISIT:
        fields["visit"] = visit
    return shape.kind(**fields)
