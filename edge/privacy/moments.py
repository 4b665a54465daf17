"""This is where the times of day that consents carry become instants."""

from datetime import UTC, datetime, timedelta
from typing import Final

from edge.model.names import Instant

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
MICROSECOND_NS: Final = 1_000


def parse_moment(text: str) -> Instant | None:
    """Read an RFC 3339 time; None for anything else, a time without an offset included.

    Whoever asks must treat None as "cannot be relied on", never as "no limit".
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return Instant((moment - EPOCH) // MICROSECOND * MICROSECOND_NS)
