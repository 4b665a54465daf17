"""A child that appends stays and says each number once it is on the disk, until it is killed."""

import sys
from pathlib import Path

from edge.model.event import Event, VisitEnded, VisitStarted
from edge.model.names import SECOND, Instant, VisitId
from edge.store.database import Store
from edge.store.ledger import Snapshot


def stay(number: int) -> list[Event]:
    visit = VisitId(f"v-{number:016x}")
    at = Instant(number * SECOND)
    started = VisitStarted(visit=visit)
    ended = VisitEnded(visit=visit, duration_s=float(number), how="door")
    return [Event(at=at, recorded=at, data=data, visit=visit) for data in (started, ended)]


def main(path: Path) -> None:
    store = Store.open(path)
    kept = store.ledger.snapshot()
    number = 0 if kept is None else kept.position
    acknowledged = 0
    while True:
        futures = []
        for _ in range(5):
            number += 1
            kept = Snapshot(position=number, at=Instant(number), state=b"%d" % number)
            futures.append(store.ledger.append(stay(number), snapshot=kept))
        last = max(future.result()[1] for future in futures)
        sys.stdout.write(f"{last} {acknowledged}\n")
        sys.stdout.flush()
        acknowledged = last - 5
        store.outbox.acknowledge(store.epoch, acknowledged)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
