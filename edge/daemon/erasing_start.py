"""This is where a start makes fusion forget those who went away while the service did not run."""

from collections.abc import Iterable

import msgspec

from edge.daemon import erasing_book
from edge.daemon.erasing import DESK
from edge.daemon.run_fold import Taken, take_up
from edge.fusion.fold import Fusion, resume
from edge.fusion.tuning import Tuning
from edge.model.event import Event
from edge.model.names import CustomerId, Instant
from edge.model.observation import ConsentChanged
from edge.model.place import Floor
from edge.store.database import Store
from edge.store.engine import Connection
from edge.store.ledger import Snapshot


def go_on(
    snapshot: Snapshot | None, store: Store, *, floor: Floor, tuning: Tuning, now: Instant
) -> Taken:
    """Go on from a snapshot, or begin anew, without those who went away meanwhile.

    Raises: StoreError where the store cannot be read.
    """
    left, events = without_gone(snapshot, store, floor=floor, tuning=tuning, at=now)
    taken = take_up(left, floor, tuning=tuning, epoch=store.epoch, now=now)
    return msgspec.structs.replace(taken, events=(*events, *taken.events))


def without_gone(
    snapshot: Snapshot | None, store: Store, *, floor: Floor, tuning: Tuning, at: Instant
) -> tuple[Snapshot | None, list[Event]]:
    """Give a snapshot without what its customers no longer allow, and what follows from that.

    A delivery can take effect on the disk in the moment in which the service is killed.
    Raises: StoreError where the store cannot be read.
    """
    if snapshot is None:
        return None, []
    try:
        fusion = Fusion(floor, state=resume(snapshot.state), tuning=tuning)
    except msgspec.MsgspecError:  # another version wrote it, or it is locked: nobody goes on in it
        return snapshot, []
    reader = store.reader()
    try:
        changes = list(_changes(reader, fusion.named(), at=at))
    finally:
        reader.close()
    events = [event for change in changes for event in fusion.step(change)]
    return msgspec.structs.replace(snapshot, state=fusion.snapshot()), events


def _changes(reader: Connection, named: Iterable[str], *, at: Instant) -> Iterable[ConsentChanged]:
    for name in sorted(named):
        customer = CustomerId(name)
        purposes = erasing_book.left(reader, customer, at=at)
        yield ConsentChanged(at=at, source=DESK, customer=customer, purposes=purposes)
