"""This is where it is known which frames one radio heard a moment ago."""

from typing import Final

from edge.model.names import SECOND

WINDOW_NS: Final = 3 * SECOND // 10
"""A sender repeats a frame that nobody answered within milliseconds, and counts its sequence
number through 4,096 only in seconds; 0.3 s tells the two apart."""
MOST_FRAMES = 4096
"""Remembered; 30 times the busiest second of a classroom in 484 hours."""
LONG_AGO = -(1 << 63)


class Repeats:
    """Tells a frame that one radio heard twice.

    What it remembers are hashes under a key of this process, not addresses.
    """

    def __init__(self) -> None:
        self._heard: dict[int, int] = {}
        self._newest_ns = LONG_AGO

    def forget(self, at_ns: int) -> None:
        """Forget what is too long ago at `at_ns`; to be called before each batch of frames."""
        if abs(at_ns - self._newest_ns) >= WINDOW_NS:
            self._heard.clear()
        elif len(self._heard) > MOST_FRAMES:
            limit = at_ns - WINDOW_NS
            self._heard = {key: last for key, last in self._heard.items() if last > limit}

    def has(self, at_ns: int, address: bytes, sequence: int) -> bool:
        """Say whether this frame was heard less than a window ago, and remember it."""
        key = hash((address, sequence))
        last = self._heard.get(key, LONG_AGO)
        self._heard[key] = self._newest_ns = at_ns
        return -WINDOW_NS < at_ns - last < WINDOW_NS
