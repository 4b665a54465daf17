"""This is where moments are written as text."""

from datetime import UTC, datetime, timedelta

from edge.model.names import Instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def rfc3339(at: Instant) -> str:
    """Write a moment in UTC with milliseconds, as in `2026-03-14T09:00:00.000Z`."""
    moment = _EPOCH + timedelta(milliseconds=at // 1_000_000)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
