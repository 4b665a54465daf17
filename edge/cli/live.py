"""This is where a replay is shown as a live view of the store, in a terminal or line by line."""

from collections import Counter, deque
from collections.abc import Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self
from zoneinfo import ZoneInfo

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from edge.cli.ticker import tell
from edge.daemon.replay import ReplayProgress
from edge.model.event import (
    Event,
    FootfallCounted,
    OccupancyEstimated,
    SourceStateChanged,
    VisitIdentified,
    VisitStarted,
)
from edge.model.names import SECOND, Instant
from edge.sync.session import Sync

LINES: Final = 8
"""What happened last, in words."""
BARS: Final = "▁▂▃▄▅▆▇█"
WIDTH: Final = 96
HOUR: Final = 3600 * SECOND


class StoreView:
    """Keeps what the view shows; on a terminal it is drawn, elsewhere it says a line an hour."""

    def __init__(self, console: Console, *, store: str, timezone: str) -> None:
        self._console = console
        self._store = store
        self._zone = ZoneInfo(timezone)
        self._sync: Sync | None = None
        self._told: deque[str] = deque(maxlen=LINES)
        self._sources: dict[str, str] = {}
        self._footfall: Counter[int] = Counter()
        self._counts: Counter[str] = Counter()
        self._inside = "unknown"
        self._hour = -1
        self._live = Live(console=console, auto_refresh=False, transient=False)

    def __enter__(self) -> Self:
        """Show the view."""
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None
    ) -> None:
        """Leave the last picture standing."""
        self._live.stop()

    def begin(self, sync: Sync | None) -> None:
        """Take note of the exchange with the platform."""
        self._sync = sync

    def see(self, progress: ReplayProgress, events: Sequence[Event]) -> None:
        """Take in what happened and draw it."""
        for event in events:
            self._note(event)
        if self._console.is_terminal:
            self._live.update(self._draw(progress), refresh=True)
        elif progress.at // HOUR != self._hour:
            self._hour = progress.at // HOUR
            self._console.print(self._line(progress), markup=False)

    def _note(self, event: Event) -> None:
        data = event.data
        self._counts[data.type] += 1
        if isinstance(data, FootfallCounted):
            self._footfall[event.at // HOUR] += data.in_
        elif isinstance(data, OccupancyEstimated):
            if data.people is not None and data.low is not None and data.high is not None:
                self._inside = f"{data.people:.0f} ({data.low:.0f} to {data.high:.0f})"
        elif isinstance(data, SourceStateChanged):
            self._sources[data.source] = data.to
        words = tell(data)
        if words:
            self._told.append(f"{self._clock(event.at)}  {words}")

    def _draw(self, progress: ReplayProgress) -> Panel:
        figures = Table.grid(padding=(0, 2))
        for name, value in self._figures():
            figures.add_row(Text(name, style="dim"), value)
        state = Table.grid(padding=(0, 1))
        for source, now in sorted(self._sources.items()):
            style = "green" if now == "watching" else "red"
            state.add_row(Text("●", style=style), source, Text(now, style="dim"))
        top = Table.grid(expand=True)
        top.add_row(figures, state)
        bar = ProgressBar(total=1.0, completed=progress.share, width=WIDTH - 4)
        told = Text("\n".join(self._told), overflow="ellipsis", no_wrap=True)
        title = f"{self._store}   {self._clock(progress.at)}"
        return Panel(Group(bar, Text(), top, Text(), told), title=title, width=WIDTH)

    def _figures(self) -> list[tuple[str, str]]:
        figures = [
            ("inside now", self._inside),
            ("came in", f"{sum(self._footfall.values()):,}   {self._spark()}"),
            ("visits", f"{self._counts[VisitStarted.type]:,}"),
            ("recognised", f"{self._counts[VisitIdentified.type]:,} (with consent)"),
            ("events", f"{self._counts.total():,}"),
        ]
        if self._sync is not None:
            figures.append(("acknowledged", f"{self._sync.acknowledged:,}"))
        return figures

    def _spark(self) -> str:
        if not self._footfall:
            return ""
        hours = range(min(self._footfall), max(self._footfall) + 1)
        most = max(1, *self._footfall.values())
        return "".join(BARS[self._footfall[hour] * (len(BARS) - 1) // most] for hour in hours)

    def _line(self, progress: ReplayProgress) -> str:
        parts = [f"{name} {value}" for name, value in self._figures() if name != "came in"]
        return f"{self._clock(progress.at)}  " + ", ".join(parts)

    def _clock(self, at: Instant) -> str:
        moment = datetime.fromtimestamp(at // SECOND, UTC).astimezone(self._zone)
        return moment.strftime("%H:%M:%S")
