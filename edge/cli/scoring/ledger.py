"""This is where it is checked that nothing was lost, said twice, or left without its visit."""

from collections.abc import Sequence

import msgspec

from edge.cli.scoring.figure import Figure, count, share
from edge.cli.scoring.truth import Truth
from edge.model.event import EventData, PurchaseRecorded
from edge.store.rows import LedgerRow


class PurchaseScore(msgspec.Struct, frozen=True, kw_only=True):
    """How many receipts found their visit."""

    recorded: Figure
    with_visit: Figure
    with_customer: Figure
    customer_inside: Figure
    """Share of the receipts with a customer at whose moment the truth has them inside."""


class LedgerScore(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the ledger is whole."""

    events: Figure
    gaps: Figure
    """Numbers missing between the first and the last."""
    duplicates: Figure
    """Events whose number, or whose moment and content, was there before."""


def score_purchases(rows: Sequence[LedgerRow], truth: Truth) -> PurchaseScore:
    """Count receipts, those with a visit, and those with the right customer."""
    found = [(row.at_ms, row.data) for row in rows if isinstance(row.data, PurchaseRecorded)]
    named = [(at_ms, data.customer) for at_ms, data in found if data.customer is not None]
    inside = sum(
        any(
            stay.customer == customer
            and stay.entered_ms <= at_ms
            and (stay.left_ms is None or at_ms <= stay.left_ms)
            for stay in truth.stays
        )
        for at_ms, customer in named
    )
    nothing = "no purchase was recorded"
    return PurchaseScore(
        recorded=count(len(found)),
        with_visit=share(
            sum(data.visit is not None for _, data in found), len(found), reason=nothing
        ),
        with_customer=share(len(named), len(found), reason=nothing),
        customer_inside=share(inside, len(named), reason="no purchase has a customer"),
    )


def score_ledger(rows: Sequence[LedgerRow]) -> LedgerScore:
    """Count what is missing between the numbers, and what is there twice."""
    numbers = {row.sequence for row in rows}
    contents: set[tuple[int, EventData]] = set()
    duplicates = 0
    seen: set[int] = set()
    for row in rows:
        known = type(row.data) is not EventData
        content = (row.at_ms, row.data)
        duplicates += row.sequence in seen or (known and content in contents)
        seen.add(row.sequence)
        if known:
            contents.add(content)
    gaps = max(numbers) - min(numbers) + 1 - len(numbers) if numbers else 0
    return LedgerScore(
        events=count(len(rows)),
        gaps=count(gaps, of=len(rows)),
        duplicates=count(duplicates, of=len(rows)),
    )
