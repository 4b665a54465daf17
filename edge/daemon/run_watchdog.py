"""This is where it is watched that the daemon makes progress, and the service manager is told."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from edge.daemon.notify import Notifier
from edge.store.database import Store
from edge.store.engine import Connection

log = logging.getLogger(__name__)

USUAL_S: Final = 10.0
"""Between two looks where nobody watches us: the status tells of a stuck part all the same."""
SHARE: Final = 3.0
"""Looks within the service manager's patience: one may fail by chance."""


class Watchdog:
    """Looks at the writer and the intake in turn; that it looks at all is the loop's progress."""

    def __init__(
        self,
        store: Store,
        *,
        turns: Callable[[], int],
        notifier: Notifier,
        say_stuck: Callable[[str, str], None],
    ) -> None:
        """Take `turns`, which counts the intake's, and `say_stuck`, which hears how a part is."""
        self._store = store
        self._turns = turns
        self._notifier = notifier
        self._say_stuck = say_stuck
        self._stuck: frozenset[str] = frozenset()
        self._asked: asyncio.Future[None] | None = None

    async def run(self) -> None:
        """Look until cancelled."""
        patience_s = self._notifier.watchdog_s
        period_s = USUAL_S if patience_s is None else patience_s / SHARE
        turns = -1
        while True:
            stuck = set() if await self._writes(period_s) else {"ledger"}
            turns, before = self._turns(), turns
            if turns == before:
                stuck.add("intake")
            self._tell(frozenset(stuck))
            await asyncio.sleep(period_s)

    def _tell(self, stuck: frozenset[str]) -> None:
        for part in ("ledger", "intake"):
            self._say_stuck(part, "it makes no progress" if part in stuck else "")
        if not stuck:
            self._notifier.alive()
        if stuck != self._stuck:
            log.log(
                logging.ERROR if stuck else logging.WARNING,
                "no progress: %s" if stuck else "there is progress again%s",
                ", ".join(sorted(stuck)),
            )
        self._stuck = stuck

    async def _writes(self, within_s: float) -> bool:
        """Say whether the writer takes a job and commits it in time."""
        if self._asked is None:  # one job at a time: a stuck writer's queue is not filled up
            self._asked = asyncio.wrap_future(self._store.writer.submit(_nothing))
        finished, _ = await asyncio.wait({self._asked}, timeout=within_s)
        if not finished:
            return False
        asked, self._asked = self._asked, None
        return asked.exception() is None


def _nothing(conn: Connection) -> None:
    """Begin a transaction and commit it."""
    del conn
