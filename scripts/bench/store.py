#!/usr/bin/env python3
"""This is where the cost of keeping an event is measured against sqlite-utils.

Every way writes the same events to the same disk, one after the other within a round, so that what
else the machine does meets them alike; the figures are medians over the rounds.
    scripts/bench/store.py [--json] [--events N] [--rounds N]
"""

import _venv  # noqa: F401 - goes on with the project's own Python

# isort: split
import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import sqlite_utils

from edge.model.event import (
    Event,
    EventData,
    EvidenceWeight,
    FootfallCounted,
    VisitEnded,
    VisitIdentified,
    VisitStarted,
    ZoneEntered,
    ZoneLeft,
)
from edge.model.names import SECOND, CustomerId, DoorName, Instant, VisitId, ZoneName
from edge.privacy.keyring import Keyring
from edge.store.database import Store
from edge.store.engine import Connection
from edge.store.personal import customer_of
from edge.store.vault import need_vault

START = 1_790_000_000 * SECOND
KEYRING = Keyring(bytes(range(32)))
BATCH = 100
PER_ROW_SHARE = 10  # the per-row way is so slow that it writes a tenth


class Cost(NamedTuple):
    """What one event cost."""

    cpu_us: float
    wall_us: float


def day(count: int) -> list[Event]:
    """Make up a day's events: stays with three zones each, a third of them identified."""
    chance = random.Random(42)
    events: list[Event] = []
    while len(events) < count:
        visit = VisitId(f"v-{chance.getrandbits(64):016x}")
        began = Instant(START + len(events) * SECOND)
        events += [
            Event(at=began, recorded=Instant(began + SECOND), data=data, visit=visit)
            for data in stay(visit, chance)
        ]
        counted = FootfallCounted(
            door=DoorName("door-1"),
            from_="2026-03-14T09:00:00Z",
            to="2026-03-14T09:15:00Z",
            in_=12,
            out=9,
            coverage=1.0,
            calibration=3,
        )
        events.append(Event(at=began, recorded=began, data=counted))
    return events[:count]


def stay(visit: VisitId, chance: random.Random) -> list[EventData]:
    """Make up one stay."""
    said: list[EventData] = [VisitStarted(visit=visit, door=DoorName("door-1"))]
    if chance.random() < 1 / 3:
        weights = (EvidenceWeight(kind="ble", weight=3.2), EvidenceWeight(kind="card", weight=4.6))
        said.append(
            VisitIdentified(
                visit=visit,
                customer=CustomerId(f"c-{chance.randrange(100_000)}"),
                confidence=0.97,
                grade="confirmed",
                evidence=weights,
                purposes=("presence_ble", "visit_history"),
            )
        )
    for name in ("entrance", "toys", "checkout"):
        zone = ZoneName(name)
        dwell_s = round(chance.uniform(5, 900), 1)
        said.append(ZoneEntered(visit=visit, zone=zone, confidence=0.9))
        said.append(ZoneLeft(visit=visit, zone=zone, dwell_s=dwell_s, confidence=0.9))
    said.append(VisitEnded(visit=visit, duration_s=1234.5, how="door"))
    return said


def plain(events: Sequence[Event]) -> list[dict[str, Any]]:
    """Lay events out as one would for sqlite-utils: text ids and JSON."""
    return [
        {
            "id": f"0123456789abcdef/{number}",
            "type": event.data.type,
            "at": event.at / SECOND,
            "recorded": event.recorded / SECOND,
            "visit": event.visit,
            "data": msgspec.json.encode(event.data).decode(),
        }
        for number, event in enumerate(events)
    ]


def per_row(folder: Path, events: Sequence[Event]) -> None:
    """Insert row by row, each with its own commit, with the pragmas sqlite-utils comes with."""
    with sqlite_utils.Database(folder / "per_row.db") as db:
        for row in plain(events):
            db.table("event").insert(row, pk="id")


def per_row_wal(folder: Path, events: Sequence[Event]) -> None:
    """Insert row by row, each with its own commit, with a WAL."""
    with sqlite_utils.Database(folder / "per_row_wal.db") as db:
        db.enable_wal()
        for row in plain(events):
            db.table("event").insert(row, pk="id")


def insert_all(folder: Path, events: Sequence[Event]) -> None:
    """Insert a hundred rows at a time."""
    rows = plain(events)
    with sqlite_utils.Database(folder / "insert_all.db") as db:
        db.enable_wal()
        for start in range(0, len(rows), BATCH):
            db.table("event").insert_all(rows[start : start + BATCH], pk="id")


def ledger(folder: Path, events: Sequence[Event]) -> None:
    """Append a hundred events at a time, each batch on the disk before the next is made."""
    with Store.open(folder / "ledger.db", cipher=KEYRING) as store:
        for start in range(0, len(events), BATCH):
            store.ledger.append(events[start : start + BATCH]).result()


def grouped(folder: Path, events: Sequence[Event]) -> None:
    """Append event by event without waiting: the writer groups what is waiting."""
    with Store.open(folder / "grouped.db", cipher=KEYRING) as store:
        for event in events:
            store.ledger.append((event,))


def cost(way: Callable[[Path, Sequence[Event]], None], events: Sequence[Event]) -> Cost:
    """Measure one way in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        cpu, wall = time.process_time_ns(), time.perf_counter_ns()
        way(Path(folder), events)
        cpu, wall = time.process_time_ns() - cpu, time.perf_counter_ns() - wall
    return Cost(cpu / 1000 / len(events), wall / 1000 / len(events))


def stored_bytes(events: Sequence[Event]) -> float:
    """Give the bytes of the file for one event, visits, indexes and outbox included."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "size.db"
        people = {one for event in events if (one := customer_of(event.data)) is not None}
        with Store.open(path, cipher=KEYRING) as store:
            # Only known customers are recognised, and their keys came with their records.
            store.writer.submit(lambda conn: admit_all(conn, people)).result()
        empty = path.stat().st_size
        with Store.open(path, cipher=KEYRING) as store:
            for start in range(0, len(events), BATCH):
                store.ledger.append(events[start : start + BATCH])
        return (path.stat().st_size - empty) / len(events)


def admit_all(conn: Connection, people: Iterable[CustomerId]) -> None:
    """Make a key for everybody."""
    vault = need_vault(conn, what="could not make keys")
    for customer in people:
        vault.admit(conn, customer)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="cost of keeping an event")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    events = day(asked.events)
    few = events[: asked.events // PER_ROW_SHARE]
    shares = {per_row: few, per_row_wal: few}
    ways = (per_row, per_row_wal, insert_all, ledger, grouped)
    with tempfile.TemporaryDirectory() as folder:
        ledger(Path(folder), events[:BATCH])  # what is loaded once is not measured
    rounds = [
        {way: cost(way, shares.get(way, events)) for way in ways} for _ in range(asked.rounds)
    ]
    figures: dict[str, float] = {"bytes_per_event": round(stored_bytes(events), 1)}
    for way in ways:
        for part in Cost._fields:
            median = statistics.median(getattr(costs[way], part) for costs in rounds)
            ratio = statistics.median(
                getattr(costs[per_row], part) / getattr(costs[way], part) for costs in rounds
            )
            figures[f"{way.__name__}.{part}"] = round(median, 1)
            figures[f"{way.__name__}.{part}.times_per_row"] = round(ratio, 1)
    if asked.json:
        print(json.dumps(figures, indent=2))
        return
    for name, figure in figures.items():
        print(f"{name:40} {figure:10.1f}")


if __name__ == "__main__":
    main()
