"""This is where an event is told in a few words, without naming anybody."""

from collections.abc import Callable
from typing import Any, Final

from edge.model.event import (
    ConsentWithdrawn,
    ErasureCompleted,
    EventData,
    PurchaseRecorded,
    SourceStateChanged,
    VisitCorrected,
    VisitEnded,
    VisitIdentified,
    VisitStarted,
)

MINUTE_S: Final = 60


def tell(data: EventData) -> str:
    """Say what happened; empty for what happens too often to be told."""
    words = WORDS.get(type(data))
    return "" if words is None else words(data)


def _started(data: VisitStarted) -> str:
    return f"somebody came in through {data.door}" if data.door else "somebody is here"


def _identified(data: VisitIdentified) -> str:
    kinds = ", ".join(weight.kind for weight in data.evidence if weight.weight > 0)
    return f"a member was recognised: {data.grade}, {data.confidence:.0%} ({kinds})"


def _ended(data: VisitEnded) -> str:
    return f"a visit ended after {data.duration_s / MINUTE_S:.0f} min ({data.how})"


def _corrected(data: VisitCorrected) -> str:
    return f"a visit was {data.what}: {data.reason}"


def _bought(data: PurchaseRecorded) -> str:
    whose = "a member's" if data.customer else "a"
    return f"{whose} receipt over {data.total:.2f} {data.currency}"


def _changed(data: SourceStateChanged) -> str:
    return f"{data.source} is {data.to}: {data.reason}"


def _withdrawn(data: ConsentWithdrawn) -> str:
    return f"a customer took {len(data.purposes)} consents back ({data.method})"


def _erased(data: ErasureCompleted) -> str:
    return f"an erasure is complete, {data.residue} traces left"


WORDS: Final[dict[type[EventData], Callable[[Any], str]]] = {
    VisitStarted: _started,
    VisitIdentified: _identified,
    VisitEnded: _ended,
    VisitCorrected: _corrected,
    PurchaseRecorded: _bought,
    SourceStateChanged: _changed,
    ConsentWithdrawn: _withdrawn,
    ErasureCompleted: _erased,
}
