"""This is where a whole score is put together from a ledger's rows and the truth."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

import msgspec

from edge.cli.reporting.told import standing, tell_visits
from edge.cli.scoring.dwell import DwellScore, ZoneScore, score_dwell, score_zones
from edge.cli.scoring.figure import Figure
from edge.cli.scoring.identity import (
    IdentityScore,
    match_identities,
    score_identity,
    score_staff,
)
from edge.cli.scoring.ledger import LedgerScore, PurchaseScore, score_ledger, score_purchases
from edge.cli.scoring.occupancy import OccupancyScore, score_occupancy
from edge.cli.scoring.truth import Truth
from edge.cli.scoring.visits import VisitScore, score_visits
from edge.store.rows import LedgerRow


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """Every figure that a recording's truth allows."""

    visits: VisitScore
    identity: IdentityScore
    dwell: DwellScore
    zones: ZoneScore
    occupancy: OccupancyScore
    purchases: PurchaseScore
    staff_visits: Figure
    """Visits that were given to a member of staff; it ought to be 0."""
    ledger: LedgerScore


def score_events(rows: Iterable[LedgerRow], truth: Truth, *, zone: ZoneInfo) -> Score:
    """Compare what the events say with what was true.

    A part of the truth that is missing gives figures without a value and with the reason.
    Days and hours are those of `zone`, the store's.

    Raises: RecordingError when an interval's ends are no times.
    """
    kept = list(rows)
    visits = standing(tell_visits(kept).values())
    matches = match_identities(visits, truth)
    return Score(
        visits=score_visits(visits, truth, zone=zone),
        identity=score_identity(matches, truth),
        dwell=score_dwell(visits, matches, truth=truth),
        zones=score_zones(matches, truth),
        occupancy=score_occupancy(kept, truth),
        purchases=score_purchases(kept, truth),
        staff_visits=score_staff(visits, truth),
        ledger=score_ledger(kept),
    )
