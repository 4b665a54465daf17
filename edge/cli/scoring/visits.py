"""This is where the visits that were counted are compared with the people who came in."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from edge.cli.reporting.told import ToldVisit
from edge.cli.scoring.figure import Figure, count, mean, missing, ratio
from edge.cli.scoring.truth import NO_ENTRIES, Truth


class VisitScore(msgspec.Struct, frozen=True, kw_only=True):
    """How well visits were counted, by local day and local hour.

    Percentage errors (MAPE) are means over the days or hours in which somebody truly came in: an
    error on a truth of zero has no percentage. The weighted errors (WAPE: sum of errors by sum of
    truth) take in every hour in which there was a visit or a person, so that visits made up in
    empty hours count there.
    """

    told: Figure
    """People in visits that stand; merged and retracted visits are taken out."""
    true: Figure
    mape_day: Figure
    mape_hour: Figure
    wape_day: Figure
    wape_hour: Figure


def score_visits(visits: Iterable[ToldVisit], truth: Truth, *, zone: ZoneInfo) -> VisitScore:
    """Compare visits that stand with the truth's entries."""
    told: Counter[int] = Counter()
    for visit in visits:
        told[visit.started_ms] += visit.people
    if not truth.stays:
        none = missing(NO_ENTRIES)
        return VisitScore(
            told=count(told.total()),
            true=none,
            mape_day=none,
            mape_hour=none,
            wape_day=none,
            wape_hour=none,
        )
    true = Counter(stay.entered_ms for stay in truth.stays)
    days = _errors(told, true, zone=zone, spec="days")
    hours = _errors(told, true, zone=zone, spec="hours")
    return VisitScore(
        told=count(told.total()),
        true=count(true.total()),
        mape_day=_mape(days),
        mape_hour=_mape(hours),
        wape_day=_wape(days),
        wape_hour=_wape(hours),
    )


def _errors(
    told: Counter[int], true: Counter[int], *, zone: ZoneInfo, spec: str
) -> list[tuple[int, int]]:
    """Give (error, truth) for each local day or hour in which either has anybody."""
    told_bins, true_bins = (_binned(counts, zone=zone, spec=spec) for counts in (told, true))
    return [
        (abs(told_bins[name] - true_bins[name]), true_bins[name])
        for name in sorted(told_bins.keys() | true_bins.keys())
    ]


def _binned(counts: Counter[int], *, zone: ZoneInfo, spec: str) -> Counter[str]:
    """Add up by local day or hour; the two hours of one name in autumn differ in their offset."""
    bins: Counter[str] = Counter()
    for at_ms, people in counts.items():
        local = datetime.fromtimestamp(at_ms / 1000, tz=zone)
        name = local.strftime("%Y-%m-%d" if spec == "days" else "%Y-%m-%dT%H%z")
        bins[name] += people
    return bins


def _mape(errors: list[tuple[int, int]]) -> Figure:
    return mean([error / true for error, true in errors if true], reason=NO_ENTRIES)


def _wape(errors: list[tuple[int, int]]) -> Figure:
    return ratio(
        sum(error for error, _ in errors),
        sum(true for _, true in errors),
        n=len(errors),
        reason=NO_ENTRIES,
    )
