"""This is where the drawings of a report share their legends, hatching and axes."""

from collections.abc import Sequence
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from edge.cli.reporting.canvas import HATCH, MUTED

ABOVE: Final[dict[str, Any]] = {
    "loc": "lower right",
    "bbox_to_anchor": (1.0, 1.0),
    "ncols": 5,
    "borderaxespad": 0.2,
}
"""Where a legend stands: over the drawing, flush right, in one row."""

NOT_KNOWN: Final = "not known"
NOT_FULLY_KNOWN: Final = "not fully known"


def hatch(axes: Axes, start: float, end: float) -> None:
    """Mark a stretch of the x axis for which there is nothing to draw."""
    axes.axvspan(start, end, facecolor="none", edgecolor=MUTED, hatch=HATCH, linewidth=0)


def gap_patch(label: str) -> Patch:
    """Give the legend's entry for what is hatched."""
    return Patch(facecolor="none", edgecolor=MUTED, hatch=HATCH, linewidth=0, label=label)


def write_legend(axes: Axes, *, gap: str = "") -> None:
    """Put the legend over the drawing, with an entry for gaps where there are some."""
    handles: list[Any] = axes.get_legend_handles_labels()[0]
    axes.legend(handles=[*handles, *([gap_patch(gap)] if gap else [])], **ABOVE)


def hatch_hours(axes: Axes, hours: Sequence[int], *, told: Sequence[int]) -> bool:
    """Lay the x axis out by hour of the day, hatch hours that are not told, and say if any were."""
    first, last = min(hours), max(hours)
    missing = [hour for hour in range(first, last + 1) if hour not in told]
    for hour in missing:
        hatch(axes, hour - 0.5, hour + 0.5)
    axes.set_xticks(range(first, last + 1))
    axes.set_xlim(first - 0.6, last + 0.6)
    axes.set_xlabel("hour of the day, local")
    return bool(missing)
