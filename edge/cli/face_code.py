"""This is where a customer's key is drawn as a QR code, for a terminal or for paper."""

from io import StringIO
from typing import Any, Final

MARGIN: Final = 4
"""White squares around the code (ISO/IEC 18004, 5.3.8)."""
SQUARE_MM: Final = 1
"""A scanner at a kiosk reads squares of a millimetre from a hand's breadth away."""
CORRECTION: Final = "m"
"""15 % of the code may be worn off."""


def as_text(code: str) -> str:
    """Draw a code for a terminal, two rows of squares in a line."""
    drawing = StringIO()
    _made(code).terminal(drawing, compact=True, border=MARGIN)
    return drawing.getvalue()


def as_svg(code: str) -> str:
    """Draw a code as a picture in millimetres."""
    drawn: str = _made(code).svg_inline(scale=SQUARE_MM, border=MARGIN, unit="mm", light="#fff")
    return drawn


def _made(code: str) -> Any:
    import segno  # noqa: PLC0415 - loads when a code is drawn

    return segno.make(code, error=CORRECTION, micro=False)
