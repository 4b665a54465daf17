"""This is where it is decided how many frames a second a camera gets, and how large a picture."""

from typing import Final

import msgspec

LONGEST_S: Final = 1 / 3
"""Slower than three frames a second somebody who walks past is missed; then the picture in which
faces are looked for becomes smaller instead."""
SLOWEST_S: Final = 1.0
"""One frame a second is looked at whatever it costs."""
EASE: Final = 0.8
"""Below this part of the budget it may cost more again, so that it does not swing."""
STEP: Final = 0.85
SMALLEST: Final = 0.5
"""Half of 640 pixels: faces nearer than two metres are still found."""


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How a camera is looked through."""

    interval_s: float
    """Between two frames."""
    scale: float = 1.0
    """Width of the picture in which faces are looked for, in parts of the frame's."""


def adapted(pace: Pace, *, load: float, budget: float, rate: float) -> Pace:
    """Give the pace after a stretch that used `load` cores of `budget`."""
    if load > budget:
        slower_s = pace.interval_s * min(2.0, load / budget)
        if slower_s > LONGEST_S and pace.scale > SMALLEST:
            return Pace(interval_s=max(LONGEST_S, pace.interval_s), scale=SMALLEST)
        return Pace(interval_s=min(SLOWEST_S, slower_s), scale=pace.scale)
    if load > EASE * budget:
        return pace
    faster_s = max(1 / rate, pace.interval_s * STEP)
    is_fast = pace.interval_s <= LONGEST_S / 2 or faster_s == pace.interval_s
    return Pace(interval_s=faster_s, scale=1.0 if is_fast else pace.scale)
