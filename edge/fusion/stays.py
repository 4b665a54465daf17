"""This is where it is known how long people stay, and what that says of how many are inside.

Customers who are heard until they are counted out show how long stays are. People counted in
within the last hours, each weighed with the share of stays longer than that, give a second figure
for how many are inside. It does not drift, as a balance of missed counts does.
"""

from bisect import bisect_right, insort
from statistics import median
from typing import Final

from edge.fusion.scene import Scene, after, seconds
from edge.model.names import Instant

KEPT: Final = 100
"""Stays remembered; the newest count."""
ENOUGH: Final = 15
"""Stays before they say anything."""
UNTAUGHT_S: Final = 900.0
"""The usual stay, before any is known."""
BLIND_S: Final = 3600.0
"""How long after a door fell deaf the people who passed it unseen blur the figure."""
LASTING: Final = 36.0
"""An error of this figure lasts for about three hours, 36 intervals: one interval is worth that
much less than an independent one."""
MODEL_ERROR: Final = 0.2
"""Customers may stay a fifth longer or shorter than other people."""


def learn(scene: Scene, stay_s: float) -> None:
    """Take note of one stay that was heard from the first to the last."""
    stays = scene.state.stays
    stays.append(stay_s)
    del stays[:-KEPT]


def usual_s(scene: Scene) -> float:
    """Give the usual length of a stay, in seconds."""
    return median(scene.state.stays) if scene.state.stays else UNTAUGHT_S


def come(scene: Scene, at: Instant, *, people: int) -> None:
    """Take note of people who were counted in."""
    arrivals = scene.state.arrivals
    del arrivals[: bisect_right(arrivals, after(at, -scene.tuning.longest_s))]
    for _ in range(people):
        insort(arrivals, at)


def take_back(scene: Scene, at: Instant) -> None:
    """Forget one person who was counted in at `at`: it was a member of staff."""
    if at in scene.state.arrivals:
        scene.state.arrivals.remove(at)


def go_blind(scene: Scene, now: Instant) -> None:
    """Take note that people pass a door uncounted."""
    scene.state.blind_until = after(now, BLIND_S)


def people(scene: Scene, now: Instant) -> tuple[float, float] | None:
    """Give how many are inside by the lengths of stays, and the variance of that figure.

    None while too few stays are known, or people came in uncounted.
    """
    state = scene.state
    if len(state.stays) < ENOUGH or now < state.blind_until:
        return None
    stays = sorted(state.stays)
    oldest = after(now, -stays[-1])
    del state.arrivals[: bisect_right(state.arrivals, oldest)]
    shares = [1 - bisect_right(stays, seconds(now - at)) / len(stays) for at in state.arrivals]
    inside = sum(shares)
    chance = sum(share * (1 - share) for share in shares)
    return inside, 1.0 + chance + (MODEL_ERROR * inside) ** 2
