"""This is where counts out end the visits of people whom no token tells apart."""

import math
from typing import Final

from edge.fusion import presence as presences
from edge.fusion import visits
from edge.fusion.scene import Scene, after, seconds
from edge.fusion.state import Departure, Visit
from edge.model.names import Instant

SHORTEST_STAY_S: Final = 3.0
"""Nobody comes in and goes out through a counter faster."""
AGREES: Final = 2.0
"""Difference between visits and people inside that is left alone."""
LEAST: Final = 0.5
MOST: Final = 2.0
"""Bounds for the visits that one count out ends, so that no error is undone in a rush."""


def end_unclaimed(scene: Scene, now: Instant) -> None:
    """Let each count out that nobody claimed in time end the oldest visit it can belong to.

    First in, first out keeps the mean stay right, whoever really left.
    """
    due = after(now, -scene.tuning.hold_s)
    departures = scene.state.departures
    while departures and departures[0].at <= due:
        departure = departures.pop(0)
        scene.state.credit += _share(scene)
        while scene.state.credit >= 1:
            scene.state.credit -= 1
            visit = _oldest(scene, departure)
            if visit is not None:
                _end(scene, visit, departure.at)


def _share(scene: Scene) -> float:
    """Say how many visits a count out ends: one, where visits and people inside agree.

    After missed counts in there are fewer visits than people, and some of those who leave never
    had one; after missed counts out there are visits whose people are gone.
    """
    state = scene.state
    open_visits = len(state.visits) - len(state.departures)
    surplus = open_visits - state.inside.people
    slack = max(AGREES, math.sqrt(state.inside.variance))
    if abs(surplus) <= slack:
        return 1.0
    return min(MOST, max(LEAST, open_visits / max(state.inside.people, 1.0)))


def _oldest(scene: Scene, departure: Departure) -> Visit | None:
    latest = after(departure.at, -SHORTEST_STAY_S)
    open_visits = scene.state.visits.values()
    fitting = [
        visit for visit in open_visits if visit.at <= latest and _may_end(scene, visit, departure)
    ]
    return min(fitting, key=lambda visit: visit.at, default=None)


def _may_end(scene: Scene, visit: Visit, departure: Departure) -> bool:
    if visit.customer is None:
        return True
    presence = scene.state.presences[visit.customer]
    return presences.is_act_only(presence) and seconds(departure.at - presence.last) > 0


def _end(scene: Scene, visit: Visit, at: Instant) -> None:
    if visit.customer is None:
        visits.end(scene, visit, at, how="door")
    else:
        presences.finish(scene, scene.state.presences[visit.customer], at, how="door")
