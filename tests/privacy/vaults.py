"""What the tests of the sealed store lean on: people in it, and what a thief looks for."""

import base64
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from edge.model.customer import Customer, Profile
from edge.model.event import (
    ConsentWithdrawn,
    Event,
    EventData,
    EvidenceWeight,
    PurchaseRecorded,
    VisitEnded,
    VisitIdentified,
    VisitStarted,
)
from edge.model.names import SECOND, CustomerId, Instant, VisitId
from edge.privacy.keyring import Keyring
from edge.store import customers, inbox, reading
from edge.store.database import Store
from edge.store.ledger import Snapshot
from tests.privacy.kit import CARD, EID_KEY, LINK, NOW, customer

DEVICE_KEY = bytes(range(7, 39))
ANNA = CustomerId("customer-anna-0815")
BERT = CustomerId("customer-bert-4711")
EVERYBODY = (ANNA, BERT)
MAIL = "anna.sommer@example.org"
RECEIPT = "R-2026-000815"
VISIT = {ANNA: VisitId("v-" + "a" * 16), BERT: VisitId("v-" + "b" * 16)}
STATE = json.dumps({"inside": EVERYBODY}).encode()


def open_store(folder: Path, *, key: bytes | None = DEVICE_KEY) -> Store:
    return Store.open(folder / "edge.db", cipher=None if key is None else Keyring(key))


def record(who: CustomerId, version: int = 1) -> Customer:
    profile = Profile(display_name="Anna Sommer", attributes={"contact": MAIL})
    return customer("visit_history", customer=who, version=version, profile=profile)


def stay(who: CustomerId) -> list[Event]:
    """Make a stay in which a customer is recognised, buys, and takes a consent back."""
    visit = VISIT[who]
    said: list[EventData] = [
        VisitStarted(visit=visit),
        VisitIdentified(
            visit=visit,
            customer=who,
            confidence=0.97,
            grade="confirmed",
            evidence=(EvidenceWeight(kind="card", weight=4.5),),
            purposes=("visit_history", "personal_offers"),
        ),
        PurchaseRecorded(
            receipt=RECEIPT, total=23.9, currency="EUR", visit=visit, customer=who, items=("wool",)
        ),
        ConsentWithdrawn(customer=who, purposes=("personal_offers",), method="kiosk"),
        VisitEnded(visit=visit, duration_s=300.0, how="door"),
    ]
    moments = [Instant(NOW + place * SECOND) for place in range(len(said))]
    return [
        Event(at=at, recorded=at, data=data, visit=visit)
        for at, data in zip(moments, said, strict=True)
    ]


def fill(store: Store) -> None:
    """Have two customers known, seen and remembered, and an answer that names them kept."""
    for who in EVERYBODY:
        keep(store, who)
        store.ledger.append(stay(who)).result()
    snapshot = Snapshot(position=4, at=NOW, state=STATE)
    store.ledger.append([], snapshot=snapshot).result()
    store.inbox.apply(
        "request", "show/1", lambda conn: inbox.keep_answer(conn, "request", "show/1", STATE)
    ).result()


def keep(store: Store, who: CustomerId, version: int = 1) -> bool:
    raw = msgspec.msgpack.encode(record(who, version))
    return store.writer.submit(
        lambda conn: customers.put(conn, who, version=version, record=raw)
    ).result()


def needles() -> list[bytes]:
    """Give everything that must not be found: names, what was handed over, what was bought."""
    texts = [*EVERYBODY, "Anna", "Sommer", MAIL, CARD, LINK.hex(":"), RECEIPT]
    texts += ["personal_offers", "visit_history", "wool", "kiosk"]
    raws = [LINK, EID_KEY, DEVICE_KEY]
    return [needle for raw in (*(text.encode() for text in texts), *raws) for needle in forms(raw)]


def forms(raw: bytes) -> Iterable[bytes]:
    return (raw, raw[::-1], raw.hex().encode(), raw.hex().upper().encode(), base64.b64encode(raw))


def found_in(folder: Path, wanted: Iterable[bytes]) -> list[tuple[str, bytes]]:
    """Search every byte of every file of a folder."""
    contents = {file.name: file.read_bytes() for file in folder.iterdir()}
    return [
        (name, needle)
        for needle in wanted
        for name, content in contents.items()
        if needle in content
    ]


def names_read(store: Store) -> dict[str, Any]:
    """Give whom each table of an open store names."""
    reader = store.reader()
    try:
        snapshot = store.ledger.snapshot()
        return {
            "customers": {row.customer for row in customers.rows(reader)},
            "events": {
                getattr(row.data, "customer", None) or None for row in reading.events(reader)
            },
            "visits": {row.customer for row in reading.visits(reader)},
            "state": None if snapshot is None else snapshot.state,
            "answer": inbox.answer(reader, "request", "show/1"),
        }
    finally:
        reader.close()
