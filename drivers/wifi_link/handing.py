"""This is where what a live source tells of stations is handed over, with its moment."""

from typing import Final

import msgspec

from drivers.wifi_link.decode import EVENT_OF, LinkChange
from edge.driver.contract import Clock, Tape
from edge.driver.outlet import Outlet
from edge.model.names import SECOND, Instant

TOO_OLD: Final = "too old"

STALE_NS: Final = 180 * SECOND
"""A report further away than this says nothing about who is there now: an association counts for
300 s, and a cloud reports once a minute."""

LATEST_NS: Final = 4 * SECOND
"""How far back a change is dated at most: what comes more than 5 s late is dropped further on."""


class Handing:
    """Gives one source's changes to the outlet and the tape; it belongs to the event loop."""

    def __init__(self, outlet: Outlet, *, clock: Clock, tape: Tape | None) -> None:
        self._outlet = outlet
        self._clock = clock
        self._tape = tape
        self._is_over = False

    def take(self, change: LinkChange | str, *, told_at: Instant | None = None) -> None:
        """Hand a change over, or count why there is none; `told_at` is when it happened."""
        if self._is_over:
            return
        now = self._clock.now()
        at = now if told_at is None else moment(now, told_at)
        if isinstance(change, str) or at is None:
            self._outlet.refuse(now, change if isinstance(change, str) else TOO_OLD)
            return
        self._outlet.heard(at)
        self._outlet.link(at, change.address, joined=change.joined)
        if self._tape is not None:
            self._tape.write(at, record_of(change))

    def take_ago(self, change: LinkChange | str, ago_s: float) -> None:
        """Hand a change over that happened some seconds ago."""
        self.take(change, told_at=Instant(self._clock.now() - round(ago_s * SECOND)))

    def live(self) -> None:
        """Say that the other side is listened to and is there; it tells of no change."""
        if not self._is_over:
            self._outlet.heard(self._clock.now(), 0)

    def end(self) -> None:
        """Hand over nothing more."""
        self._is_over = True


def moment(now: Instant, told_at: Instant) -> Instant | None:
    """Give the moment of a change that is reported now; None where it is too far away."""
    age_ns = now - told_at
    if abs(age_ns) > STALE_NS:
        return None
    return Instant(now - min(max(age_ns, 0), LATEST_NS))


def record_of(change: LinkChange) -> bytes:
    """Give a change as a recorded object, without its moment."""
    return msgspec.json.encode(
        {"event": EVENT_OF[change.joined], "address": change.address.hex(":")}
    )
