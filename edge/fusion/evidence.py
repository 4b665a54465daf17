"""This is where evidence is weighed: clipped natural-log likelihood ratios that add up.

The two hypotheses: the customer is on a visit, or passes by outside with the device switched on.
Each kind of evidence counts once per visit.
"""

import math
from typing import Final

from edge.fusion.state import Heard, Presence
from edge.model.observation import EvidenceKind

PASSING_S: Final = 15.0
"""Mean time for which a passer-by is heard as from inside: some 20 m of shop front at 1.3 m/s."""
BLE_SOLID_MOST: Final = 3.0
BLE_INSIDE: Final = 2.5
"""Heard best, and well, by a receiver away from the entrance: e^2.5 = 12 visitors for one
passer-by, in full after INSIDE_S seconds."""
INSIDE_S: Final = 15.0
BLE_OUTSIDE: Final = -2.0
"""Gone without that, in a store that has such receivers: one visitor in ten turns round at once."""
LINK: Final = 3.0
"""Joining the store's network takes a visitor's will or an earlier visit; the radio reaches the
street, so one in twenty joins is taken to be from outside."""
CARD: Final = 6.0
"""A card on the scanner is the customer's act; one in 400 is taken to be somebody else's."""
DOOR_WINDOW_S: Final = 90.0
"""A person who comes in is counted within this time around the first advert."""
DOOR_SEEN: Final = 0.9
"""Share of people coming in whose count lies in that window."""
DOOR_MOST: Final = 2.5
DOOR_LEAST: Final = -2.0
WEAK_DBM: Final = -86.0
STRONG_DBM: Final = -72.0
"""-72 dBm and more come from within 5 m of a receiver (-61.9 dBm at 1 m, exponent 1.4); somebody on
the pavement, 10 m away behind a shop window of 8 dB, is heard at -84 dBm. Between the two the time
heard counts in part."""


def solidity(level_dbm: float) -> float:
    """Say how much a level speaks for being inside, 0..1."""
    return min(1.0, max(0.0, (level_dbm - WEAK_DBM) / (STRONG_DBM - WEAK_DBM)))


def weigh(
    presence: Presence, *, arrivals_per_s: float, has_door: bool, is_gone_early: bool
) -> dict[str, float]:
    """Give the weight of each kind of evidence.

    `has_door` says whether a live counter exists; `is_gone_early` that the person is gone, and
    could have been heard away from the entrance.
    """
    weights = {str(kind): _weight(kind, heard) for kind, heard in presence.heard.items()}
    ble = presence.heard.get(EvidenceKind.BLE)
    if is_gone_early and ble is not None and ble.inside_s < INSIDE_S:
        weights[str(EvidenceKind.BLE)] += BLE_OUTSIDE
    is_act = EvidenceKind.CARD in presence.heard or EvidenceKind.FACE in presence.heard
    if has_door and not is_act:
        weights["door"] = _door(presence.door_match_s is not None, arrivals_per_s=arrivals_per_s)
    return weights


def confidence(weights: dict[str, float], *, prior: float) -> float:
    """Turn weights and the share of members into a probability."""
    logit = math.log(prior / (1 - prior)) + sum(weights.values())
    return 1 / (1 + math.exp(-logit))


def _weight(kind: EvidenceKind, heard: Heard) -> float:
    if kind is EvidenceKind.BLE:
        solid = min(BLE_SOLID_MOST, heard.solid_s / PASSING_S)
        return solid + BLE_INSIDE * min(1.0, heard.inside_s / INSIDE_S)
    return LINK if kind is EvidenceKind.LINK else CARD


def _door(is_matched: bool, *, arrivals_per_s: float) -> float:  # noqa: FBT001 - the evidence itself
    by_chance = 1 - math.exp(-max(arrivals_per_s, 1e-5) * DOOR_WINDOW_S)
    if is_matched:
        return min(DOOR_MOST, math.log(DOOR_SEEN / by_chance))
    return max(DOOR_LEAST, math.log((1 - DOOR_SEEN) / max(1 - by_chance, 1e-9)))
