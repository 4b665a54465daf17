"""This is where identified visits are matched to the customers who were truly there."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from edge.cli.reporting.told import Identification, ToldVisit
from edge.cli.scoring.figure import Figure, count, missing, ratio, share
from edge.cli.scoring.truth import NO_ENTRIES, Stay, Truth

BINS: Final = 10
"""Equal bins of confidence for the calibration error (Guo et al. 2017, section 2)."""
NOBODY_NAMED: Final = "no visit was identified"
NO_CUSTOMERS: Final = "no `entered` line of the truth names a customer"
NO_REACHABLE: Final = "the truth has no reachable customer"


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """An identified visit and the stay that proves it."""

    visit: ToldVisit
    named: Identification
    stay: Stay | None
    """None where the identification is wrong."""
    repeated: bool
    """True where the customer was there, but another visit has that stay already."""


class GradeScore(msgspec.Struct, frozen=True, kw_only=True):
    """How good identifications are, over all grades or within one."""

    identified: Figure
    correct: Figure
    repeated: Figure
    """Second visits for a stay that another visit has already; they count against precision."""
    wrong: Figure
    """Identifications of a customer who was not in the store."""
    precision: Figure
    recall: Figure
    """Share of the reachable stays that were found."""
    false_per_1000: Figure
    """Wrong identifications for each 1,000 people without a customer who came in."""
    calibration_error: Figure
    """Expected calibration error of the confidences, over ten equal bins."""


class IdentityScore(msgspec.Struct, frozen=True, kw_only=True):
    """How good identifications are."""

    overall: GradeScore
    by_grade: dict[str, GradeScore]


def match_identities(visits: Iterable[ToldVisit], truth: Truth) -> tuple[Match, ...]:
    """Give each stay to at most one identified visit of the same customer, longest overlap first.

    Visits of staff are left out; they are counted by themselves.
    """
    stays: dict[str, list[int]] = defaultdict(list)
    for place, stay in enumerate(truth.stays):
        if stay.customer is not None:
            stays[stay.customer].append(place)
    named = [
        (visit, visit.identified)
        for visit in visits
        if visit.identified and visit.identified.customer not in truth.staff
    ]
    pairs = sorted(
        (-overlap, order, place)
        for order, (visit, who) in enumerate(named)
        for place in stays.get(who.customer, ())
        if (overlap := _overlap_ms(visit, truth.stays[place])) is not None
    )
    given: dict[int, int] = {}
    taken: set[int] = set()
    for _, order, place in pairs:
        if order not in given and place not in taken:
            given[order] = place
            taken.add(place)
    present = {order for _, order, _ in pairs}
    return tuple(
        Match(
            visit=visit,
            named=who,
            stay=truth.stays[given[order]] if order in given else None,
            repeated=order in present and order not in given,
        )
        for order, (visit, who) in enumerate(named)
    )


def score_identity(matches: Sequence[Match], truth: Truth) -> IdentityScore:
    """Score all identifications, and each grade's by themselves."""
    grades = sorted({match.named.grade for match in matches} | {"confirmed", "probable"})
    return IdentityScore(
        overall=_score(matches, truth),
        by_grade={
            grade: _score([match for match in matches if match.named.grade == grade], truth)
            for grade in grades
        },
    )


def _overlap_ms(visit: ToldVisit, stay: Stay) -> int | None:
    """Give how long both were there, 0 for a touch, None where they never met."""
    until_ms = visit.until_ms if stay.left_ms is None else min(visit.until_ms, stay.left_ms)
    shared = until_ms - max(visit.started_ms, stay.entered_ms)
    return shared if shared >= 0 else None


def _score(matches: Sequence[Match], truth: Truth) -> GradeScore:
    identified = count(len(matches))
    if not truth.stays:
        none = missing(NO_ENTRIES)
        return GradeScore(
            identified=identified,
            correct=none,
            repeated=none,
            wrong=none,
            precision=none,
            recall=none,
            false_per_1000=none,
            calibration_error=none,
        )
    correct = [match for match in matches if match.stay is not None]
    repeated = sum(match.repeated for match in matches)
    wrong = len(matches) - len(correct) - repeated
    strangers = sum(stay.customer is None for stay in truth.stays)
    return GradeScore(
        identified=identified,
        correct=count(len(correct), of=len(matches)),
        repeated=count(repeated, of=len(matches)),
        wrong=count(wrong, of=len(matches)),
        precision=share(len(correct), len(matches), reason=NOBODY_NAMED),
        recall=_recall(correct, truth),
        false_per_1000=ratio(
            1000 * wrong, strangers, n=strangers, reason="everybody in the truth is a customer"
        ),
        calibration_error=_calibration_error(matches),
    )


def _recall(correct: Sequence[Match], truth: Truth) -> Figure:
    if not any(stay.customer for stay in truth.stays):
        return missing(NO_CUSTOMERS)
    reachable = sum(stay.reachable for stay in truth.stays)
    found = sum(match.stay.reachable for match in correct if match.stay)
    return share(found, reachable, reason=NO_REACHABLE)


def _calibration_error(matches: Sequence[Match]) -> Figure:
    """Weigh each bin's gap between how sure it was and how often it was right."""
    bins: dict[int, list[Match]] = defaultdict(list)
    for match in matches:
        bins[min(BINS - 1, int(match.named.confidence * BINS))].append(match)
    gaps = sum(
        abs(sum((match.stay is not None) - match.named.confidence for match in held))
        for held in bins.values()
    )
    return ratio(gaps, len(matches), n=len(matches), reason=NOBODY_NAMED)


def score_staff(visits: Iterable[ToldVisit], truth: Truth) -> Figure:
    """Count the visits that were given to members of staff; it ought to be none."""
    if not truth.staff:
        return missing("neither the truth nor the seed says who is staff")
    found = [
        visit for visit in visits if visit.identified and visit.identified.customer in truth.staff
    ]
    return count(len(found), of=len(truth.staff))
