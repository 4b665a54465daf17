"""This is where door counts become footfall figures, interval by interval."""

from edge.fusion import life
from edge.fusion.scene import Scene
from edge.fusion.state import DoorTally
from edge.model.event import FootfallCounted
from edge.model.moment import rfc3339
from edge.model.names import SECOND, DoorName, Instant


def count(scene: Scene, door: DoorName, at: Instant, *, entered: int = 0, left: int = 0) -> None:
    """Add people to the interval that `at` lies in; negative figures take staff out again."""
    interval = at // (scene.tuning.footfall_s * SECOND)
    tally = scene.state.tallies.setdefault(door, {}).setdefault(interval, DoorTally())
    tally.entered += entered
    tally.left += left


def report(scene: Scene, start: Instant, *, end: Instant) -> None:
    """Say what every door counted from `start` to `end`, both within one interval."""
    interval = start // (scene.tuning.footfall_s * SECOND)
    for door in scene.floor.doors:
        tally = scene.state.tallies.get(door.name, {}).pop(interval, DoorTally())
        scene.say(
            end,
            FootfallCounted(
                door=door.name,
                from_=rfc3339(start),
                to=rfc3339(end),
                in_=max(0, tally.entered),
                out=max(0, tally.left),
                coverage=round(life.coverage(scene, door.source, start, end=end), 3),
                calibration=0,
            ),
        )
