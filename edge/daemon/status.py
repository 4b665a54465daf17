"""This is where it is kept how every source and every part of the core is doing."""

from collections import deque
from typing import Final

import msgspec

from edge.model.moment import rfc3339
from edge.model.names import SECOND, Instant
from edge.sync.payloads import PartHealth

MINUTE: Final = 60 * SECOND
HOUR: Final = 3_600 * SECOND


class SourceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How one source is; it holds no identifier of anybody."""

    name: str
    driver: str
    zone: str | None
    state: str
    """starting, watching, quiet, deaf, retrying or parked."""
    since: str
    """When it came into this state, RFC 3339."""
    reason: str
    """Why it came into this state."""
    remedy: str
    """The command or the act that mends it; empty where nothing has to be."""
    rate: float
    """Frames, adverts or lines taken in per minute, over the last minute."""
    heard: int
    """Frames, adverts or lines taken in since the daemon started."""
    refused: dict[str, int]
    """What was not used since then, by reason."""
    faces: dict[str, int]
    """Faces in view since then: seen, encoded, matched, discarded. Without a camera it is empty."""
    drops: int
    """Radio sightings dropped since then, because the intake could not keep up."""
    coverage: float
    """Share of the last hour, or since the start, in which it took things in; 0..1."""
    starts: int
    """How often its driver was started."""

    def health(self) -> PartHealth:
        """Give what the platform hears of it."""
        return PartHealth(
            name=self.name,
            state=self.state,
            since=self.since,
            rate=round(self.rate, 1),
            drops=self.drops,
            faces=self.faces,
            coverage=self.coverage,
            reason=self.reason,
            remedy=self.remedy,
        )


class Part:
    """How one part of the core is: what it says of itself, and since when."""

    def __init__(self, name: str, *, at: Instant) -> None:
        self.name = name
        self._state = "starting"
        self._since = at
        self._reason = ""
        self._remedy = ""

    def say(self, state: str, at: Instant, *, reason: str = "", remedy: str = "") -> None:
        """Say how it is now; the moment counts where the state is another one."""
        if state != self._state:
            self._state, self._since = state, at
        self._reason, self._remedy = reason, remedy

    def health(self, *, rate: float = 0.0, drops: int = 0) -> PartHealth:
        """Give what the platform and the technician hear of it."""
        return PartHealth(
            name=self.name,
            state=self._state,
            since=rfc3339(self._since),
            rate=rate,
            drops=drops,
            reason=self._reason,
            remedy=self._remedy,
        )


class Rate:
    """Turns a growing count into a rate per minute, over the last minute."""

    def __init__(self) -> None:
        self._readings: deque[tuple[Instant, int]] = deque()

    def read(self, count: int, at: Instant) -> None:
        """Note how far the count has come; to be called about once a second."""
        readings = self._readings
        readings.append((at, count))
        while readings[0][0] < at - MINUTE:
            readings.popleft()

    def per_minute(self) -> float:
        """Give the rate; 0 before there are two readings."""
        if not self._readings:
            return 0.0
        (first, low), (last, high) = self._readings[0], self._readings[-1]
        return max(0, high - low) * MINUTE / (last - first) if last > first else 0.0


class Uptime:
    """Knows the share of the last hour in which a source took things in."""

    def __init__(self, at: Instant) -> None:
        """Begin at a moment, down."""
        self._began = at
        self._down_since: Instant | None = at
        self._outages: deque[tuple[Instant, Instant]] = deque()

    def turn(self, at: Instant, *, up: bool) -> None:
        """Say from when on it is up or down."""
        if up and self._down_since is not None:
            self._outages.append((self._down_since, at))
            self._down_since = None
        elif not up and self._down_since is None:
            self._down_since = at

    def share(self, at: Instant) -> float:
        """Give the share, 0..1."""
        start = max(self._began, at - HOUR)
        while self._outages and self._outages[0][1] <= start:
            self._outages.popleft()
        down = sum(min(end, at) - max(begin, start) for begin, end in self._outages)
        if self._down_since is not None:
            down += at - max(self._down_since, start)
        return min(1.0, max(0.0, 1.0 - down / (at - start))) if at > start else 0.0
