"""This is where a platform's messages about customers are read from a file, a message a line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from edge.errors import ConfigError


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    cursor: str
    deltas: list[dict[str, Any]]


class CustomersFile(msgspec.Struct, frozen=True, kw_only=True):
    """The messages in the order of their cursors."""

    messages: tuple[tuple[str, bytes], ...]
    """Cursor and message; each names the cursor that it follows on."""
    last: str

    def after(self, cursor: str) -> Iterator[bytes]:
        """Give the messages behind a cursor, and an empty one that says that this was all."""
        for reached, message in self.messages:
            if reached > cursor:
                yield message
        end = {"cursor": max(self.last, cursor), "after": "", "deltas": []}
        yield msgspec.json.encode(end)


NO_CUSTOMERS = CustomersFile(messages=(), last="")


def read_customers(path: Path) -> CustomersFile:
    """Read a file of the form of a recording's seed.

    Raises: ConfigError naming the line that is not a message, or stands in the wrong order.
    """
    messages: list[tuple[str, bytes]] = []
    last = ""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise _fault(path, 0, error.strerror or "") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            read = msgspec.json.decode(line, type=_Line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise _fault(path, number, "it is not a message about customers") from error
        if read.cursor <= last:
            raise _fault(path, number, f"cursor {read.cursor!r} does not come after {last!r}")
        message = {"cursor": read.cursor, "after": last, "deltas": read.deltas}
        messages.append((read.cursor, msgspec.json.encode(message)))
        last = read.cursor
    return CustomersFile(messages=tuple(messages), last=last)


def _fault(path: Path, number: int, why: str) -> ConfigError:
    return ConfigError(
        "cannot read the messages about customers",
        where=f"{path}:{number}",
        why=why,
        remedy='write {"cursor": …, "deltas": […]}, one a line, cursors rising',
    )
