"""This is where what is counted is drawn: by hour, by length, by zone, by grade."""

from collections.abc import Sequence
from typing import Final

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from edge.cli.reporting.canvas import FIRST, INK, LINE, MUTED, SECOND, THIRD, draw_svg
from edge.cli.reporting.hours import FEW, FULL_COVERAGE, ConversionHour, FootfallHour
from edge.cli.reporting.marks import ABOVE, NOT_FULLY_KNOWN, hatch_hours, write_legend
from edge.cli.reporting.presence import CAME, WENT, DwellClass, Flow

HALF_HOUR: Final = 0.38
"""Width of one of two bars that share an hour."""

GRADE_COLOURS: Final = (THIRD, FIRST, LINE, SECOND)


def draw_footfall(hours: Sequence[FootfallHour], alt: str) -> str:
    """Draw people in and out by hour of the day; hours in which counters were dead are hatched."""

    def draw(axes: Axes) -> None:
        told = [hour.hour for hour in hours if hour.come is not None]
        come = [hour.come for hour in hours if hour.come is not None]
        gone = [hour.gone for hour in hours if hour.gone is not None]
        before = [hour - HALF_HOUR / 2 for hour in told]
        after = [hour + HALF_HOUR / 2 for hour in told]
        axes.bar(before, come, width=HALF_HOUR, color=FIRST, label="in")
        axes.bar(after, gone, width=HALF_HOUR, color=SECOND, label="out")
        known = [hour.hour for hour in hours if hour.coverage >= FULL_COVERAGE]
        missing = hatch_hours(axes, [hour.hour for hour in hours], told=known)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
        axes.set_ylabel("people an hour")
        write_legend(axes, gap=NOT_FULLY_KNOWN if missing else "")

    return draw_svg("footfall", alt, draw)


def draw_dwell(classes: Sequence[DwellClass], alt: str) -> str:
    """Draw how many visits lasted how long."""

    def draw(axes: Axes) -> None:
        labels, visits = [one.label for one in classes], [one.visits for one in classes]
        bars = axes.bar(labels, visits, color=FIRST, width=0.82)
        axes.bar_label(bars, padding=2, color=MUTED, fontsize=9)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
        axes.set_xlabel("minutes")
        axes.set_ylabel("visits")

    return draw_svg("dwell", alt, draw)


def draw_flow(flow: Flow, alt: str) -> str:
    """Draw from where (rows) to where (columns) visits went; small counts are not told apart."""

    def draw(axes: Axes) -> None:
        before, after = (CAME, *flow.places), (*flow.places, WENT)
        most = max(visits for _, _, visits in flow.listed())
        for row, start in enumerate(before):
            for column, end in enumerate(after):
                _flow_cell(axes, column, row, visits=flow.often(start, end), most=most)
        axes.set_xticks(range(len(after)), [*(f"to {name}" for name in flow.places), WENT])
        axes.set_yticks(range(len(before)), [CAME, *(f"from {name}" for name in flow.places)])
        axes.set_xlim(-0.5, len(after) - 0.5)
        axes.set_ylim(len(before) - 0.5, -0.5)
        axes.xaxis.tick_top()
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)

    return draw_svg("flow", alt, draw, height_in=0.6 + 0.45 * (len(flow.places) + 1))


def draw_conversion(hours: Sequence[ConversionHour], alt: str) -> str:
    """Draw purchases by people by hour of the day; hours with too few people are hatched."""

    def draw(axes: Axes) -> None:
        told = [hour.hour for hour in hours if hour.share is not None]
        shares = [hour.share for hour in hours if hour.share is not None]
        axes.bar(told, shares, color=FIRST, width=0.7)
        few = hatch_hours(axes, [hour.hour for hour in hours], told=told)
        axes.yaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
        axes.yaxis.set_major_locator(MaxNLocator(nbins=4))
        axes.set_ylabel("purchases by people")
        if few:
            write_legend(axes, gap=f"fewer than {FEW} people")

    return draw_svg("conversion", alt, draw, height_in=2.4)


def draw_grades(grades: Sequence[tuple[str, int]], alt: str) -> str:
    """Draw how the visits divide by grade of identification."""

    def draw(axes: Axes) -> None:
        whole, start = sum(visits for _, visits in grades), 0.0
        for (name, visits), colour in zip(grades, GRADE_COLOURS, strict=False):
            share = visits / whole
            axes.barh(0, share, left=start, color=colour, height=0.6, label=f"{name}: {visits}")
            start += share
        axes.set_xlim(0, 1)
        axes.set_yticks([])
        axes.xaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        axes.legend(**ABOVE)

    return draw_svg("grades", alt, draw, height_in=1.1)


def _flow_cell(axes: Axes, column: int, row: int, *, visits: int, most: int) -> None:
    """Tint a cell by its share of the largest, and write the count where it is not a few."""
    # A few are all tinted alike, so that the tint does not tell them apart either.
    tint = 0.1 + 0.6 * max(visits, FEW) / max(most, FEW) if visits else 0.04
    axes.barh(row, 0.95, left=column - 0.475, height=0.88, color=FIRST, alpha=tint)
    if visits:
        text = f"{visits}" if visits >= FEW else f"<{FEW}"
        axes.text(column, row, text, ha="center", va="center", color=INK, fontsize=9)
