"""This is where evidence is weighed: clipped natural-log likelihood ratios that add up.

The two hypotheses: the customer is on a visit, or passes by outside with the device switched on.
Each kind of evidence counts once per visit, and none after the end of the consent it rests on.
"""

import math
from collections.abc import Sequence
from typing import Final

import msgspec

from edge.fusion.state import Heard, Presence
from edge.model.names import Instant
from edge.model.observation import EvidenceKind

PASSING_S: Final = 20.0
"""Mean time for which a passer-by is heard as from inside: some 25 m of shop front at 1.3 m/s."""
BLE_SOLID: Final = 1.5
BLE_INSIDE: Final = 4.0
"""Heard best, and well, by a receiver away from the entrance, in full after INSIDE_S seconds: one
in 50 of those heard like that stands outside."""
INSIDE_S: Final = 60.0
BLE_INSIDE_BLIND: Final = 2.5
"""The same where no receiver stands at the entrance: people on the pavement are heard best by one
inside, too."""
BLE_LONG: Final = 2.0
"""Heard for LONG_S: one in seven of those stays outside, waiting or at the window."""
SHORT_S: Final = 90.0
LONG_S: Final = 420.0
BLE_OUTSIDE: Final = -2.0
"""Gone, or there for SHORT_S, without having been inside, in a store with receivers there: one
visitor in ten turns round at once or stays at the entrance."""
LINK: Final = 3.7
"""Joining the store's network takes a visitor's will or an earlier visit; the radio reaches the
street, so one in forty joins is taken to be from outside."""
CARD: Final = 6.0
"""A card on the scanner is the customer's act; one in 400 is taken to be somebody else's."""
FACE: Final = 6.0
"""A face check whose score came without its likelihood ratio counts as a card."""
FACE_MOST: Final = 7.0
"""A measured ratio counts up to this: one in 1,100 is what an operating point at 0.1 % vouches for,
and a score beyond all that was measured says nothing surer."""
MISSED: Final = 0.05
"""Share of people whose count at a door is missed."""
STRAY: Final = 0.15
"""Share of people first heard, or last heard, at any time around their count."""
STRAY_S: Final = 120.0
RAREST_PER_S: Final = 1 / 900
"""Counts are taken to come at least this often by chance."""
WEAK_DBM: Final = -86.0
STRONG_DBM: Final = -72.0
"""-72 dBm and more come from within 5 m of a receiver (-61.9 dBm at 1 m, exponent 1.4); somebody on
the pavement, 10 m away behind a shop window of 8 dB, is heard at -84 dBm. Between the two the time
heard counts in part."""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Door counts around the moment at which somebody was first, or last, heard."""

    offsets_s: tuple[float, ...]
    """Moment heard minus moment counted, for each count that is still nobody's."""
    centre_s: float
    """The usual offset of people known to have passed a door."""
    scale_s: float
    """Mean deviation from that."""
    per_s: float
    """Counts a second, by chance."""


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """What a person's evidence is weighed against."""

    now: Instant
    arrivals: Counts | None = None
    """None where no live counter is there, or nothing hears people at the doors."""
    departures: Counts | None = None
    """Set once the person is heard no more."""
    is_gone: bool = False
    has_receiver_inside: bool = False
    has_receiver_at_door: bool = True


def solidity(level_dbm: float) -> float:
    """Say how much a level speaks for being inside, 0..1."""
    return min(1.0, max(0.0, (level_dbm - WEAK_DBM) / (STRONG_DBM - WEAK_DBM)))


def weigh(presence: Presence, around: Circumstances) -> dict[str, float]:
    """Give the weight of each kind of evidence; empty where no consent is in force any more."""
    heard = {kind: one for kind, one in presence.heard.items() if around.now < one.until}
    weights = {str(kind): _weight(kind, one, around) for kind, one in heard.items()}
    is_act = EvidenceKind.CARD in heard or EvidenceKind.FACE in heard
    if not weights or is_act:
        return weights
    if around.arrivals is not None:
        weights["door"] = coincidence(around.arrivals)
    if around.departures is not None:
        weights["door"] = weights.get("door", 0.0) + coincidence(around.departures)
    return weights


def confidence(weights: dict[str, float], *, prior: float) -> float:
    """Turn weights and the share of members into a probability."""
    if not weights:
        return 0.0
    logit = math.log(prior / (1 - prior)) + sum(weights.values())
    return 1 / (1 + math.exp(-logit))


def coincidence(counts: Counts) -> float:
    """Weigh how well one of the counts fits the moment, against counts that come by chance."""
    by_chance = max(counts.per_s, RAREST_PER_S)
    fit = sum(_density(offset_s, counts) for offset_s in counts.offsets_s)
    return math.log(MISSED + (1 - MISSED) * fit / by_chance)


def _density(offset_s: float, counts: Counts) -> float:
    """Give the density, per second, of an offset of somebody who passed the door."""
    distance = abs(offset_s - counts.centre_s)
    close = math.exp(-distance / counts.scale_s) / (2 * counts.scale_s)
    stray = 1 / STRAY_S if distance <= STRAY_S / 2 else 0.0
    return (1 - STRAY) * close + STRAY * stray


def usual_offset(offsets_s: Sequence[float]) -> tuple[float, float]:
    """Give the usual offset of people who passed a door, and the mean deviation from it.

    Some start values count as if they had been seen: heard 5 s before the count, give or take 12.
    """
    seen = sorted([-17.0, -12.0, -5.0, -5.0, 2.0, 7.0, *offsets_s])
    centre = seen[len(seen) // 2]
    return centre, max(4.0, sum(abs(offset_s - centre) for offset_s in seen) / len(seen))


def _weight(kind: EvidenceKind, heard: Heard, around: Circumstances) -> float:
    if kind is EvidenceKind.FACE:
        return FACE if heard.weight is None else min(FACE_MOST, max(-FACE_MOST, heard.weight))
    if kind is not EvidenceKind.BLE:
        return LINK if kind is EvidenceKind.LINK else CARD
    solid = min(BLE_SOLID, heard.solid_s / PASSING_S)
    is_settled = around.is_gone or heard.heard_s > SHORT_S
    if is_settled and around.has_receiver_inside and heard.inside_s < INSIDE_S / 4:
        return solid + BLE_OUTSIDE
    most = BLE_INSIDE if around.has_receiver_at_door else BLE_INSIDE_BLIND
    inside = most * min(1.0, heard.inside_s / INSIDE_S)
    long = BLE_LONG * min(1.0, max(0.0, (heard.heard_s - SHORT_S) / (LONG_S - SHORT_S)))
    return solid + max(inside, long)
