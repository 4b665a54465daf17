"""This is where a live store's fusion goes on from where the last run of the daemon left it."""

import msgspec

from edge.fusion.fold import Fusion, resume
from edge.fusion.state import State
from edge.fusion.tuning import Tuning
from edge.model.event import Event
from edge.model.names import SECOND, Instant
from edge.model.observation import SourceChanged
from edge.model.place import Floor
from edge.store.ledger import LOCKED, Snapshot

LONGEST_GAP_NS = 3_600 * SECOND
"""A service that was away for longer has missed too much to say who is still inside: its visits
end, and no figures are made up for the time between."""
LONGEST_LEAD_NS = 60 * SECOND
"""A state that is further ahead of the clock was made by a clock that was wrong."""
NOT_RUNNING = "the service was not running"


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A fold that is ready to go on."""

    fusion: Fusion
    events: tuple[Event, ...]
    """What follows from the time in which nobody looked."""
    note: str
    """How it was taken up, for the log."""


def take_up(
    snapshot: Snapshot | None, floor: Floor, *, tuning: Tuning, epoch: str, now: Instant
) -> Taken:
    """Go on from a snapshot at `now`, or begin anew where it cannot be gone on from."""
    if snapshot is None:
        return _begun(State(epoch=epoch), floor, tuning=tuning, now=now, note="a new ledger begins")
    if snapshot.state == LOCKED:
        # A number that no count of visits has reached: one a second since 1970.
        anew = State(epoch=epoch, ordinal=now // SECOND)
        note = "the device key does not open what was remembered; the store is taken for empty"
        return _begun(anew, floor, tuning=tuning, now=now, note=note)
    try:
        state = resume(snapshot.state)
    except msgspec.MsgspecError:  # another version wrote it
        anew = State(epoch=epoch, ordinal=_ordinal(snapshot.state))
        note = "what was remembered is of another version; the store is taken for empty"
        return _begun(anew, floor, tuning=tuning, now=now, note=note)
    gap = now - state.newest
    if -LONGEST_LEAD_NS <= gap <= LONGEST_GAP_NS:
        fusion = Fusion(floor, state=state, tuning=tuning)
        events = [event for change in _silences(state) for event in fusion.step(change)]
        note = f"goes on after {gap / SECOND:.0f} s"
        return Taken(fusion=fusion, events=tuple(events), note=note)
    return begin_anew(state, floor, tuning=tuning, now=now)


def begin_anew(state: State, floor: Floor, *, tuning: Tuning, now: Instant) -> Taken:
    """End what is open at the moment it was known last, and begin at `now` with what was learnt."""
    ended = Fusion(floor, state=state, tuning=tuning).break_off()
    anew = State(
        epoch=state.epoch,
        ordinal=state.ordinal,
        arrival=state.arrival,
        calibration=state.calibration,
        identified=state.identified,
        announced=state.announced,
        stays=state.stays,
        entry_offsets=state.entry_offsets,
        exit_offsets=state.exit_offsets,
        receipts=state.receipts,
        told=state.told,
    )
    note = "too long ago or ahead of the clock; what was open has ended, and a new day begins"
    begun = _begun(anew, floor, tuning=tuning, now=now, note=note)
    return msgspec.structs.replace(begun, events=(*ended, *begun.events))


def _begun(state: State, floor: Floor, *, tuning: Tuning, now: Instant, note: str) -> Taken:
    fusion = Fusion(floor, state=state, tuning=tuning)
    fusion.begin(now)
    return Taken(fusion=fusion, events=(), note=note)


def _silences(state: State) -> list[SourceChanged]:
    """Say of every source that was alive that nobody listened to it since."""
    return [
        SourceChanged(
            at=state.newest,
            source=source,
            was=state.told.get(source, "watching"),
            now="retrying",
            reason=NOT_RUNNING,
        )
        for source, life in state.lives.items()
        if not life.is_deaf
    ]


def _ordinal(raw: bytes) -> int:
    """Read how many visits were numbered, so that no number is given twice.

    Raises: msgspec.MsgspecError where the snapshot is not even readable as a table.
    """
    fields = msgspec.msgpack.decode(raw)
    return int(fields["ordinal"])
