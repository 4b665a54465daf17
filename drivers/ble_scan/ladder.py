"""This is where it is decided what to try when a radio falls silent.

A radio can go deaf without an error (bleak #887); silence is then the only sign. A scan that BlueZ
does not start because it believes in an earlier one (bleak #2021) needs the adapter off and on.
"""

from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Rung(StrEnum):
    """How far a source has gone to hear again."""

    LISTENING = "listening"
    RESTARTED = "restarted"
    POWER_CYCLED = "power-cycled"


class Sign(StrEnum):
    """What a source noticed about its radio."""

    HEARD = "heard"
    SILENT = "silent"
    BUSY = "busy"


class Act(StrEnum):
    """What to do next."""

    CARRY_ON = "carry on"
    RESTART_SCAN = "start the scan anew"
    POWER_CYCLE = "switch the adapter off and on"
    GIVE_UP = "give up"


LADDER: Final = MappingProxyType(
    {
        (Rung.LISTENING, Sign.HEARD): (Rung.LISTENING, Act.CARRY_ON),
        (Rung.LISTENING, Sign.SILENT): (Rung.RESTARTED, Act.RESTART_SCAN),
        (Rung.LISTENING, Sign.BUSY): (Rung.POWER_CYCLED, Act.POWER_CYCLE),
        (Rung.RESTARTED, Sign.HEARD): (Rung.LISTENING, Act.CARRY_ON),
        (Rung.RESTARTED, Sign.SILENT): (Rung.POWER_CYCLED, Act.POWER_CYCLE),
        (Rung.RESTARTED, Sign.BUSY): (Rung.POWER_CYCLED, Act.POWER_CYCLE),
        (Rung.POWER_CYCLED, Sign.HEARD): (Rung.LISTENING, Act.CARRY_ON),
        (Rung.POWER_CYCLED, Sign.SILENT): (Rung.POWER_CYCLED, Act.GIVE_UP),
        (Rung.POWER_CYCLED, Sign.BUSY): (Rung.POWER_CYCLED, Act.GIVE_UP),
    }
)
"""From where and on what sign: to where, and what to do."""
