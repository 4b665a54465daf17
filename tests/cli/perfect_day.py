"""A small day of which the truth and the events agree in everything."""

from zoneinfo import ZoneInfo

from edge.cli.scoring.compare import Score, score_events
from edge.cli.scoring.table import sections
from edge.cli.scoring.truth import parse_truth
from tests.cli.tale import Tale, truth_line

UTC = ZoneInfo("UTC")

PEOPLE = (("a", "c-1", 0, 1200), ("b", None, 300, 2000), ("c", "c-2", 3700, 5000))
"""Person, customer, and the seconds after opening at which they came and went."""


def true_day() -> list[bytes]:
    lines = []
    for person, customer, come_s, gone_s in PEOPLE:
        lines.append(truth_line(come_s, "entered", person=person, customer=customer))
        lines.append(truth_line(come_s, "zone", person=person, zone="entrance"))
        lines.append(truth_line(come_s + 100, "zone", person=person, zone="toys"))
        lines.append(truth_line(gone_s, "left", person=person))
    return lines


def told_day() -> Tale:
    """Tell exactly what is true."""
    tale = Tale()
    for number, (_, customer, come_s, gone_s) in enumerate(PEOPLE):
        tale.started(number, come_s)
        if customer:
            tale.identified(number, come_s + 1, customer=customer, confidence=1.0)
        tale.entered(number, come_s, zone="entrance")
        tale.left(number, come_s + 100, zone="entrance", dwell_s=100)
        tale.entered(number, come_s + 100, zone="toys")
        tale.bought(gone_s - 50, receipt=f"R-{number}", visit=number, customer=customer)
        tale.ended(number, gone_s, duration_s=gone_s - come_s)
    for begin in range(0, 6000, 300):
        inside = sum(max(0, min(begin + 300, gone) - max(begin, come)) for *_, come, gone in PEOPLE)
        tale.estimated(begin, people=inside / 300)
    return tale


def score(tale: Tale, lines: list[bytes]) -> Score:
    return score_events(tale.rows, parse_truth(lines, where="t"), zone=ZoneInfo("Europe/Berlin"))


def values(score: Score) -> dict[str, float | None]:
    """Give every figure of the whole, by what the table calls it."""
    return {name: figure.value for _, lines in sections(score) for name, figure, _ in lines}
