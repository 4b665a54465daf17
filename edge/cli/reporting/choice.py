"""This is where the visit that somebody means is found by the beginning of its id."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from edge.cli.reporting.words import spell_list
from edge.errors import ConfigError
from edge.model.names import VisitId

PREFIX: Final = "v-"
SHOWN: Final = 4
"""So many of the visits that could be meant are named in the error."""


def choose_visit(wanted: str, visits: Sequence[VisitId]) -> VisitId:
    """Find the one visit whose id begins so; `v-` may be left out, and the newest stand last.

    Raises: ConfigError when none or several do, naming those that could be meant.
    """
    beginning = PREFIX + wanted.strip().lower().removeprefix(PREFIX)
    found = sorted(visit for visit in visits if visit.startswith(beginning))
    if len(found) == 1:
        return found[0]
    near = found or get_close_matches(beginning, sorted(visits), n=SHOWN, cutoff=0.7)
    if found:
        why = f"{len(found)} visits begin so"
        remedy = f"write more of the id: {spell_list(found[:SHOWN])}"
    elif near:
        why, remedy = "no visit begins so", f"did you mean {' or '.join(near)}?"
    elif visits:
        why, remedy = "no visit begins so", f"the newest visits are {spell_list(visits[-SHOWN:])}"
    else:
        why, remedy = "this ledger holds no visit", "run: edge replay FOLDER"
    raise ConfigError("cannot explain the visit", where=wanted, why=why, remedy=remedy)
