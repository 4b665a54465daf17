"""This is where a file of CloudEvents becomes rows again, as if the ledger had been read."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from edge.errors import RecordingError, WireError
from edge.model.event import EVENT_TYPES, EventData, FootfallCounted, OccupancyEstimated
from edge.model.names import VisitId
from edge.store.rows import LedgerRow
from edge.sync.cloudevents import ReceivedEvent, decode_event

KNOWN: Final = {kind.type: kind for kind in EVENT_TYPES}
"""The class of each event type's data."""


def milliseconds(moment: datetime) -> int:
    """Give a moment with a time zone as milliseconds since 1970."""
    return round(moment.timestamp() * 1000)


def moment_ms(text: str) -> int:
    """Give an RFC 3339 text as milliseconds since 1970.

    Raises: ValueError when it is none, or names no offset from UTC.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} names no offset from UTC")
    return milliseconds(moment)


def interval_ms(said: FootfallCounted | OccupancyEstimated) -> tuple[int, int]:
    """Give the interval of a figure, both ends in milliseconds since 1970.

    Raises: RecordingError when an end is no time.
    """
    try:
        return moment_ms(said.from_), moment_ms(said.to)
    except ValueError as error:
        raise RecordingError(
            "cannot read an event",
            where=said.type,
            why=str(error),
            remedy="write from and to as RFC 3339 times in UTC",
        ) from error


def read_event_lines(path: Path) -> Iterator[LedgerRow]:
    """Read a file of CloudEvents, one JSON object a line, in the order of the file.

    Raises: RecordingError naming the line that cannot be read.
    """
    try:
        with path.open("rb") as lines:
            yield from parse_event_lines(lines, where=str(path))
    except OSError as error:
        raise RecordingError(
            "cannot read the events",
            where=str(path),
            why=error.strerror or str(error),
            remedy="name a file that `edge replay FOLDER --out FILE` wrote",
        ) from error


def parse_event_lines(lines: Iterable[bytes], *, where: str) -> Iterator[LedgerRow]:
    """Decode CloudEvents, one JSON object a line; blank lines are passed over.

    An event of a type that this version does not know keeps its number, with a bare EventData.
    Raises: RecordingError for a line that is no event, and for events of a second epoch, whose
    numbers would look like duplicates of the first one's.
    """
    epoch: str | None = None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        place = f"{where}, line {number}"
        event = _received(line, where=place)
        if epoch is not None and event.epoch != epoch:
            raise RecordingError(
                "cannot read the events",
                where=place,
                why="events of a second epoch begin here",
                remedy="put each epoch's events into a file of its own",
            )
        epoch = event.epoch
        yield _row(event, where=place)


def _received(line: bytes, *, where: str) -> ReceivedEvent:
    try:
        event = decode_event(line)
    except WireError as error:
        raise _unreadable(where, error.why) from error
    if event.fault:
        raise _unreadable(where, event.fault)
    return event


def _row(event: ReceivedEvent, *, where: str) -> LedgerRow:
    envelope = event.envelope
    kind = KNOWN.get(envelope.type)
    try:
        at_ms, recorded_ms = moment_ms(envelope.time), moment_ms(envelope.recordedtime)
    except ValueError as error:
        raise _unreadable(where, str(error)) from error
    return LedgerRow(
        sequence=event.sequence,
        at_ms=at_ms,
        recorded_ms=recorded_ms,
        synced=envelope.clocksynced,
        data=EventData() if kind is None else msgspec.json.decode(envelope.data, type=kind),
        visit=VisitId(envelope.subject) if envelope.subject else None,
    )


def _unreadable(where: str, why: str) -> RecordingError:
    return RecordingError(
        "cannot read the events",
        where=where,
        why=why,
        remedy="write the file again with `edge replay FOLDER --out FILE`",
    )
