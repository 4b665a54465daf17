"""This is where the daemon's report is drawn as a table."""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from edge.daemon.run_report import Report
from edge.daemon.status import SourceStatus
from edge.errors import WireError
from edge.sync.payloads import PartHealth

STYLES: Final = {
    "watching": "green",
    "working": "green",
    "online": "green",
    "synced": "green",
    "in force": "green",
    "starting": "yellow",
    "quiet": "yellow",
    "offline": "yellow",
    "unsynced": "yellow",
    "not set": "dim",
}
"""How a state is coloured; what is not here needs somebody."""
AILING: Final = "bold red"
MINUTE_S: Final = 60
HOUR_S: Final = 3_600
DAY_S: Final = 86_400


def read_report(answer: Any) -> Report:
    """Read what the daemon answered.

    Raises: WireError where it is another version's.
    """
    try:
        return msgspec.convert(answer, Report)
    except msgspec.ValidationError as error:
        raise WireError(
            "cannot read the daemon's report",
            why=str(error),
            remedy="use the command of the daemon's own version",
        ) from error


def draw(report: Report) -> RenderableType:
    """Draw the whole report."""
    ailing = [(one.name, one.state, one.reason, one.remedy) for one in report.sources if one.remedy]
    core = report.health.parts[len(report.sources) :]
    ailing += [(one.name, one.state, one.reason, one.remedy) for one in core if one.remedy]
    parts: list[RenderableType] = [_head(report), _sources(report), _core(report, core)]
    for name, state, reason, remedy in ailing:
        parts.append(Text.assemble((f"{name} is {state}", "bold"), f": {reason}"))
        parts.append(Text(f"    {remedy}", style="cyan"))
    return Group(*parts)


def since(then: str, now: str) -> str:
    """Say how long ago a moment was: 42 s, 7 min, 3 h, 2 d."""
    gone_s = (_moment(now) - _moment(then)).total_seconds()
    for limit_s, unit_s, unit in ((MINUTE_S * 2, 1, "s"), (HOUR_S * 2, MINUTE_S, "min")):
        if gone_s < limit_s:
            return f"{max(0.0, gone_s) / unit_s:.0f} {unit}"
    return f"{gone_s / HOUR_S:.0f} h" if gone_s < 2 * DAY_S else f"{gone_s / DAY_S:.0f} d"


def _head(report: Report) -> Text:
    return Text.assemble(
        (f"store {report.store}", "bold"),
        f"   policy {report.policy}, version {report.version}, "
        f"up for {since(report.started, report.at)}",
    )


def _sources(report: Report) -> Table:
    table = Table(box=SIMPLE_HEAD)
    for name in ("source", "state", "since"):
        table.add_column(name, no_wrap=True)
    for name in ("a minute", "taken in", "not used", "dropped", "coverage"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in report.sources:
        table.add_row(*_names(one, report.at), *_figures(one))
    return table


def _names(one: SourceStatus, now: str) -> tuple[str | Text, ...]:
    return one.name, _state(one.state), since(one.since, now)


def _figures(one: SourceStatus) -> tuple[str, ...]:
    return (
        f"{one.rate:,.0f}",
        f"{one.heard:,}",
        f"{sum(one.refused.values()):,}",
        f"{one.drops:,}",
        f"{one.coverage:.0%}",
    )


def _core(report: Report, core: tuple[PartHealth, ...]) -> Table:
    table = Table.grid(padding=(0, 2))
    for part in core:
        table.add_row("", part.name, _state(part.state), Text(part.reason, style="dim"))
    table.add_row("", "outbox", "", Text(_outbox(report), style="dim"))
    if report.health.space_days is not None:
        table.add_row("", "disk", "", Text(f"lasts {report.health.space_days:,.0f} days"))
    return table


def _outbox(report: Report) -> str:
    oldest = report.health.outbox_oldest
    waiting = f"{report.health.outbox_depth:,} events wait"
    return waiting if oldest is None else f"{waiting}, the oldest for {since(oldest, report.at)}"


def _state(state: str) -> Text:
    return Text(state, style=STYLES.get(state, AILING))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
