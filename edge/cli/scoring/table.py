"""This is where a score is laid out for a person to read."""

from collections.abc import Callable
from typing import Final

from edge.cli.output import write_table
from edge.cli.scoring.compare import Score
from edge.cli.scoring.figure import Figure
from edge.cli.scoring.identity import GradeScore

COLUMNS: Final = ("", "value", "95 % interval", "cases", "remark")
RIGHT: Final = (1, 2, 3)

Form = Callable[[float], str]
Line = tuple[str, Figure, Form]


def write_score(score: Score, *, heading: str) -> None:
    """Draw the score, a table for each subject."""
    for subject, lines in sections(score):
        write_table(f"{heading}: {subject}", COLUMNS, [cells(*line) for line in lines], right=RIGHT)


def sections(score: Score) -> list[tuple[str, list[Line]]]:
    """Give the lines of each table, in the order of reading."""
    return [
        ("visits", _visits(score)),
        ("identity", _grade(score.identity.overall)),
        *(
            (f"identity, {grade}", _grade(found))
            for grade, found in score.identity.by_grade.items()
        ),
        ("dwell and zones", _dwell(score)),
        ("occupancy of the store", _occupancy(score)),
        ("purchases, staff and ledger", _ledger(score)),
    ]


def cells(name: str, figure: Figure, form: Form) -> tuple[str, ...]:
    """Give one line's cells; a figure without a value shows a dash and its reason."""
    if figure.value is None:
        return (name, "-", "", "", figure.reason)
    bounds = (
        f"{form(figure.low)} to {form(figure.high)}"
        if figure.low is not None and figure.high is not None
        else ""
    )
    return (name, form(figure.value), bounds, str(figure.n) if figure.n else "", "")


def percent(value: float) -> str:
    """Write a share."""
    return f"{value * 100:.1f} %"


def whole(value: float) -> str:
    """Write a count."""
    return f"{value:.0f}"


def seconds(value: float) -> str:
    """Write a length of time."""
    return f"{value:.1f} s"


def plain(value: float) -> str:
    """Write a number without a unit."""
    return f"{value:.3f}"


def _visits(score: Score) -> list[Line]:
    visits = score.visits
    return [
        ("people, as told", visits.told, whole),
        ("people, in truth", visits.true, whole),
        ("error per day (MAPE)", visits.mape_day, percent),
        ("error per hour (MAPE)", visits.mape_hour, percent),
        ("weighted error per day (WAPE)", visits.wape_day, percent),
        ("weighted error per hour (WAPE)", visits.wape_hour, percent),
    ]


def _grade(grade: GradeScore) -> list[Line]:
    return [
        ("identified visits", grade.identified, whole),
        ("correct", grade.correct, whole),
        ("second visit for one stay", grade.repeated, whole),
        ("customer was not there", grade.wrong, whole),
        ("precision", grade.precision, percent),
        ("recall over reachable stays", grade.recall, percent),
        ("false per 1,000 non-members", grade.false_per_1000, plain),
        ("calibration error (ECE)", grade.calibration_error, plain),
    ]


def _dwell(score: Score) -> list[Line]:
    return [
        ("dwell error, identified (MAE)", score.dwell.identified_mae_s, seconds),
        ("dwell difference, anonymous", score.dwell.anonymous_mean_difference_s, seconds),
        ("dwell distance, anonymous", score.dwell.anonymous_distance_s, seconds),
        ("zone accuracy by time", score.zones.accuracy, percent),
        ("zone unknown by time", score.zones.unknown, percent),
    ]


def _occupancy(score: Score) -> list[Line]:
    occupancy = score.occupancy
    return [
        ("weighted error (WAPE)", occupancy.wape, percent),
        ("skill against a constant", occupancy.skill, plain),
        ("truth within the interval", occupancy.interval_coverage, percent),
        ("width of the interval (people)", occupancy.interval_width, plain),
        ("time unknown", occupancy.unknown, percent),
    ]


def _ledger(score: Score) -> list[Line]:
    return [
        ("purchases", score.purchases.recorded, whole),
        ("... with a visit", score.purchases.with_visit, percent),
        ("... with a customer", score.purchases.with_customer, percent),
        ("... whose customer was inside", score.purchases.customer_inside, percent),
        ("visits of staff", score.staff_visits, whole),
        ("events", score.ledger.events, whole),
        ("gaps in the sequence", score.ledger.gaps, whole),
        ("duplicates", score.ledger.duplicates, whole),
    ]
