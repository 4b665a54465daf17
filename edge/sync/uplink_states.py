"""This is where the states of the uplink stand, and what moves it from one to the next.

state      signal       next        what it means
OFFLINE    CONNECTED    LISTENING   withdrawals and erasures are taken in before we speak
LISTENING  HEARD        FLOWING     up to `window` messages in flight; before the platform answered
                                    what it knows of withdrawals, only what speaks of nobody
FLOWING    STALLED      PROBING     no acknowledgement for a time: one message at a time
PROBING    PROGRESS     FLOWING
PROBING    RETURNED     LISTENING   a platform that answers was away: it may know of withdrawals
                                    that it could not tell of
FLOWING    REFUSED      HELD        the broker refused a message: wait, then probe
PROBING    REFUSED      HELD
HELD       DUE          PROBING
any        LOST         OFFLINE     everything not acknowledged is sent again
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final


class State(Enum):
    """Where the uplink stands."""

    OFFLINE = "offline"
    LISTENING = "listening"
    FLOWING = "flowing"
    PROBING = "probing"
    HELD = "held"


class Signal(Enum):
    """What can move it."""

    CONNECTED = "connected"
    HEARD = "heard"
    PROGRESS = "progress"
    RETURNED = "returned"
    STALLED = "stalled"
    REFUSED = "refused"
    DUE = "due"
    LOST = "lost"


MOVES: Final[Mapping[tuple[State, Signal], State]] = MappingProxyType(
    {
        (State.OFFLINE, Signal.CONNECTED): State.LISTENING,
        (State.LISTENING, Signal.HEARD): State.FLOWING,
        (State.FLOWING, Signal.STALLED): State.PROBING,
        (State.FLOWING, Signal.REFUSED): State.HELD,
        (State.PROBING, Signal.PROGRESS): State.FLOWING,
        (State.PROBING, Signal.RETURNED): State.LISTENING,
        (State.PROBING, Signal.REFUSED): State.HELD,
        (State.HELD, Signal.DUE): State.PROBING,
        (State.LISTENING, Signal.LOST): State.OFFLINE,
        (State.FLOWING, Signal.LOST): State.OFFLINE,
        (State.PROBING, Signal.LOST): State.OFFLINE,
        (State.HELD, Signal.LOST): State.OFFLINE,
    }
)
"""A pair that is not here changes nothing."""
