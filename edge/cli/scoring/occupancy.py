"""This is where estimates of how many people were inside are compared with the truth."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import Final

import msgspec

from edge.cli.reporting.rows import interval_ms
from edge.cli.scoring.figure import Figure, missing, ratio, share
from edge.cli.scoring.truth import Truth
from edge.model.event import OccupancyEstimated
from edge.model.names import WHOLE_STORE
from edge.store.rows import LedgerRow

NO_ESTIMATES: Final = "no occupancy was estimated for the whole store"
NO_TRUTH: Final = "the truth has neither `occupancy` lines nor `entered` with `left`"
NOTHING_TO_COMPARE: Final = "no estimate with a figure falls into the time of the truth"


class OccupancyScore(msgspec.Struct, frozen=True, kw_only=True):
    """How well it is known how many people are in the store, weighted by the intervals' length."""

    wape: Figure
    """Sum of errors by sum of truth."""
    skill: Figure
    """1 - error / error of the constant that is the true mean; 0 is as good as the constant."""
    interval_coverage: Figure
    """Share of the intervals that hold the truth; the estimates aim at 0.9."""
    interval_width: Figure
    """Mean of high - low, in people."""
    unknown: Figure
    """Share of the time for which the edge said that it does not know."""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """An estimate beside the truth of its interval."""

    said: OccupancyEstimated
    weight_ms: int
    true: float
    """People inside, averaged over the interval."""


Steps = Sequence[tuple[int, float]]
"""From when on (ms) how many people were inside, in order of time."""


def score_occupancy(rows: Iterable[LedgerRow], truth: Truth) -> OccupancyScore:
    """Compare the whole store's estimates with the truth, averaged over each interval."""
    estimates = _estimates(rows)
    steps = true_steps(truth)
    if not estimates or not steps:
        none = missing(NO_TRUTH if estimates else NO_ESTIMATES)
        return OccupancyScore(
            wape=none, skill=none, interval_coverage=none, interval_width=none, unknown=none
        )
    compared = [
        Compared(said=said, weight_ms=to_ms - from_ms, true=averaged(steps, from_ms, to_ms=to_ms))
        for (from_ms, to_ms), said in sorted(estimates.items())
        if to_ms > from_ms and to_ms > steps[0][0]
    ]
    known = [one for one in compared if one.said.people is not None]
    whole = sum(one.weight_ms for one in compared)
    return OccupancyScore(
        wape=ratio(
            _error(known),
            sum(one.true * one.weight_ms for one in known),
            n=len(known),
            reason="nobody was truly inside" if known else NOTHING_TO_COMPARE,
        ),
        skill=_skill(known),
        interval_coverage=_interval_coverage(known),
        interval_width=_interval_width(known),
        unknown=ratio(
            whole - sum(one.weight_ms for one in known),
            whole,
            n=len(compared),
            reason=NOTHING_TO_COMPARE,
        ),
    )


def true_steps(truth: Truth) -> Steps:
    """Give the truth as steps: its occupancy lines, or entries less leavings.

    People who left without having come in were inside from the beginning.
    """
    if truth.occupancy:
        return truth.occupancy
    if not truth.stays or not truth.leavings_ms:
        return ()
    moves = sorted(
        [(stay.entered_ms, 1) for stay in truth.stays]
        + [(at_ms, -1) for at_ms in truth.leavings_ms]
    )
    inside = list(accumulate(change for _, change in moves))
    before = max(truth.inside_before, -min(inside))
    return [(0, before)] + [
        (at_ms, before + people) for (at_ms, _), people in zip(moves, inside, strict=True)
    ]


def averaged(steps: Steps, from_ms: int, *, to_ms: int) -> float:
    """Average steps over an interval; before the first step its value stands."""
    first = max(0, bisect_right(steps, from_ms, key=lambda step: step[0]) - 1)
    last = bisect_right(steps, to_ms, key=lambda step: step[0])
    inner = list(steps[first:last]) or [steps[0]]
    edges = [from_ms, *(min(max(at_ms, from_ms), to_ms) for at_ms, _ in inner[1:]), to_ms]
    area = sum(
        people * (end - begin)
        for (begin, end), (_, people) in zip(pairwise(edges), inner, strict=True)
    )
    return area / (to_ms - from_ms)


def _estimates(rows: Iterable[LedgerRow]) -> dict[tuple[int, int], OccupancyEstimated]:
    """Keep the last word on each interval of the whole store."""
    return {
        interval_ms(row.data): row.data
        for row in rows
        if isinstance(row.data, OccupancyEstimated) and row.data.zone == WHOLE_STORE
    }


def _error(known: Sequence[Compared]) -> float:
    return sum(abs((one.said.people or 0.0) - one.true) * one.weight_ms for one in known)


def _skill(known: Sequence[Compared]) -> Figure:
    if not known:
        return missing(NOTHING_TO_COMPARE)
    whole = sum(one.weight_ms for one in known)
    constant = sum(one.true * one.weight_ms for one in known) / whole
    baseline = sum(abs(constant - one.true) * one.weight_ms for one in known)
    if baseline <= 0:
        return missing("the truth is the same in every interval: a constant cannot be beaten")
    return Figure(value=1 - _error(known) / baseline, n=len(known))


def _interval_coverage(known: Sequence[Compared]) -> Figure:
    bounded = [
        one.said.low <= one.true <= one.said.high
        for one in known
        if one.said.low is not None and one.said.high is not None
    ]
    return share(sum(bounded), len(bounded), reason="no estimate has an interval")


def _interval_width(known: Sequence[Compared]) -> Figure:
    widths = [
        (one.said.high - one.said.low, one.weight_ms)
        for one in known
        if one.said.low is not None and one.said.high is not None
    ]
    return ratio(
        sum(width * weight for width, weight in widths),
        sum(weight for _, weight in widths),
        n=len(widths),
        reason="no estimate has an interval",
    )
