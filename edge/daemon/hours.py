"""This is where it is known whether the store is open; when it is not, no radio is heard."""

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from edge.config.opening import Opening
from edge.model.names import SECOND, Instant

MINUTE: Final = 60 * SECOND
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class OpeningHours:
    """A store's opening hours, the same each day, in its own time; one thread only."""

    def __init__(self, opening: Opening | None, *, timezone: str) -> None:
        """Keep the hours; None is always open."""
        self._opening = opening
        self._zone = ZoneInfo(timezone)
        self._minute = -1
        self._is_open = True

    def is_open(self, at: Instant) -> bool:
        """Say whether the store is open; the answer is worked out once a minute."""
        if self._opening is None:
            return True
        minute = at // MINUTE
        if minute != self._minute:
            local = (EPOCH + timedelta(minutes=minute)).astimezone(self._zone)
            self._minute = minute
            self._is_open = self._opening.is_open(local.time())
        return self._is_open
