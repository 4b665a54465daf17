"""This is where phones join and leave the store's own Wi-Fi, as its controller logs it."""

from collections.abc import Iterable
from random import Random
from typing import Any, Final

from drivers.simulated.deeds import Deeds
from drivers.simulated.dice import chance
from drivers.simulated.handsets import universal_address
from drivers.simulated.jsonl import stamped

ACCESS_POINT: Final = "wifi-guests"
"""The source's name."""
NEVER_LEAVES: Final = 0.2
"""Share of associations whose end the controller does not see."""
LINGERS_S: Final = (4.0, 60.0)
"""How long after its owner a phone is still associated."""
ROAMS: Final = 0.15
"""Share of the associations that are reported a second time."""
OWN_DEVICES: Final = 3


def log_associations(
    rng: Random, deeds: Iterable[Deeds], *, epoch_s: int, length_s: float
) -> list[dict[str, Any]]:
    """Give the log of the day, in the order of time; the store's own devices come first."""
    entries = [(1.0 + n, "associated", universal_address(rng)) for n in range(OWN_DEVICES)]
    for one in deeds:
        if one.joins_at is not None:
            entries += _stay(rng, one, one.joins_at)
    return [
        stamped(epoch_s, at, event=event, address=address.hex(":"))
        for at, event, address in sorted(entries)
        if at < length_s
    ]


def _stay(rng: Random, deeds: Deeds, joins_at: float) -> list[tuple[float, str, bytes]]:
    left = deeds.visit.left
    entries = [(joins_at, "associated", deeds.address)]
    if chance(rng, ROAMS):
        entries.append((rng.uniform(joins_at, left), "associated", deeds.address))
    if not chance(rng, NEVER_LEAVES):
        entries.append((left + rng.uniform(*LINGERS_S), "disassociated", deeds.address))
    return entries
