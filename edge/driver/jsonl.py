"""This is where a recorded file of JSON lines is read: one object a line, `t` in UTC epoch seconds.

Plain or gzip; a byte order mark, CRLF and blank lines do no harm.
"""

from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import Any, Final

import msgspec

from edge.driver.capture_stream import Stream
from edge.errors import RecordingError
from edge.model.names import SECOND

TimedObject = tuple[int, dict[str, Any]]
"""Moment (ns since 1970) and the whole object of one line."""

LONGEST_LINE: Final = 65_536
"""Bytes; a receipt with 500 articles takes 20 kB. A longer line is no record of ours."""

HEAD_SIZE: Final = 512
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
MICROSECOND: Final = 1_000

NOT_JSON: Final = "not JSON"
NOT_AN_OBJECT: Final = "not an object"
NO_TIME: Final = "no time"
OVERLONG: Final = "line overlong"

_decode = msgspec.json.Decoder().decode


def json_lines(path: Path) -> Iterator[TimedObject | str]:
    """Give the records of a file in its order; a text in place of a record says why there is none.

    Raises: RecordingError when the file cannot be opened or does not hold text.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise _fault(path, error.strerror or type(error).__name__) from error
    with file:
        stream = Stream(file)
        if b"\0" in stream.peek(HEAD_SIZE):
            raise _fault(path, "it holds NUL bytes, as no text does")
        for line in _lines(stream):
            entry = line if isinstance(line, str) else read_line(line)
            if entry is not None:
                yield entry
        if stream.damage:
            yield stream.damage


def read_line(line: bytes) -> TimedObject | str | None:
    """Read one line: the record, the reason why it is none, or None for a blank line."""
    text = line.removeprefix(BYTE_ORDER_MARK).strip()
    if not text:
        return None
    try:
        fields = _decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return NOT_JSON
    if not isinstance(fields, dict):
        return NOT_AN_OBJECT
    at = _instant(fields.get("t"))
    return NO_TIME if at is None else (at, fields)


def _instant(seconds: object) -> int | None:
    """Give the moment to the microsecond, which is what a double keeps of a time of our days."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    if isinstance(seconds, int):
        return seconds * SECOND
    return round(seconds * 1_000_000) * MICROSECOND if isfinite(seconds * 1_000_000) else None


def _lines(stream: Stream) -> Iterator[bytes | str]:
    """Cut a stream at its line ends; an overlong line is dropped and never held."""
    rest, is_dropping = b"", False
    while piece := stream.more(b""):
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            if not is_dropping:
                yield line if len(line) <= LONGEST_LINE else OVERLONG
            is_dropping = False
        if len(rest) > LONGEST_LINE:
            if not is_dropping:
                yield OVERLONG
            rest, is_dropping = b"", True
    if rest and not is_dropping:
        yield rest


def _fault(path: Path, why: str) -> RecordingError:
    return RecordingError(
        "cannot read the recorded lines",
        where=str(path),
        why=why,
        remedy="name a readable file with one JSON object a line, plain or gzip",
    )
