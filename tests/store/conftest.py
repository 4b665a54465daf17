"""What the tests of the store share: an open store, a reader, and a made-up stay."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.model.event import (
    Event,
    EventData,
    EvidenceWeight,
    VisitEnded,
    VisitIdentified,
    VisitStarted,
    ZoneEntered,
)
from edge.model.names import SECOND, CustomerId, DoorName, Instant, VisitId
from edge.privacy.keyring import Keyring
from edge.store.database import Store
from edge.store.engine import Connection

NOON = Instant(1_790_000_000 * SECOND)

Stay = Callable[..., list[Event]]

DEVICE_KEY = bytes(range(32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store.open(path, cipher=Keyring(DEVICE_KEY)) as opened:
        yield opened


@pytest.fixture
def reader(store: Store) -> Iterator[Connection]:
    conn = store.reader()
    yield conn
    conn.close()


@pytest.fixture
def stay() -> Stay:
    """Make the four events of one stay; the number makes visit, customer and hour its own."""

    def make(number: int = 1) -> list[Event]:
        visit = VisitId(f"v-{number:016x}")
        began = Instant(NOON + number * 3600 * SECOND)
        said: list[EventData] = [
            VisitStarted(visit=visit, door=DoorName("door-1")),
            VisitIdentified(
                visit=visit,
                customer=CustomerId(f"c-{number}"),
                confidence=0.97,
                grade="confirmed",
                evidence=(EvidenceWeight(kind="card", weight=4.5),),
                purposes=("visit_history",),
            ),
            ZoneEntered(visit=visit, zone="toys", confidence=0.8),
            VisitEnded(visit=visit, duration_s=3.0, how="door"),
        ]
        moments = [Instant(began + place * SECOND) for place in range(len(said))]
        return [
            Event(at=at, recorded=at, data=data, visit=visit)
            for at, data in zip(moments, said, strict=True)
        ]

    return make
