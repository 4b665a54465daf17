"""A day in a made-up store, told as rows of a ledger and lines of truth."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from edge.daemon.keys import device_key
from edge.model.event import (
    Event,
    EventData,
    EvidenceWeight,
    FootfallCounted,
    OccupancyEstimated,
    PurchaseRecorded,
    SourceStateChanged,
    VisitCorrected,
    VisitEnded,
    VisitIdentified,
    VisitStarted,
    ZoneEntered,
    ZoneLeft,
)
from edge.model.names import CustomerId, DoorName, Instant, SourceName, VisitId, ZoneName
from edge.privacy.keyring import Keyring
from edge.store.database import Store
from edge.store.rows import MILLISECOND, LedgerRow
from edge.sync.cloudevents import EventSource, encode_event

OPENING_S = 1_773_478_800
"""2026-03-14T09:00:00Z, from which the seconds of a tale are counted; 10:00 in Berlin."""


def visit_id(number: int) -> VisitId:
    return VisitId(f"v-{number:016x}")


def moment(at_s: float) -> str:
    return datetime.fromtimestamp(OPENING_S + at_s, tz=UTC).isoformat()


class Tale:
    """Rows in the order in which they are told; visits are numbers, times seconds from opening."""

    def __init__(self) -> None:
        self.rows: list[LedgerRow] = []

    def tell(self, at_s: float, data: EventData, *, visit: int | None = None) -> None:
        at_ms = round((OPENING_S + at_s) * 1000)
        self.rows.append(
            LedgerRow(
                sequence=len(self.rows) + 1,
                at_ms=at_ms,
                recorded_ms=at_ms,
                data=data,
                visit=None if visit is None else visit_id(visit),
            )
        )

    def started(self, visit: int, at_s: float, *, people: int = 1, basis: str = "door") -> None:
        door = DoorName("main") if basis == "door" else None
        data = VisitStarted(visit=visit_id(visit), door=door, people=people, basis=basis)
        self.tell(at_s, data, visit=visit)

    def identified(
        self,
        visit: int,
        at_s: float,
        *,
        customer: str,
        confidence: float = 0.99,
        evidence: tuple[tuple[str, float], ...] = (("ble", 3.0),),
    ) -> None:
        data = VisitIdentified(
            visit=visit_id(visit),
            customer=CustomerId(customer),
            confidence=confidence,
            grade="confirmed" if confidence >= 0.95 else "probable",
            evidence=tuple(EvidenceWeight(kind=kind, weight=weight) for kind, weight in evidence),
            purposes=("presence_ble",),
        )
        self.tell(at_s, data, visit=visit)

    def entered(self, visit: int, at_s: float, *, zone: str, reason: str | None = None) -> None:
        data = ZoneEntered(visit=visit_id(visit), zone=zone, confidence=0.9, reason=reason)
        self.tell(at_s, data, visit=visit)

    def left(self, visit: int, at_s: float, *, zone: str, dwell_s: float) -> None:
        data = ZoneLeft(visit=visit_id(visit), zone=zone, dwell_s=dwell_s, confidence=0.9)
        self.tell(at_s, data, visit=visit)

    def ended(self, visit: int, at_s: float, *, duration_s: float, how: str = "door") -> None:
        data = VisitEnded(visit=visit_id(visit), duration_s=duration_s, how=how)
        self.tell(at_s, data, visit=visit)

    def corrected(
        self, visit: int, at_s: float, *, what: str, into: int | None = None, reason: str = ""
    ) -> None:
        other = None if into is None else visit_id(into)
        data = VisitCorrected(visit=visit_id(visit), what=what, with_=other, reason=reason)
        self.tell(at_s, data, visit=visit)

    def counted(
        self, at_s: float, *, come: int, gone: int, coverage: float = 1.0, length_s: float = 900
    ) -> None:
        data = FootfallCounted(
            door=DoorName("main"),
            from_=moment(at_s),
            to=moment(at_s + length_s),
            in_=come,
            out=gone,
            coverage=coverage,
            calibration=0,
        )
        self.tell(at_s + length_s, data)

    def estimated(
        self,
        at_s: float,
        *,
        people: float | None,
        zone: str = "store",
        spread: float = 2.0,
        length_s: float = 300,
    ) -> None:
        data = OccupancyEstimated(
            zone=ZoneName(zone),
            from_=moment(at_s),
            to=moment(at_s + length_s),
            people=people,
            low=None if people is None else max(0.0, people - spread),
            high=None if people is None else people + spread,
            coverage=0.0 if people is None else 1.0,
            method="none" if people is None else "door+probes",
            skill=None,
        )
        self.tell(at_s + length_s, data)

    def bought(
        self, at_s: float, *, receipt: str, visit: int | None = None, customer: str | None = None
    ) -> None:
        data = PurchaseRecorded(
            receipt=receipt,
            total=23.9,
            currency="EUR",
            visit=None if visit is None else visit_id(visit),
            customer=None if customer is None else CustomerId(customer),
        )
        self.tell(at_s, data, visit=visit)

    def turned(
        self, at_s: float, *, source: str, was: str, now: str, reason: str = "", remedy: str = ""
    ) -> None:
        data = SourceStateChanged(
            source=SourceName(source), from_=was, to=now, reason=reason, remedy=remedy
        )
        self.tell(at_s, data)


def truth_line(at_s: float, kind: str, **said: Any) -> bytes:
    return msgspec.json.encode({"t": OPENING_S + at_s, "kind": kind, **said})


def cloud_event(row: LedgerRow, *, epoch: str = "e1") -> bytes:
    """Write a row as the line of CloudEvents that a replay writes."""
    return encode_event(row, source=EventSource(store="toy-042", node="n1", epoch=epoch))


def keep(tale: Tale, path: Path) -> Path:
    """Write a tale into a ledger on disk, as the daemon would, and give its path."""
    events = [
        Event(
            at=Instant(row.at_ms * MILLISECOND),
            recorded=Instant(row.recorded_ms * MILLISECOND),
            data=row.data,
            visit=row.visit,
        )
        for row in tale.rows
    ]
    with Store.open(path, cipher=Keyring(device_key(path.parent))) as store:
        store.ledger.append(events).result()
    return path
