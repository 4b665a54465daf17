"""What the tests of erasure and withdrawal lean on: a store, a person in it, and a desk."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from edge.daemon.applying import Applied
from edge.daemon.auditing import AuditTrail
from edge.daemon.clock import system_clock
from edge.daemon.customers import CustomerBook
from edge.daemon.delivery import Customers
from edge.daemon.erasing import Erasing
from edge.fusion.fold import Fusion, resume
from edge.fusion.state import State
from edge.fusion.tuning import Tuning
from edge.model.event import (
    ErasureCompleted,
    Event,
    EvidenceWeight,
    PurchaseRecorded,
    VisitIdentified,
    VisitStarted,
)
from edge.model.names import SECOND, CustomerId, Instant, SourceName, VisitId
from edge.model.observation import AnyObservation, CustomerHeard, EvidenceKind
from edge.privacy.keyring import Keyring
from edge.privacy.recogniser import Recogniser
from edge.store.database import Store
from edge.store.ledger import Snapshot
from edge.store.reading import events
from edge.sync.session import Sync
from tests.fusion.days import toy_floor
from tests.privacy.kit import KEY, SECRET, policy, put, signed

ANNA = CustomerId("customer-anna-0815")
BERT = CustomerId("customer-bert-4711")
DEVICE_KEY = bytes(range(7, 39))
EVERYTHING = ("presence_ble", "visit_history", "wifi_recognition")


def open_store(folder: Path, **more: Any) -> Store:
    return Store.open(folder / "edge.db", cipher=Keyring(DEVICE_KEY), **more)


def telling(*deltas: dict[str, Any], cursor: str = "001") -> bytes:
    """Give a message of the platform."""
    return json.dumps({"cursor": cursor, "deltas": deltas}).encode()


def told_of(
    who: CustomerId = ANNA, *purposes: str, version: int = 1, **more: Any
) -> dict[str, Any]:
    """Give the delta that tells of a customer, signed."""
    return signed(put(*(purposes or EVERYTHING), customer=who, version=version, **more))


def erased(who: CustomerId = ANNA, *, version: int = 9) -> dict[str, Any]:
    return {"op": "erase", "customer": who, "version": version, "reason": "asked for"}


class Folder:
    """Folds what is offered, as the daemon's intake does, and commits it at once."""

    def __init__(self, store: Store) -> None:
        snapshot = store.ledger.snapshot()
        state = State(epoch=store.epoch) if snapshot is None else resume(snapshot.state)
        self.fusion = Fusion(toy_floor(), state=state, tuning=Tuning(lateness_s=0.0))
        self._store = store
        self._waiting: list[AnyObservation] = []

    def offer(self, observation: AnyObservation) -> None:
        self._waiting.append(observation)

    async def turn(self) -> None:
        waiting, self._waiting = self._waiting, []
        said = [event for one in waiting for event in self.fusion.step(one)]
        snapshot = Snapshot(position=0, at=Instant(0), state=self.fusion.snapshot())
        self._store.ledger.append(said, snapshot=snapshot).result()


class Outgoing:
    """Remembers what it was told, in the place of the exchange, and tells that, where it runs."""

    def __init__(self) -> None:
        self.sync: Sync | None = None
        self.told: list[Event] = []
        self.rewrites = 0

    def tell(self, events: Sequence[Event]) -> None:
        self.told += events
        if self.sync is not None:
            self.sync.poke()

    def rewritten(self) -> None:
        self.rewrites += 1
        if self.sync is not None:
            self.sync.rewritten()


class Desk:
    """A store whose erasures are carried through by hand."""

    def __init__(self, store: Store, *, passed: Callable[[str], None] = lambda _step: None) -> None:
        self.store = store
        self.clock = system_clock(Instant(0))
        self.folder = Folder(store)
        self.sending = Outgoing()
        self.recogniser = Recogniser((), policy=policy(), secret=SECRET)
        self.book = CustomerBook(store, platform_key=KEY, recogniser=self.recogniser)
        self.trail = AuditTrail(store, device_key=DEVICE_KEY, now=self.clock.now)
        self.erasing = Erasing(
            store,
            clock=self.clock,
            offer=self.folder.offer,
            folding=self.folder,
            trail=self.trail,
            sending=self.sending,
            passed=passed,
        )
        self.customers = Customers(store, self.book, now=self.clock.now, changed=self._hear)

    def _hear(self, applied: Applied) -> None:
        self.erasing.hear(applied.changes)

    async def deliver(self, *deltas: dict[str, Any], cursor: str = "001") -> Applied:
        return await self.customers.apply(telling(*deltas, cursor=cursor))

    def receipts(self) -> list[ErasureCompleted]:
        reader = self.store.reader()
        try:
            found = list(events(reader, types=(ErasureCompleted,)))
        finally:
            reader.close()
        return [row.data for row in found if isinstance(row.data, ErasureCompleted)]


def heard(who: CustomerId, at: Instant, kind: EvidenceKind = EvidenceKind.CARD) -> CustomerHeard:
    return CustomerHeard(
        at=at,
        source=SourceName("scanner"),
        customer=who,
        evidence=kind,
        purposes=EVERYTHING,
        until=Instant(2**62),
    )


def stay(
    number: int, who: CustomerId, at: Instant, *, kind: str = "card", purposes: Sequence[str] = ()
) -> list[Event]:
    """Give a visit with its name, and a purchase."""
    visit = VisitId(f"v-{number:016x}")
    data = (
        VisitStarted(visit=visit),
        VisitIdentified(
            visit=visit,
            customer=who,
            confidence=0.97,
            grade="confirmed",
            evidence=(EvidenceWeight(kind=kind, weight=6.0),),
            purposes=tuple(purposes) or EVERYTHING,
        ),
        PurchaseRecorded(
            receipt=f"R-{number}", total=9.5, currency="EUR", visit=visit, customer=who
        ),
    )
    moment = Instant(at + number * SECOND)
    return [Event(at=moment, recorded=moment, data=one, visit=visit) for one in data]


def names(store: Store) -> list[str]:
    """Give whom the ledger's events name, in order."""
    reader = store.reader()
    try:
        found = [getattr(row.data, "customer", None) for row in events(reader)]
    finally:
        reader.close()
    return [one for one in found if one]
