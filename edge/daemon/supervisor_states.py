"""This is where the states of a supervised source stand, and what moves it from one to the next.

state      signal       next       what it means
STARTING   LISTENS      WATCHING   its driver says that it listens
STARTING   HEARD        WATCHING   its first sign of life
STARTING   SILENT       DEAF       it did not come to listen for as long as it may be silent
WATCHING   SILENT       QUIET      nothing heard for as long as its driver may be silent
QUIET      HEARD        WATCHING
STARTING   DEAFENED     DEAF       silent for too long to be chance: it is opened anew
WATCHING   DEAFENED     DEAF
QUIET      DEAFENED     DEAF
DEAF       HEARD        WATCHING
RETRYING   BEGAN        STARTING   the wait is over
PARKED     BEGAN        STARTING   a reload, or a long wait
any run    FAULTED      RETRYING   it is tried again after a random wait that grows
any run    FAULTED      PARKED     ... unless it was the fifth fault in 60 s
any        GAVE_UP      PARKED     a technician has to act, or the settings ask for it no longer
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from edge.model.names import SECOND, Instant


class State(StrEnum):
    """How a source is."""

    STARTING = "starting"
    WATCHING = "watching"
    QUIET = "quiet"
    DEAF = "deaf"
    RETRYING = "retrying"
    PARKED = "parked"


class Signal(StrEnum):
    """What can move it."""

    BEGAN = "began"
    LISTENS = "listens"
    HEARD = "heard"
    SILENT = "silent"
    DEAFENED = "deafened"
    FAULTED = "faulted"
    GAVE_UP = "gave up"


RUNNING: Final = frozenset({State.STARTING, State.WATCHING, State.QUIET, State.DEAF})
"""States in which the driver runs."""

UP: Final = frozenset({State.WATCHING, State.QUIET})
"""States in which it can take things in."""

MOVES: Final[Mapping[tuple[State, Signal], State]] = MappingProxyType(
    {
        (State.STARTING, Signal.LISTENS): State.WATCHING,
        (State.STARTING, Signal.HEARD): State.WATCHING,
        (State.STARTING, Signal.SILENT): State.DEAF,
        (State.WATCHING, Signal.SILENT): State.QUIET,
        (State.QUIET, Signal.HEARD): State.WATCHING,
        (State.STARTING, Signal.DEAFENED): State.DEAF,
        (State.WATCHING, Signal.DEAFENED): State.DEAF,
        (State.QUIET, Signal.DEAFENED): State.DEAF,
        (State.DEAF, Signal.HEARD): State.WATCHING,
        (State.RETRYING, Signal.BEGAN): State.STARTING,
        (State.PARKED, Signal.BEGAN): State.STARTING,
        **{(state, Signal.FAULTED): State.RETRYING for state in RUNNING},
        **{(state, Signal.GAVE_UP): State.PARKED for state in State if state is not State.PARKED},
    }
)
"""A pair that is not here changes nothing. A deaf source that is opened anew stays deaf until it
is heard: that a port opens says nothing about an ear."""

MOST_FAULTS: Final = 5
WINDOW_NS: Final = 60 * SECOND
"""So many faults within this time park a source: what fails faster than the waits grow does not
heal by itself."""
STEADY_NS: Final = 60 * SECOND
"""A source that worked for so long has healed: its next fault is taken for the first one."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How one source stands."""

    state: State = State.STARTING
    since: Instant = Instant(0)
    """When it came into this state."""
    began: Instant = Instant(0)
    """When its driver was started last."""
    starts: int = 0
    """How often its driver was started."""
    faults: tuple[Instant, ...] = ()
    """Its newest faults, oldest first, at most MOST_FAULTS."""
    attempt: int = 0
    """Faults in a row: the wait grows with them."""


def step(standing: Standing, signal: Signal, at: Instant) -> Standing:
    """Give how a source stands after a signal; the same value where nothing changed."""
    if signal is Signal.BEGAN:
        standing = msgspec.structs.replace(standing, began=at, starts=standing.starts + 1)
    following = MOVES.get((standing.state, signal))
    if following is None:
        return standing
    if signal is Signal.FAULTED:
        return _fault(standing, at)
    return msgspec.structs.replace(standing, state=following, since=at)


def _fault(standing: Standing, at: Instant) -> Standing:
    faults = (*standing.faults, at)[-MOST_FAULTS:]
    was_steady = at - standing.began >= STEADY_NS
    is_hopeless = len(faults) == MOST_FAULTS and at - faults[0] <= WINDOW_NS
    return msgspec.structs.replace(
        standing,
        state=State.PARKED if is_hopeless else State.RETRYING,
        since=at,
        faults=() if is_hopeless else faults,
        attempt=1 if was_steady or is_hopeless else standing.attempt + 1,
    )
