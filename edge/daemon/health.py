"""This is where it is worked out how long disk and certificate last, and the platform is told."""

import shutil
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509

from edge.model.names import SECOND, Instant

DAY_NS: Final = 86_400 * SECOND
HOUR_NS: Final = 3_600 * SECOND
SHORTEST_NS: Final = HOUR_NS
"""Growth over less than an hour says nothing about a day."""
READINGS: Final = 25
"""Readings of the database's size that are kept, one an hour: a day and its end."""
LARGEST_DAYS: Final = 3_650.0
"""More than ten years of space are told as ten."""


class Space:
    """Says for how many days the disk lasts if the ledger grows as it did."""

    def __init__(self, database: Path, *, free: Callable[[Path], int] | None = None) -> None:
        """`free` gives the free bytes of the disk that a folder is on."""
        self._database = database
        self._free = free or _free_bytes
        self._readings: deque[tuple[Instant, int]] = deque(maxlen=READINGS)

    def days(self, at: Instant) -> float | None:
        """Give the days; None before the growth is known."""
        size = _size(self._database)
        if not self._readings or at - self._readings[-1][0] >= HOUR_NS:
            self._readings.append((at, size))
        first_at, first_size = self._readings[0]
        age_ns = at - first_at
        if age_ns < SHORTEST_NS:
            return None
        growth = (size - first_size) * DAY_NS / age_ns
        if growth <= 0:
            return LARGEST_DAYS
        return round(min(LARGEST_DAYS, self._free(self._database.parent) / growth), 1)


def certificate_days(path: Path | None, at: Instant) -> float | None:
    """Give the days until a certificate (PEM) ends; None where there is none that can be read."""
    if path is None:
        return None
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):  # the link to the broker says what is wrong with it
        return None
    left = certificate.not_valid_after_utc - datetime.fromtimestamp(at / SECOND, UTC)
    return round(left.total_seconds() / 86_400, 2)


def _size(database: Path) -> int:
    """Give the bytes of the database and its WAL."""
    files = (database, database.with_name(f"{database.name}-wal"))
    return sum(file.stat().st_size for file in files if file.is_file())


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free
