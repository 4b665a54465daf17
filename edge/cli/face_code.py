"""This is where a QR code is drawn, for a terminal or for paper."""

from collections.abc import Sequence
from typing import Final

UPPER, LOWER, BOTH, NEITHER = "▀", "▄", "█", " "
SQUARE_MM: Final = 1.0
"""A scanner at a kiosk reads squares of a millimetre from a hand's breadth away."""


def as_text(squares: Sequence[str]) -> str:
    """Draw rows of `#` and spaces, two rows in a line, light on a dark terminal."""
    rows = [*squares, " " * len(squares[0])] if len(squares) % 2 else list(squares)
    return "\n".join(
        "".join(_half(upper, lower) for upper, lower in zip(*pair, strict=True))
        for pair in zip(rows[::2], rows[1::2], strict=True)
    )


def as_svg(squares: Sequence[str]) -> str:
    """Draw rows of `#` and spaces as a picture in millimetres."""
    height, width = len(squares), len(squares[0])
    path = "".join(
        f"M{column} {row}h1v1h-1z"
        for row, line in enumerate(squares)
        for column, square in enumerate(line)
        if square == "#"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * SQUARE_MM}mm"'
        f' height="{height * SQUARE_MM}mm" viewBox="0 0 {width} {height}">'
        f'<rect width="{width}" height="{height}" fill="#fff"/><path d="{path}"/></svg>\n'
    )


def _half(upper: str, lower: str) -> str:
    """Give a character whose halves are lit where the code is white."""
    if upper == lower:
        return NEITHER if upper == "#" else BOTH
    return LOWER if upper == "#" else UPPER
