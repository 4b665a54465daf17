"""This is where it is known how much slower than usual this machine is."""

import os
from typing import Final

SLOWNESS: Final = "STORE_EDGE_LAB_SLOWNESS"
"""Times slower; set in the emulated machine of scripts/lab_vm."""


def patience_s(seconds: float) -> float:
    """Give how long to wait here for what takes at most so many seconds elsewhere."""
    return seconds * float(os.environ.get(SLOWNESS, "1"))
