"""This is where all sources are kept running, and where a change of settings reaches them."""

import asyncio
from collections.abc import Sequence
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
        source = Supervised(settings, house=house, tasks=self._tasks)
        task = self._tasks.create_task(source.run(), name=f"source {settings.name}")
        self._kept[settings.name] = (source, task)

    async def _stop(self, names: Sequence[str], reason: str) -> None:
        stopped = [self._kept.pop(name) for name in names]
        for _, task in stopped:
            task.cancel()
        if stopped:
            await asyncio.wait(
                {task for _, task in stopped},
                timeout=max(source.house.pace.end_s for source, _ in stopped) + MARGIN_S,
            )
        for source, _ in stopped:
            source.retire(reason)
