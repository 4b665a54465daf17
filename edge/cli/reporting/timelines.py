"""This is where what goes on along time is drawn: people inside, and the sources' health."""

from collections.abc import Iterator, Mapping, Sequence
from math import nan
from typing import Any, Final
from zoneinfo import ZoneInfo

from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from edge.cli.reporting.canvas import ALARM, FIRST, HATCH, LINE, PAPER, SECOND, THIRD, draw_svg
from edge.cli.reporting.health import StateSpan
from edge.cli.reporting.marks import ABOVE, NOT_KNOWN, hatch, write_legend
from edge.cli.reporting.moment import WATCHING
from edge.cli.reporting.presence import OccupancyPoint, gaps
from edge.model.names import SourceName

DAY_MS: Final = 86_400_000
"""matplotlib counts time in days since 1970."""

STATE_COLOURS: Final = {WATCHING: THIRD, "starting": LINE, "quiet": SECOND}
"""Other states are faults: they are drawn in the colour of alarm, and hatched."""

Corner = tuple[float, float, float, float]
"""A moment in days, and people, low and high; not numbers where nothing is known."""


def draw_occupancy(points: Sequence[OccupancyPoint], alt: str, *, zone: ZoneInfo) -> str:
    """Draw people inside with the 90 % interval; where nothing is known there is a gap."""

    def draw(axes: Axes) -> None:
        days, people, low, high = zip(*_corners(points), strict=True)
        axes.fill_between(
            days, low, high, color=FIRST, alpha=0.25, linewidth=0, label="90 % interval"
        )
        axes.plot(days, people, color=FIRST, linewidth=1.6, label="people inside")
        unknown = gaps(points)
        for from_ms, to_ms in unknown:
            hatch(axes, from_ms / DAY_MS, to_ms / DAY_MS)
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
        axes.set_xlim(days[0], days[-1])
        axes.set_ylabel("people")
        _time_axis(axes, zone)
        write_legend(axes, gap=NOT_KNOWN if unknown else "")

    return draw_svg("occupancy", alt, draw, height_in=3.0)


def draw_sources(
    spans: Mapping[SourceName, Sequence[StateSpan]], alt: str, *, zone: ZoneInfo
) -> str:
    """Draw each source's state of health along time."""

    def draw(axes: Axes) -> None:
        seen: dict[str, Patch] = {}
        for place, states in enumerate(spans.values()):
            for span in states:
                look = _look(span.state)
                start, end = span.from_ms / DAY_MS, span.to_ms / DAY_MS
                axes.broken_barh([(start, end - start)], (place - 0.32, 0.64), **look)
                seen.setdefault(span.state, Patch(label=span.state, **look))
        axes.set_yticks(range(len(spans)), [str(name) for name in spans])
        axes.set_ylim(len(spans) - 0.4, -0.6)
        axes.grid(visible=False)
        axes.margins(x=0)
        axes.spines["left"].set_visible(False)
        _time_axis(axes, zone)
        axes.legend(handles=[seen[state] for state in sorted(seen)], **ABOVE)

    return draw_svg("sources", alt, draw, height_in=0.9 + 0.32 * len(spans))


def _corners(points: Sequence[OccupancyPoint]) -> Iterator[Corner]:
    """Give both ends of each interval, and an unknown one between two that do not touch."""
    for place, point in enumerate(points):
        people, low, high = (
            nan if value is None else value for value in (point.people, point.low, point.high)
        )
        yield (point.from_ms / DAY_MS, people, low, high)
        yield (point.to_ms / DAY_MS, people, low, high)
        if place + 1 < len(points) and points[place + 1].from_ms > point.to_ms:
            yield (point.to_ms / DAY_MS, nan, nan, nan)


def _look(state: str) -> dict[str, Any]:
    colour = STATE_COLOURS.get(state)
    if colour:
        return {"facecolor": colour, "edgecolor": colour, "linewidth": 0.8}
    return {"facecolor": PAPER, "edgecolor": ALARM, "linewidth": 0.8, "hatch": HATCH}


def _time_axis(axes: Axes, zone: ZoneInfo) -> None:
    # matplotlib.dates carries no types
    locator = AutoDateLocator(tz=zone, minticks=4, maxticks=10)  # type: ignore[no-untyped-call]
    axes.xaxis_date(tz=zone)
    axes.xaxis.set_major_locator(locator)
    formatter = ConciseDateFormatter(locator, tz=zone)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(formatter)
