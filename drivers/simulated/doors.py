"""This is where door counters count who passes, with the faults that real ones have."""

from collections.abc import Iterable, Iterator
from random import Random
from typing import Final, NamedTuple

from drivers.simulated.dice import chance
from drivers.simulated.floor import DOORS
from drivers.simulated.journeys import Visit
from drivers.simulated.outages import Outages
from drivers.simulated.serial import SpokenLine, alive

MISSED: Final = 0.02
DOUBLE: Final = 0.005
TOGETHER_S: Final = 1.0
"""People of one direction who are so close in time may be one line."""
MERGED: Final = 0.7
ONE_SHORT: Final = 0.05
"""Share of the merged lines in which somebody is hidden behind somebody else."""
LATENCY_S: Final = (0.05, 0.4)
GARBLED: Final = "IN,"
HEARTBEAT: Final = "# alive"


class Passage(NamedTuple):
    """One person passes one door."""

    at: float
    door: str
    direction: str
    """IN or OUT."""


def passages(visits: Iterable[Visit]) -> list[Passage]:
    """Give every passage of the day, staff included, in the order of time."""
    return sorted(
        passage
        for visit in visits
        for passage in (
            Passage(visit.entered, visit.door_in, "IN"),
            Passage(visit.left, visit.door_out, "OUT"),
        )
    )


def count_doors(
    rng: Random, visits: Iterable[Visit], *, outages: Outages, length_s: float
) -> dict[str, list[SpokenLine]]:
    """Give the lines of each door counter, by the counter's name."""
    everybody = passages(visits)
    lines: dict[str, list[SpokenLine]] = {}
    for door in DOORS:
        counter = str(door.source)
        passed = [passage for passage in everybody if passage.door == door.name]
        awake = [passage for passage in passed if not outages.dark(counter, passage.at)]
        lines[counter] = list(_lines(rng, awake))
        lines[counter].append(SpokenLine(length_s * rng.uniform(0.05, 0.15), GARBLED))
        beats = alive(HEARTBEAT, length_s=length_s)
        lines[counter] += [beat for beat in beats if not outages.dark(counter, beat.at)]
    return lines


def _lines(rng: Random, passed: list[Passage]) -> Iterator[SpokenLine]:
    for group in _together(rng, passed):
        people = sum(_counted(rng) for _ in group)
        if len(group) > 1 and people > 1 and chance(rng, ONE_SHORT):
            people -= 1
        if people:
            last = group[-1]
            yield SpokenLine(last.at + rng.uniform(*LATENCY_S), f"{last.direction},{people}")


def _together(rng: Random, passed: list[Passage]) -> Iterator[list[Passage]]:
    group: list[Passage] = []
    for passage in passed:
        if group:
            last = group[-1]
            close = passage.at - last.at < TOGETHER_S and passage.direction == last.direction
            if not (close and chance(rng, MERGED)):
                yield group
                group = []
        group.append(passage)
    if group:
        yield group


def _counted(rng: Random) -> int:
    draw = rng.random()
    if draw < MISSED:
        return 0
    return 2 if draw > 1 - DOUBLE else 1
