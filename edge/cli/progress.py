"""This is where a long replay shows how far it is."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from edge.daemon.replay import ReplayProgress
from edge.model.event import Event
from edge.model.moment import rfc3339
from edge.sync.session import Sync


class Bar:
    """A progress bar on standard error."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[events]} events"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("replay", total=1.0, events="0")

    def __enter__(self) -> Self:
        """Show the bar."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None
    ) -> None:
        """Take the bar away."""
        self._progress.stop()

    def begin(self, sync: Sync | None) -> None:
        """Nothing to show yet."""

    def see(self, progress: ReplayProgress, events: Sequence[Event]) -> None:
        """Move the bar."""
        del events
        self._progress.update(
            self._task,
            completed=progress.share,
            description=f"replay {rfc3339(progress.at)[11:19]}",
            events=f"{progress.events:,}",
        )
