"""This is where an address becomes a bucket of a short-lived bitmap.

2048 buckets are few on purpose. Of n addresses in a window, the share that falls into a bucket
together with another is 1 - (1 - 1/2048)**(n - 1): 11.4 % at 250 and 13.6 % at 300, the design
load of a radio in a busy store, and 10 % is passed at 217. So a bucket says "one of some", and
how many there were is still read from the number of set buckets (linear counting).
"""

import os
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Final

from edge.errors import ConfigError
from edge.model.names import SECOND, Instant
from edge.privacy.policy import LONGEST_PEPPER_S, SHORTEST_PEPPER_S

BUCKETS: Final = 2048
PEPPER_BYTES: Final = 32
LATE_NS: Final = 30 * SECOND
"""How long after a window's end its pepper is kept for frames that are handed over late."""
MEMO_LIMIT: Final = 65_536
"""Remembered addresses of one window, about 7 MB; over it the memo starts anew."""


def random_peppers() -> Callable[[int], bytes]:
    """Give the drawer for live use: a restart is a new pepper, and none can be drawn twice."""
    return _draw_random


def derived_peppers(seed: bytes) -> Callable[[int], bytes]:
    """Give the drawer for replay: the same recording (its digest is `seed`) repeats itself."""

    def draw(window: int) -> bytes:
        label = window.to_bytes(16, "big", signed=True)
        return blake2b(
            label, key=seed[:64], digest_size=PEPPER_BYTES, person=b"edge.pepper"
        ).digest()

    return draw


class Window:
    """One pepper and the buckets that were worked out under it.

    The pepper lies in a bytearray so that it can be overwritten; the bytes it was drawn as are
    released at once, which is as far as the interpreter lets it go.
    """

    __slots__ = ("number", "pepper", "seen")

    def __init__(self, number: int, pepper: bytearray) -> None:
        self.number = number
        self.pepper = pepper
        self.seen: dict[int, int] = {}
        """Bucket by the process's own keyed hash of the address: no address stays here."""

    def overwrite(self) -> None:
        """Make the pepper and everything worked out under it unusable."""
        self.pepper[:] = bytes(len(self.pepper))
        self.seen.clear()


class Peppers:
    """Buckets of addresses, under a pepper that changes every `period_s` seconds of event time.

    The pepper of the window before is kept for LATE_NS, then overwritten; a frame that is later
    still gets a pepper drawn for it. Used from one thread at a time; nothing of it goes to disk.

    Raises: ConfigError when the period is outside 60..300 s.
    """

    def __init__(self, *, period_s: int, draw: Callable[[int], bytes]) -> None:
        if not SHORTEST_PEPPER_S <= period_s <= LONGEST_PEPPER_S:
            raise ConfigError(
                "cannot hash addresses",
                why=f"{period_s} s is not within {SHORTEST_PEPPER_S}..{LONGEST_PEPPER_S} s",
                remedy="mend pepper_period_s in the policy",
            )
        self._period_ns = period_s * SECOND
        self._draw = draw
        self._windows: tuple[Window, ...] = ()
        self._from_ns = 0
        self._until_ns = 0
        self._seen: dict[int, int] = {}

    def bucket(self, address: bytes, at: Instant) -> int:
        """Give the bucket of an address (6 bytes) at a moment, 0 <= bucket < 2048."""
        if not self._from_ns <= at < self._until_ns:
            self._turn_to(at)
        mark = hash(address)
        found = self._seen.get(mark)
        return self._work_out(address, mark) if found is None else found

    def expire(self, at: Instant) -> None:
        """Overwrite the peppers of windows that are over, also where no frame comes any more."""
        over = [window for window in self._windows if not self._is_late(window, at)]
        if over:
            self._keep([window for window in self._windows if window not in over], over=over)

    def forget(self) -> None:
        """Overwrite every pepper; the next frame gets a fresh one."""
        self._keep([], over=self._windows)

    def age_s(self, at: Instant) -> float | None:
        """Give how long ago the window of the oldest pepper began; None where none is held."""
        began = [window.number * self._period_ns for window in self._windows]
        return (at - min(began)) / SECOND if began else None

    def _keep(self, kept: Sequence[Window], *, over: Sequence[Window]) -> None:
        for window in over:
            window.overwrite()
        self._windows = tuple(kept)
        self._seen = {}
        self._from_ns = self._until_ns = 0

    def _work_out(self, address: bytes, mark: int) -> int:
        pepper = self._windows[0].pepper
        digest = blake2b(address, key=pepper, digest_size=2).digest()
        if len(self._seen) >= MEMO_LIMIT:
            self._seen.clear()
        bucket = int.from_bytes(digest, "big") % BUCKETS
        self._seen[mark] = bucket
        return bucket

    def _turn_to(self, at: Instant) -> None:
        """Put the window of `at` first, keep at most one other, overwrite the rest."""
        number = at // self._period_ns
        held = {window.number: window for window in self._windows}
        current = held.pop(number, None) or Window(number, bytearray(self._draw(number)))
        others = sorted(held.values(), key=lambda window: window.number, reverse=True)
        start_ns = number * self._period_ns
        kept = [one for one in others[:1] if one.number > number or self._is_late(one, at)]
        for window in others[len(kept) :]:
            window.overwrite()
        self._windows = (current, *kept)
        self._seen = current.seen
        waits = bool(kept) and kept[0].number < number
        self._from_ns = start_ns
        self._until_ns = start_ns + (LATE_NS if waits else self._period_ns)

    def _is_late(self, window: Window, at: Instant) -> bool:
        """Say whether frames of a window before may still be handed over at `at`."""
        return at < (window.number + 1) * self._period_ns + LATE_NS


def _draw_random(_window: int) -> bytes:
    return os.urandom(PEPPER_BYTES)
