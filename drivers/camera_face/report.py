"""This is where it is reported how an engine treats people, all together and by group.

FMR and FNMR are those of comparing two pictures (ISO/IEC 19795-1). A group's FMR is that of its
members compared with one another. A group is flagged whose FMR is more than twice that of
everybody (R12): its members are taken for each other too often.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.camera_face.labelled import Encoded
from drivers.camera_face.rates import Floats, Rate, Scores, fmr_at, fnmr_at, threshold_at, wilson

TIMES_OVERALL: Final = 2.0
USUAL_FMR: Final = 1e-3
"""Where no threshold is named, it is the one at which everybody's FMR is this: low enough for a
check of one, and frequent enough that a set of a few hundred people shows differences."""
LEAST_MATCHES: Final = 10
"""... and in a smaller set the one at which this many comparisons of two people match: with fewer
to look at, no group could ever be flagged."""
LOOSEST_FMR: Final = 0.1
STEPS: Final = 200
MIXED: Final = ""
"""Group of a comparison of two people of different groups."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparisons:
    """What pictures of a set score with one another; a row for each two."""

    scores: Floats
    is_mated: NDArray[np.bool_]
    groups: NDArray[np.str_]
    """Group of both people, MIXED where they differ or have none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupRates:
    """How an engine treats one group."""

    group: str
    fmr: Rate
    fnmr: Rate
    is_flagged: bool
    """FMR above twice everybody's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DetPoint:
    """One point of the trade-off between the two errors."""

    fmr: float
    fnmr: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """How an engine treats people at one threshold, and what others would bring."""

    threshold: float
    fmr: Rate
    fnmr: Rate
    groups: tuple[GroupRates, ...]
    """By name."""
    det: tuple[DetPoint, ...]
    """Strictest threshold first."""

    @property
    def flagged(self) -> tuple[GroupRates, ...]:
        """Give the groups that are taken for each other too often."""
        return tuple(group for group in self.groups if group.is_flagged)


def acquired(encoded: Encoded) -> Rate:
    """Give the failure to acquire: the share of pictures in which no face was found."""
    return wilson(int((~encoded.is_acquired).sum()), len(encoded.people))


def compared(encoded: Encoded, groups: Mapping[int, str]) -> Comparisons:
    """Compare every two pictures; `groups` names the group of a person's number."""
    kept = encoded.is_acquired
    vectors, people = encoded.vectors[kept], encoded.people[kept]
    first, second = np.triu_indices(len(vectors), 1)
    group = np.array([groups.get(int(person), MIXED) for person in people], np.str_)
    return Comparisons(
        scores=(vectors @ vectors.T)[first, second].astype(np.float64),
        is_mated=people[first] == people[second],
        groups=np.where(group[first] == group[second], group[first], MIXED),
    )


def report(comparisons: Comparisons, *, threshold: float | None = None) -> Report:
    """Give everybody's and every group's rates at a threshold, and the DET curve."""
    everybody = _scores(comparisons, np.ones(len(comparisons.scores), np.bool_))
    level = _usual(everybody) if threshold is None else threshold
    fmr = fmr_at(everybody, level)
    groups = [
        _rates(str(group), _scores(comparisons, comparisons.groups == group), level, fmr.share)
        for group in np.unique(comparisons.groups)
        if group != MIXED
    ]
    return Report(
        threshold=level,
        fmr=fmr,
        fnmr=fnmr_at(everybody, level),
        groups=tuple(groups),
        det=_det(everybody),
    )


def _usual(everybody: Scores) -> float:
    count = max(1, everybody.non_mated.size)
    return threshold_at(everybody, max(USUAL_FMR, LEAST_MATCHES / count))


def _scores(comparisons: Comparisons, kept: NDArray[np.bool_]) -> Scores:
    return Scores(
        mated=comparisons.scores[kept & comparisons.is_mated],
        non_mated=comparisons.scores[kept & ~comparisons.is_mated],
    )


def _rates(group: str, scores: Scores, threshold: float, overall: float) -> GroupRates:
    fmr = fmr_at(scores, threshold)
    return GroupRates(
        group=group,
        fmr=fmr,
        fnmr=fnmr_at(scores, threshold),
        is_flagged=fmr.share > TIMES_OVERALL * overall,
    )


def _det(scores: Scores) -> tuple[DetPoint, ...]:
    """Walk from the strictest threshold to the loosest that a shop could want."""
    if not scores.mated.size or not scores.non_mated.size:
        return ()
    ordered = np.sort(scores.non_mated)[::-1]
    wanted = np.geomspace(1 / ordered.size, LOOSEST_FMR, STEPS)
    places = np.unique(np.clip((wanted * ordered.size).astype(int), 1, ordered.size) - 1)
    mated = np.sort(scores.mated)
    return tuple(
        DetPoint(
            fmr=float(place + 1) / ordered.size,
            fnmr=float(np.searchsorted(mated, ordered[place], side="left")) / mated.size,
        )
        for place in places.tolist()
    )


def draw_det(outcome: Report, path: Path, *, title: str) -> None:
    """Draw the DET curve, with the operating point and each group's, into a picture file."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to load; only a drawing needs it

    figure = Figure(figsize=(7, 5), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([point.fmr for point in outcome.det], [point.fnmr for point in outcome.det])
    axes.plot(outcome.fmr.share, outcome.fnmr.share, "ko", label="everybody")
    for group in outcome.groups:
        mark = "rs" if group.is_flagged else "g^"
        axes.plot(group.fmr.share, group.fnmr.share, mark, label=group.group)
    axes.set_xscale("log")
    axes.set_xlabel("FMR: two people taken for one")
    axes.set_ylabel("FNMR: one person not known again")
    axes.set_title(title)
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend()
    figure.savefig(path)
