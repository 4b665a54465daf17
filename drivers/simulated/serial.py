"""This is where the lines of serial devices are laid out: what they say, and that they live."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from drivers.simulated.jsonl import stamped

ALIVE_EVERY_S: Final = 60.0
"""Without a sign of life nobody could tell a dead device from a quiet hour."""


class SpokenLine(NamedTuple):
    """One line of a serial device."""

    at: float
    """Seconds since the day began."""
    line: str


def alive(word: str, *, length_s: float) -> list[SpokenLine]:
    """Give a device's signs of life over the day."""
    beats = int(length_s // ALIVE_EVERY_S)
    return [SpokenLine(2.0 + number * ALIVE_EVERY_S, word) for number in range(beats)]


def serial_lines(lines: Iterable[SpokenLine], *, epoch_s: int) -> list[dict[str, Any]]:
    """Give the lines as objects of a recording, in the order of time."""
    return [stamped(epoch_s, spoken.at, line=spoken.line) for spoken in sorted(lines)]
