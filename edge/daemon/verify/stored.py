"""This is where a rule about what is stored is held against the database, if there is one yet."""

from collections.abc import Callable
from functools import wraps

from edge.daemon.places import DATABASE
from edge.daemon.verify.appliance import Appliance
from edge.daemon.verify.ruling import Seen, holds, unseen
from edge.daemon.verify.sensing import AS_ROOT
from edge.store.proof import Holdings

Judge = Callable[[Appliance, Holdings], Seen]
"""Judges an appliance whose database holds this."""


def of_stored(judge: Judge) -> Callable[[Appliance], Seen]:
    """Have a rule judged where something is stored; it holds while there is no database."""

    @wraps(judge)
    def look(appliance: Appliance) -> Seen:
        kept = appliance.kept
        if kept.holdings is not None:
            return judge(appliance, kept.holdings)
        if kept.fault:
            return unseen(kept.fault, AS_ROOT)
        return holds(f"there is no {DATABASE} in {appliance.state} yet")

    return look
