"""A made-up but lifelike day of a toy store, the same every time."""

from random import Random

from tests.cli.tale import Tale

HOURS = 11
BUSY = (4, 8, 14, 22, 18, 16, 24, 30, 26, 14, 6)
"""People who come in each hour after opening."""
DEAD_FROM_S, DEAD_TO_S = 4 * 3600, 5 * 3600 + 1500


def busy_day() -> Tale:
    """Tell of a day on which the door counter and a radio were dead for a time."""
    draw, tale = Random(7), Tale()
    stays = sorted(
        (start := hour * 3600 + draw.uniform(0, 3600), start + 60 + draw.expovariate(1 / 900))
        for hour in range(HOURS)
        for _ in range(BUSY[hour])
    )
    for number, (come_s, gone_s) in enumerate(stays):
        _visit(tale, number, come_s, gone_s=gone_s, draw=draw)
    tale.started(9000, 100)
    tale.corrected(9000, 130, what="retracted", reason="the same person came back at once")
    for start in range(0, HOURS * 3600, 900):
        alive = not DEAD_FROM_S <= start < DEAD_TO_S
        tale.counted(
            start,
            come=sum(start <= come < start + 900 for come, _ in stays) if alive else 0,
            gone=sum(start <= gone < start + 900 for _, gone in stays) if alive else 0,
            coverage=1.0 if alive else 0.0,
        )
    for start in range(0, HOURS * 3600, 300):
        inside = sum(come <= start + 150 < gone for come, gone in stays)
        dead = DEAD_FROM_S <= start < DEAD_TO_S
        tale.estimated(start, people=None if dead else inside, spread=1.5 + inside / 4)
    _health(tale)
    return tale


def _visit(tale: Tale, number: int, come_s: float, *, gone_s: float, draw: Random) -> None:
    tale.started(number, come_s)
    if draw.random() < 0.3:
        confidence = draw.choice((0.7, 0.97, 0.99))
        tale.identified(number, come_s + 5, customer=f"c-secret-{number}", confidence=confidence)
    at_s, zone = come_s, "entrance"
    for after in draw.choice((("toys",), ("books", "toys"), ("toys", "books", "checkout"))):
        tale.entered(number, at_s, zone=zone)
        at_s, zone = at_s + draw.uniform(0.1, 0.3) * (gone_s - come_s), after
    tale.entered(number, at_s, zone=zone)
    if zone == "checkout":
        tale.bought(at_s + 5, receipt=f"R-secret-{number}", visit=number)
    tale.ended(number, gone_s, duration_s=gone_s - come_s)


def _health(tale: Tale) -> None:
    for source in ("ap", "ble-floor", "door-1", "radar-entrance", "till-1"):
        tale.turned(0, source=source, was="starting", now="watching")
    tale.turned(DEAD_FROM_S, source="door-1", was="watching", now="quiet")
    tale.turned(
        DEAD_FROM_S + 600,
        source="door-1",
        was="quiet",
        now="deaf",
        reason="no line for 600 s while people were heard",
        remedy="look at the counter's cable, then run: edge sources restart door-1",
    )
    tale.turned(DEAD_TO_S, source="door-1", was="deaf", now="watching")
    tale.turned(
        8 * 3600,
        source="ble-floor",
        was="watching",
        now="parked",
        reason="5 faults in 60 s: <adapter gone>",
        remedy="plug the adapter in & restart",
    )
