"""This is where a platform's messages about customers are read from a file, a message a line.

Only their places are held, so that the file may be larger than the memory; a message that is larger
than may travel is sent in parts, each with a cursor of its own.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from edge.errors import ConfigError
from edge.sync.batch import BatchLimits

ROOM_BYTES: Final = 1_024
"""Of a message's limit, for what stands around the deltas."""
PART_BYTES: Final = BatchLimits().payload_bytes - ROOM_BYTES
"""Of deltas in a message; one that is larger alone travels alone."""


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    cursor: str
    deltas: list[msgspec.Raw]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One message, and where it stands in the file."""

    cursor: str
    after: str
    """The cursor that it follows on."""
    offset: int
    """Of its line, in bytes."""
    first: int
    """Its first delta in that line."""
    end: int
    """Behind its last one."""


class CustomersFile(msgspec.Struct, frozen=True, kw_only=True):
    """The messages in the order of their cursors."""

    path: Path
    parts: tuple[Part, ...] = ()

    @property
    def last(self) -> str:
        """The cursor of the newest message; empty where there is none."""
        return self.parts[-1].cursor if self.parts else ""

    def after(self, cursor: str) -> Iterator[bytes]:
        """Give the messages behind a cursor, and an empty one that says that this was all.

        Raises: ConfigError where the file cannot be read any more.
        """
        wanted = self.parts[bisect_right(self.parts, cursor, key=lambda part: part.cursor) :]
        if wanted:
            try:
                with self.path.open("rb") as file:
                    yield from _messages(file, wanted)
            except (OSError, msgspec.MsgspecError) as error:
                raise _fault(self.path, 0, "it was changed meanwhile") from error
        end = {"cursor": max(self.last, cursor), "after": self.last, "deltas": []}
        yield msgspec.json.encode(end)


NO_CUSTOMERS: Final = CustomersFile(path=Path())


def read_customers(path: Path) -> CustomersFile:
    """Read a file of the form of a recording's seed.

    Raises: ConfigError naming the line that is not a message, or stands in the wrong order.
    """
    parts: list[Part] = []
    offset, last = 0, ""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    read = _read(line, path, number)
                    if read.cursor <= last:
                        why = f"cursor {read.cursor!r} does not come after {last!r}"
                        raise _fault(path, number, why)
                    parts += _parts(read, after=last, offset=offset)
                    last = read.cursor
                offset += len(line)
    except OSError as error:
        raise _fault(path, 0, error.strerror or "") from error
    return CustomersFile(path=path, parts=tuple(parts))


def _read(line: bytes, path: Path, number: int) -> _Line:
    try:
        read = msgspec.json.decode(line, type=_Line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _fault(path, number, "it is not a message about customers") from error
    if not all(bytes(delta).startswith(b"{") for delta in read.deltas):
        raise _fault(path, number, "a delta is not an object")
    return read


def _parts(line: _Line, *, after: str, offset: int) -> Iterator[Part]:
    """Cut a line where a message would be too large."""
    starts, size = [0], 0
    for number, delta in enumerate(line.deltas):
        size += len(bytes(delta)) + 1
        if size > PART_BYTES and number > starts[-1]:
            starts.append(number)
            size = len(bytes(delta)) + 1
    ends = [*starts[1:], len(line.deltas)]
    # Cursors are compared as text: these lie between the line before and this one, because a blank
    # comes before every character that a cursor is written with.
    between = [f"{after} {number:06}" for number in range(1, len(starts))]
    cursors = [*between, line.cursor]
    for cursor, before, first, end in zip(cursors, [after, *between], starts, ends, strict=True):
        yield Part(cursor=cursor, after=before, offset=offset, first=first, end=end)


def _messages(file: BinaryIO, parts: Sequence[Part]) -> Iterator[bytes]:
    offset, line = -1, _Line(cursor="", deltas=[])
    for part in parts:
        if part.offset != offset:
            offset = part.offset
            file.seek(offset)
            line = msgspec.json.decode(file.readline(), type=_Line)
        deltas = line.deltas[part.first : part.end]
        yield msgspec.json.encode({"cursor": part.cursor, "after": part.after, "deltas": deltas})


def _fault(path: Path, number: int, why: str) -> ConfigError:
    return ConfigError(
        "cannot read the messages about customers",
        where=f"{path}:{number}",
        why=why,
        remedy='write {"cursor": …, "deltas": […]}, one a line, cursors rising',
    )
