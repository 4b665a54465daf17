"""This is where a score is laid out for a person to read."""

from collections.abc import Callable
from typing import Final

from edge.cli.output import write_table
from edge.cli.scoring.compare import Score
from edge.cli.scoring.figure import Figure
from edge.cli.scoring.identity import GradeScore

COLUMNS: Final = ("", "value", "cases", "95 % interval or remark")
RIGHT: Final = (1, 2)
GRADE_COLUMNS: Final = ("grade", "identified", "correct", "wrong", "precision", "recall", "ECE")

Form = Callable[[float], str]
Line = tuple[str, Figure, Form]


def write_score(score: Score, *, heading: str) -> None:
    """Draw the score, a table for each subject."""
    for subject, lines in sections(score):
        write_table(f"{heading}: {subject}", COLUMNS, [cells(*line) for line in lines], right=RIGHT)
    write_table(
        f"{heading}: identity by grade of confidence",
        GRADE_COLUMNS,
        [grade_cells(name, grade) for name, grade in score.identity.by_grade.items()],
        right=range(1, len(GRADE_COLUMNS)),
    )


def sections(score: Score) -> list[tuple[str, list[Line]]]:
    """Give the lines of each table, in the order of reading."""
    return [
        ("visits", _visits(score)),
        ("identity", _identity(score.identity.overall)),
        ("dwell and zones", _dwell(score)),
        ("occupancy of the store", _occupancy(score)),
        ("purchases, staff and ledger", _ledger(score)),
    ]


def cells(name: str, figure: Figure, form: Form) -> tuple[str, ...]:
    """Give one line's cells; a figure without a value shows a dash and its reason."""
    cases = str(figure.n) if figure.n else ""
    if figure.low is not None and figure.high is not None:
        return (name, spell(figure, form), cases, f"{form(figure.low)} to {form(figure.high)}")
    return (name, spell(figure, form), cases, figure.reason)


def grade_cells(name: str, grade: GradeScore) -> tuple[str, ...]:
    """Give the cells of one grade."""
    counts = (grade.identified, grade.correct, grade.wrong)
    return (
        name,
        *(spell(figure, whole) for figure in counts),
        spell(grade.precision, percent),
        spell(grade.recall, percent),
        spell(grade.calibration_error, plain),
    )


def spell(figure: Figure, form: Form) -> str:
    """Write a figure's value, or a dash where there is none."""
    return "-" if figure.value is None else form(figure.value)


def percent(value: float) -> str:
    """Write a share."""
    return f"{value * 100:.1f} %"


def whole(value: float) -> str:
    """Write a count."""
    return f"{value:.0f}"


def seconds(value: float) -> str:
    """Write a length of time."""
    return f"{value:.1f} s"


def tenths(value: float) -> str:
    """Write a rate."""
    return f"{value:.1f}"


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


def _identity(grade: GradeScore) -> list[Line]:
    return [
        ("identified visits", grade.identified, whole),
        ("correct", grade.correct, whole),
        ("second visit for one stay", grade.repeated, whole),
        ("customer was not there", grade.wrong, whole),
        ("precision", grade.precision, percent),
        ("recall over reachable stays", grade.recall, percent),
        ("false per 1,000 non-members", grade.false_per_1000, tenths),
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
