"""This is where the running daemon says by which rules about people it works at this moment."""

import asyncio
import os
from collections import Counter
from typing import Final

import msgspec

from edge.daemon.run_settings import InForce, Parts
from edge.model.moment import rfc3339
from edge.store.proof import overwrites_deleted

CAMERA: Final = "camera_face"
EXPIRE_S: Final = 10.0
"""So much older than its window and the wait for late frames a pepper can get at most."""


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What only the running process can tell; it holds no identifier of anybody."""

    at: str
    policy: str
    """The policy in force, which is `off` where the one that was asked for cannot be read."""
    asked: str
    """The policy that the settings ask for."""
    pepper_period_s: int
    pepper_age_s: float | None
    """Since the window of the oldest pepper in memory began; None where none is held."""
    is_open: bool
    """Whether radios are heard: the store is within its opening hours, or has none."""
    clock_synced: bool
    unreadable: int
    """Customers' records that could not be opened; they are not known."""
    overwrites: bool
    """Whether the one writer overwrites what it deletes (secure_delete)."""
    wipes_memory: bool
    """Whether what was freed in memory is overwritten at once."""
    faces: dict[str, int]
    """Faces in view since the start: seen, encoded, matched, discarded."""
    faces_refused: dict[str, int]
    """Of what cameras offered, how often it was not used, by reason."""


class Prover:
    """Looks at the rules in force when it is asked; it belongs to the event loop."""

    def __init__(self, parts: Parts, *, in_force: InForce) -> None:
        self._parts = parts
        self._in_force = in_force

    async def proof(self) -> Proof:
        """Look at everything."""
        now = self._parts.clock.now()
        premises = self._in_force.premises
        faces: Counter[str] = Counter()
        refused: Counter[str] = Counter()
        for source in self._parts.sources.statuses():
            if source.driver == CAMERA:
                faces.update(source.faces)
                refused.update(source.refused)
        overwrites = self._parts.store.writer.submit(overwrites_deleted)
        return Proof(
            at=rfc3339(now),
            policy=premises.policy.name,
            asked=self._in_force.settings.store.policy,
            pepper_period_s=premises.policy.pepper_period_s,
            pepper_age_s=premises.rules.peppers.age_s(now),
            is_open=premises.rules.hours.is_open(now),
            clock_synced=self._parts.clock.is_synced,
            unreadable=premises.unreadable,
            overwrites=await asyncio.wrap_future(overwrites),
            wipes_memory=os.environ.get("PYTHONMALLOC", "").endswith("debug"),
            faces=dict(faces),
            faces_refused=dict(refused),
        )

    async def expire(self) -> None:
        """Overwrite what peppers are over, again and again: no frame may come to cause it."""
        while True:
            await asyncio.sleep(EXPIRE_S)
            self._in_force.premises.rules.peppers.expire(self._parts.clock.now())
