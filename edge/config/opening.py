"""This is where opening hours are read."""

import re
from datetime import time
from typing import Final

import msgspec

HOURS: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-4]):([0-5]\d)")
MIDNIGHT_AFTER: Final = 24


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """When a store is open, in its own time; over midnight where it closes before it opens."""

    opens: time
    closes: time
    """Exclusive; 00:00 is the end of the day."""

    def is_open(self, now: time) -> bool:
        """Say whether the store is open at a time of day."""
        if self.opens < self.closes:
            return self.opens <= now < self.closes
        return now >= self.opens or now < self.closes


def parse_opening(text: str) -> Opening:
    """Read HH:MM-HH:MM; 24:00 may end it.

    Raises: ValueError, which says how to write it.
    """
    match = HOURS.fullmatch(text.strip())
    opens_h, opens_m, closes_h, closes_m = map(int, match.groups()) if match else (0, 0, 0, 0)
    runs_over = closes_h == MIDNIGHT_AFTER and closes_m > 0
    if match is None or runs_over or (opens_h, opens_m) == (closes_h, closes_m):
        raise ValueError("write opening hours as 08:30-20:00")
    return Opening(opens=time(opens_h, opens_m), closes=time(closes_h % MIDNIGHT_AFTER, closes_m))
