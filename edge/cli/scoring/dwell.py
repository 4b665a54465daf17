"""This is where the lengths of visits and their zones are compared with the truth."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from edge.cli.reporting.told import UNKNOWN_ZONE, ToldVisit, ZoneSpan
from edge.cli.scoring.figure import Figure, mean, missing, ratio
from edge.cli.scoring.identity import Match
from edge.cli.scoring.truth import Stay, Truth

NO_MATCH: Final = "no identified visit could be matched to a stay that ended"
NO_ZONES: Final = "the truth has no `zone` lines"


class DwellScore(msgspec.Struct, frozen=True, kw_only=True):
    """How well the length of visits is known."""

    identified_mae_s: Figure
    """Mean error of the identified visits that could be matched, in seconds."""
    anonymous_mean_difference_s: Figure
    """Mean of the anonymous visits less mean of the other stays; positive is too long."""
    anonymous_distance_s: Figure
    """Earth mover's distance between the two distributions, in seconds."""


class ZoneScore(msgspec.Struct, frozen=True, kw_only=True):
    """How well the zones of identified visits are known, weighted by time."""

    accuracy: Figure
    """Right time by right and wrong time; time in an unknown zone is in neither."""
    unknown: Figure
    """Share of the time for which no zone was told, or `unknown`."""


def score_dwell(
    visits: Iterable[ToldVisit], matches: Sequence[Match], *, truth: Truth
) -> DwellScore:
    """Compare lengths: one by one where a customer says who it is, else as distributions."""
    errors = [
        abs(match.visit.duration_s - true_s)
        for match in matches
        if match.stay and match.visit.duration_s is not None
        if (true_s := _length_s(match.stay)) is not None
    ]
    others = Counter(truth.stays) - Counter(match.stay for match in matches if match.stay)
    told = [
        visit.duration_s
        for visit in visits
        if visit.duration_s is not None and visit.identified is None
    ]
    true = [length for stay in others.elements() if (length := _length_s(stay)) is not None]
    if told and true:
        difference = Figure(value=sum(told) / len(told) - sum(true) / len(true), n=len(told))
        distance = Figure(value=_distance(told, true), n=len(told))
    else:
        why = "no anonymous visit ended" if not told else "no other stay of the truth ended"
        difference = distance = missing(why)
    return DwellScore(
        identified_mae_s=mean(errors, reason=NO_MATCH),
        anonymous_mean_difference_s=difference,
        anonymous_distance_s=distance,
    )


def score_zones(matches: Sequence[Match], truth: Truth) -> ZoneScore:
    """Compare, moment by moment, the zone told with the zone that is true."""
    if not truth.knows_zones:
        return ZoneScore(accuracy=missing(NO_ZONES), unknown=missing(NO_ZONES))
    right = wrong = unknown = compared = 0
    for match in matches:
        true_spans = _true_spans(match.visit, match.stay) if match.stay else []
        compared += bool(true_spans)
        for span in true_spans:
            told = _shared(span, match.visit.zones)
            hit = told.get(span.zone, 0)
            miss = sum(told.values()) - hit - told.get(UNKNOWN_ZONE, 0)
            right, wrong = right + hit, wrong + miss
            unknown += span.to_ms - span.from_ms - hit - miss
    whole = right + wrong + unknown
    reason = "no identified visit could be matched to a stay with zones"
    return ZoneScore(
        accuracy=ratio(
            right, right + wrong, n=compared, reason="no zone was told" if whole else reason
        ),
        unknown=ratio(unknown, whole, n=compared, reason=reason),
    )


def _length_s(stay: Stay) -> float | None:
    return None if stay.left_ms is None else (stay.left_ms - stay.entered_ms) / 1000


def _distance(told: Sequence[float], true: Sequence[float]) -> float:
    """Integrate the gap between the two distribution functions."""
    left, right = sorted(told), sorted(true)
    return sum(
        abs(bisect_right(left, low) / len(left) - bisect_right(right, low) / len(right))
        * (high - low)
        for low, high in pairwise(sorted(left + right))
    )


def _true_spans(visit: ToldVisit, stay: Stay) -> list[ZoneSpan]:
    """Give the zones that are true while the visit and the stay both last."""
    end_ms = visit.until_ms if stay.left_ms is None else min(visit.until_ms, stay.left_ms)
    ends = [at_ms for at_ms, _ in stay.zones[1:]]
    return [
        ZoneSpan(zone=zone, from_ms=from_ms, to_ms=to_ms)
        for (at_ms, zone), next_ms in zip(stay.zones, [*ends, end_ms], strict=False)
        if (to_ms := min(next_ms, end_ms)) > (from_ms := max(at_ms, visit.started_ms))
    ]


def _shared(span: ZoneSpan, told: Iterable[ZoneSpan]) -> dict[str, int]:
    """Give for how long (ms) each zone was told during a span."""
    found: dict[str, int] = {}
    for other in told:
        shared = min(span.to_ms, other.to_ms) - max(span.from_ms, other.from_ms)
        if shared > 0:
            found[other.zone] = found.get(other.zone, 0) + shared
    return found
