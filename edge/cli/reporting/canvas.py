"""This is where a drawing becomes an SVG that stands inside a page, in the page's own colours."""

import io
import re
from collections.abc import Callable
from html import escape
from typing import Any, Final

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK: Final = "#010203"
MUTED: Final = "#020304"
LINE: Final = "#030405"
FIRST: Final = "#040506"
SECOND: Final = "#050607"
THIRD: Final = "#060708"
ALARM: Final = "#070809"
PAPER: Final = "#08090a"
COLOURS: Final = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    LINE: "var(--line)",
    FIRST: "var(--first)",
    SECOND: "var(--second)",
    THIRD: "var(--third)",
    ALARM: "var(--alarm)",
    PAPER: "var(--paper)",
}
"""Stand-ins that are drawn with, and the page's variable that each becomes: light, dark or print
are then the page's choice."""

HATCH: Final = "////"
"""Marks a time for which nothing is known."""

STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": MUTED,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.major.pad": 6,
    "figure.facecolor": "none",
    "hatch.linewidth": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 9,
}
WIDTH_IN: Final = 8.6
"""Width of a drawing in inches of 72 points: that of the page's column."""

Draw = Callable[[Axes], None]


def draw_svg(name: str, alt: str, draw: Draw, *, height_in: float = 2.7) -> str:
    """Draw on one pair of axes and give the `<svg>` element; the same drawing, the same text.

    `name` sets this drawing's ids apart from those of others on the page; `alt` says in words what
    is to be seen.
    """
    with rc_context({**STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(WIDTH_IN, height_in), layout="constrained")
        draw(figure.subplots())
        written = io.StringIO()
        figure.savefig(
            written, format="svg", metadata={"Date": None, "Creator": None}, transparent=True
        )
    return _inlined(written.getvalue(), name=name, alt=alt)


def _inlined(document: str, *, name: str, alt: str) -> str:
    """Leave out what only a file of its own needs, and put names and colours in."""
    svg = document[document.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\sid="([^"]+)"', rf' id="{name}-\1"', svg)
    svg = re.sub(r'(url\(#|xlink:href="#)', rf"\1{name}-", svg)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    for stand_in, colour in COLOURS.items():
        svg = svg.replace(stand_in, colour)
    said = escape(alt, quote=True)
    return svg.replace("<svg", f'<svg role="img" aria-label="{said}"', 1).strip()
