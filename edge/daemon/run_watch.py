"""This is where a technician looks over a source's shoulder, and sees nobody."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from typing import Any, Final

import msgspec

from edge.daemon.supervisor import Supervised
from edge.model.moment import rfc3339
from edge.model.observation import (
    AnyObservation,
    ConsentChanged,
    CustomerHeard,
    DoorCounted,
    ProbeHeard,
    PurchaseMade,
    SignOfLife,
    SourceChanged,
    StaffHeard,
    WithdrawalMade,
)

PERIOD_S: Final = 1.0
MOST_SEEN: Final = 20
"""Observations shown a second; the rest is counted."""

SHOWN: Final[dict[type[Any], tuple[str, ...]]] = {
    ProbeHeard: ("signal_dbm",),
    WithdrawalMade: (),
    ConsentChanged: (),
    CustomerHeard: ("evidence", "signal_dbm", "leaving"),
    StaffHeard: ("signal_dbm", "leaving"),
    DoorCounted: ("entered", "left"),
    PurchaseMade: ("lane",),
    SignOfLife: ("heard", "refused", "faces"),
    SourceChanged: ("was", "now", "reason"),
}
"""What is shown of each kind: no customer, no badge, no bucket, no receipt."""


class Glimpse(msgspec.Struct, frozen=True, kw_only=True):
    """What a source noticed in one second."""

    at: str
    source: str
    state: str
    heard: int
    """Frames, adverts or lines taken in."""
    refused: int
    """What was not used of them, or could not be read."""
    counts: dict[str, int]
    """Observations by kind."""
    seen: tuple[dict[str, Any], ...]
    """The newest of them, without identifiers."""


async def glimpses(
    find: Callable[[], Supervised], *, period_s: float = PERIOD_S
) -> AsyncGenerator[Glimpse, None]:
    """Give what a source notices, a piece each second, until nobody listens.

    `find` gives the source, anew after a change of settings. Raises: what `find` raises.
    """
    seen: list[AnyObservation] = []
    source = find()
    source.listeners.add(seen.append)
    heard, refused = _totals(source)
    try:
        while True:
            yield _glimpse(source, seen, heard=heard, refused=refused)
            seen.clear()
            heard, refused = _totals(source)
            await asyncio.sleep(period_s)
            current = find()
            if current is not source:
                source.listeners.discard(seen.append)
                source = current
                source.listeners.add(seen.append)
                heard, refused = 0, 0
    finally:
        source.listeners.discard(seen.append)


def shown(observation: AnyObservation) -> dict[str, Any]:
    """Give what may be shown of an observation."""
    kind = type(observation)
    fields = {name: getattr(observation, name) for name in SHOWN[kind]}
    return {"kind": kind.__struct_config__.tag, "at": rfc3339(observation.at), **fields}


def _glimpse(
    source: Supervised, seen: list[AnyObservation], *, heard: int, refused: int
) -> Glimpse:
    now_heard, now_refused = _totals(source)
    counts = Counter(str(type(one).__struct_config__.tag) for one in seen)
    return Glimpse(
        at=rfc3339(source.house.clock.now()),
        source=source.name,
        state=source.state.value,
        heard=max(0, now_heard - heard),
        refused=max(0, now_refused - refused),
        counts=dict(sorted(counts.items())),
        seen=tuple(shown(one) for one in seen[-MOST_SEEN:]),
    )


def _totals(source: Supervised) -> tuple[int, int]:
    tally = source.tally()
    return tally.heard, sum(tally.refused.values())
