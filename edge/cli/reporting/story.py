"""This is where a visit's events are told as a story, in words."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from math import log
from typing import Any, Final

import msgspec

from edge.cli.reporting.told import UNKNOWN_ZONE, ToldVisit, tell_visit
from edge.cli.reporting.words import spell_clock, spell_length, spell_list, spell_people
from edge.model.event import (
    EventData,
    EvidenceWeight,
    PurchaseRecorded,
    VisitCorrected,
    VisitEnded,
    VisitIdentified,
    VisitStarted,
    ZoneEntered,
    ZoneLeft,
)
from edge.model.names import VisitId
from edge.model.observation import EvidenceKind
from edge.store.rows import LedgerRow

STRENGTHS: Final = ((log(150), "very strong"), (log(20), "strong"), (log(3), "fair"), (0.0, "weak"))
"""From which weight on (natural log) evidence is called so: Kass & Raftery 1995, section 3.2."""

EVIDENCE: Final[dict[str, str]] = {
    EvidenceKind.BLE: "the app's token was heard",
    EvidenceKind.LINK: "the customer's device was on the store's Wi-Fi",
    EvidenceKind.CARD: "the customer's card or code was read",
    EvidenceKind.FACE: "a face check that the customer had asked for agreed",
    "door": "somebody came in at a door at that time",
}
"""What each kind of evidence means; other kinds are shown by their name."""

BEGINNINGS: Final = {
    "token": "The visit began when a customer's app, card or code was noticed",
    "link": "The visit began when a customer's device joined the store's Wi-Fi",
    "device": "The visit began when a device was noticed",
}
"""How a visit began without a door, by its basis."""

ENDINGS: Final = {
    "door": "somebody was counted out at the door",
    "silence": "nothing was heard any more for the time-out",
    "timeout": "a visit may not last longer",
    "closing": "the store closed",
    "withdrawn": "the customer took their consent back; the rest of the stay is not known",
}
"""How the end was known."""


class StoryLine(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened in a visit."""

    at: str
    """RFC 3339, UTC."""
    clock: str
    """Local time of day."""
    words: str


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """A visit from its beginning to its end, in words."""

    visit: VisitId
    summary: str
    lines: tuple[StoryLine, ...]


def tell_story(visit: VisitId, rows: Sequence[LedgerRow], *, zone: tzinfo) -> Story:
    """Tell a visit's story from its rows, at least one, which stand in the ledger's order.

    Rows of visits that were merged into this one may be among them. Events appear in the order of
    what happened; `zone` is the store's time zone.
    """
    newest_ms = max(row.at_ms for row in rows)
    lines = [
        StoryLine(
            at=datetime.fromtimestamp(row.at_ms / 1000, tz=UTC).isoformat(),
            clock=spell_clock(row.at_ms, zone),
            words=words,
        )
        for row in sorted(rows, key=lambda row: (row.at_ms, row.sequence))
        if (words := _words(row.data, about=visit))
    ]
    told = tell_visit(visit, rows, newest_ms=newest_ms)
    return Story(visit=visit, summary=_summary(told, zone=zone), lines=tuple(lines))


def spell_evidence(evidence: Iterable[EvidenceWeight]) -> str:
    """Say what spoke for (or against) a customer, the heaviest first."""
    ordered = sorted(evidence, key=lambda one: (-one.weight, one.kind))
    return "; ".join(
        f"{EVIDENCE.get(one.kind, one.kind)}: {spell_weight(one.weight)}" for one in ordered
    )


def spell_weight(weight: float) -> str:
    """Say how much a natural-log likelihood ratio counts: `strong (+3.0)`."""
    strength = next(word for least, word in STRENGTHS if abs(weight) >= least)
    against = ", against" if weight < 0 else ""
    return f"{strength}{against} ({weight:+.1f})"


def _summary(told: ToldVisit, *, zone: tzinfo) -> str:
    place = f" at door {told.door}" if told.door else ""
    length = (
        "still goes on" if told.duration_s is None else f"lasted {spell_length(told.duration_s)}"
    )
    who = (
        f"stands for customer {told.identified.customer} "
        f"({told.identified.grade}, {told.identified.confidence:.0%})"
        if told.identified
        else "is anonymous"
    )
    fate = f"it {length} and {who}"
    if told.merged_into:
        fate = f"it is part of visit {told.merged_into}, which tells the whole"
    elif told.taken_back:
        fate = "it was taken back and does not count"
    start = f"Visit {told.visit} of {spell_people(told.people)} began at "
    return f"{start}{spell_clock(told.started_ms, zone)}{place}; {fate}."


def _words(data: EventData, *, about: VisitId) -> str:
    """Find the words for an event; none for a type that tells nothing of a visit."""
    found = _SPEAKERS.get(type(data))
    return found(data, about) if found else ""


def _started(data: VisitStarted, _about: VisitId) -> str:
    place = f" in zone {data.zone}" if data.zone else ""
    if data.door is not None:
        return f"{spell_people(data.people).capitalize()} came in at door {data.door}."
    return f"{BEGINNINGS.get(data.basis, 'The visit began')}{place}."


def _identified(data: VisitIdentified, _about: VisitId) -> str:
    if not data.customer:
        return "A customer was recognised; who it was has been erased."
    evidence = spell_evidence(data.evidence) or "no evidence is kept"
    purposes = spell_list(data.purposes) if data.purposes else "none"
    return (
        f"Recognised as customer {data.customer}, {data.grade} ({data.confidence:.0%}). "
        f"Evidence: {evidence}. Consents in force: {purposes}."
    )


def _entered(data: ZoneEntered, _about: VisitId) -> str:
    if data.zone == UNKNOWN_ZONE:
        return f"From here on the zone is unknown: {data.reason or 'no reason is kept'}."
    return f"Came to zone {data.zone} ({data.confidence:.0%} sure)."


def _left(data: ZoneLeft, _about: VisitId) -> str:
    length = spell_length(data.dwell_s)
    if data.zone == UNKNOWN_ZONE:
        return f"The zone was unknown for {length}."
    return f"Left zone {data.zone} after {length}."


def _bought(data: PurchaseRecorded, _about: VisitId) -> str:
    lane = f" at lane {data.lane}" if data.lane else ""
    return f"Paid {data.total:.2f} {data.currency}{lane} (receipt {data.receipt})."


def _ended(data: VisitEnded, _about: VisitId) -> str:
    how = ENDINGS.get(data.how, data.how)
    return f"Ended after {spell_length(data.duration_s)}: {how}."


def _corrected(data: VisitCorrected, about: VisitId) -> str:
    reason = f": {data.reason}" if data.reason else ""
    if data.visit != about:
        return f"Visit {data.visit} turned out to belong to this one ({data.what}){reason}."
    other = f"visit {data.with_}" if data.with_ else "another visit"
    said = {
        "merged": f"Turned out to be part of {other}",
        "split": f"Turned out to be two visits; {other} is the second",
        "retracted": "Taken back: it was no visit",
    }
    return f"{said.get(data.what, data.what)}{reason}."


_SPEAKERS: Final[dict[type[EventData], Callable[[Any, VisitId], str]]] = {
    VisitStarted: _started,
    VisitIdentified: _identified,
    ZoneEntered: _entered,
    ZoneLeft: _left,
    PurchaseRecorded: _bought,
    VisitEnded: _ended,
    VisitCorrected: _corrected,
}
