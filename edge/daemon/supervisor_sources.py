"""This is where all sources are kept running, and where a change of settings reaches them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from edge.config.schema import SourceSettings
from edge.daemon.status import SourceStatus
from edge.daemon.supervisor import House, Supervised
from edge.driver.options import meant
from edge.errors import ConfigError

MARGIN_S: Final = 0.5
"""On top of the time that a driver has to end."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a change of settings did to the sources, by name."""

    started: tuple[str, ...] = ()
    restarted: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    untouched: tuple[str, ...] = ()


class Sources:
    """Every source with its task; it belongs to the event loop."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self._tasks = tasks
        self._kept: dict[str, tuple[Supervised, asyncio.Task[None]]] = {}

    async def apply(
        self, wanted: Sequence[SourceSettings], *, house: House, has_moved: bool = False
    ) -> Change:
        """Start, stop and restart what the settings say differently, and leave the rest alone.

        `has_moved` is True where the house is another one: then every source is restarted. One
        that waits after a fault is tried again at once.
        """
        settings = {one.name: one for one in wanted}
        gone = [name for name in self._kept if name not in settings]
        changed = [
            name
            for name, (source, _) in self._kept.items()
            if name in settings and (has_moved or source.settings != settings[name])
        ]
        begun = [name for name in settings if name not in self._kept]
        await self._stop(gone, "it was taken out of the settings")
        await self._stop(changed, "its settings changed")
        untouched = tuple(self._kept)
        for name in untouched:
            self._kept[name][0].release()
        for name in (*changed, *begun):
            self._start(settings[name], house)
        return Change(
            started=tuple(begun),
            restarted=tuple(changed),
            stopped=tuple(gone),
            untouched=untouched,
        )

    async def stop(self) -> None:
        """Stop every source; each has handed everything over then."""
        await self._stop(list(self._kept), "the service stops")

    @asynccontextmanager
    async def lend(self, name: str, reason: str) -> AsyncIterator[None]:
        """Keep a source from its device until the end of the block; a reload may end that earlier.

        Raises: ConfigError where there is no such source.
        """
        source = self.find(name)
        await _end([self._kept[name]])
        source.retire(reason)
        try:
            yield
        finally:
            held = self._kept.get(name)
            if held is not None and held[0] is source:
                self._begin(source)

    def find(self, name: str) -> Supervised:
        """Give a source by its name.

        Raises: ConfigError where there is none.
        """
        if name not in self._kept:
            raise ConfigError(
                "there is no such source", why=f"{name!r:.80}", remedy=meant(name, self._kept)
            )
        return self._kept[name][0]

    def deafen(self, name: str) -> None:
        """Hear that a source was silent for too long; one that is gone meanwhile is passed over."""
        if name in self._kept:
            self._kept[name][0].deafen()

    def statuses(self) -> tuple[SourceStatus, ...]:
        """Give how each is, in the order of the settings."""
        return tuple(source.status() for source, _ in self._kept.values())

    def _start(self, settings: SourceSettings, house: House) -> None:
        self._begin(Supervised(settings, house=house, tasks=self._tasks))

    def _begin(self, source: Supervised) -> None:
        task = self._tasks.create_task(source.run(), name=f"source {source.name}")
        self._kept[source.name] = (source, task)

    async def _stop(self, names: Sequence[str], reason: str) -> None:
        stopped = [self._kept.pop(name) for name in names]
        await _end(stopped)
        for source, _ in stopped:
            source.retire(reason)


async def _end(kept: Sequence[tuple[Supervised, asyncio.Task[None]]]) -> None:
    """End tasks, with as much time as the drivers have."""
    for _, task in kept:
        task.cancel()
    if kept:
        await asyncio.wait(
            {task for _, task in kept},
            timeout=max(source.house.pace.end_s for source, _ in kept) + MARGIN_S,
        )
