"""This is where it is known what this process may do with the network."""

from enum import IntEnum
from pathlib import Path
from typing import Final

STATUS: Final = Path("/proc/self/status")
EFFECTIVE: Final = "CapEff:"


class Right(IntEnum):
    """A capability by its bit (linux/capability.h)."""

    CAP_NET_ADMIN = 12
    """To change an interface: its mode, its channel."""
    CAP_NET_RAW = 13
    """To listen to every frame of an interface."""


def has(right: Right) -> bool:
    """Say whether this process has a right now."""
    for line in STATUS.read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith(EFFECTIVE):
            return bool(int(line.removeprefix(EFFECTIVE), 16) >> right & 1)
    return False
