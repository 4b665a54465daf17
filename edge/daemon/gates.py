"""This is where the openings of the consent gates are summed up for the audit trail."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from edge.daemon.auditing import AuditTrail
from edge.daemon.status import SourceStatus
from edge.privacy.audit import GATE_OPENED

PERIOD_S: Final = 3_600.0
TOLD: Final = ("encoded", "matched")
"""Of what became of faces: those that were encoded behind an open gate, and those it was."""


class GateSums:
    """Writes hourly how often each camera's gate was open to a face; the event loop's."""

    def __init__(
        self,
        trail: AuditTrail,
        *,
        statuses: Callable[[], Sequence[SourceStatus]],
        period_s: float = PERIOD_S,
    ) -> None:
        self._trail = trail
        self._statuses = statuses
        self._period_s = period_s
        self._told: dict[tuple[str, str], int] = {}

    async def run(self) -> None:
        """Write until cancelled; what is not told then, `tell` tells.

        Raises: StoreError where the disk fails.
        """
        while True:
            await asyncio.sleep(self._period_s)
            await self.tell()

    async def tell(self) -> None:
        """Write what happened since the last time; nothing where no face was encoded."""
        sums: dict[str, dict[str, int]] = {}
        for source in self._statuses():
            for what in TOLD:
                count, key = source.faces.get(what, 0), (source.name, what)
                # A source that was taken out and put back counts from nothing again.
                since = count - self._told.get(key, 0) if count >= self._told.get(key, 0) else count
                self._told[key] = count
                if since:
                    sums.setdefault(source.name, {})[what] = since
        if sums:
            await self._trail.note(GATE_OPENED, detail=sums)
