"""This is where it is decided what to publish next: the window of the uplink, without any I/O.

The law: a PUBACK means that the broker holds a message, not that the platform stored it. Only the
platform's own cumulative acknowledgement empties the outbox; all else leads to sending again.
"""

from collections import deque

from edge.sync.backoff import Chance, wait_after_failure
from edge.sync.batch import Batch
from edge.sync.happenings import (
    Acknowledged,
    Action,
    Answer,
    Ask,
    Confirm,
    Connected,
    Happening,
    Heard,
    Load,
    Loaded,
    Lost,
    Publish,
    Reconnect,
    Rewritten,
    Settled,
    Stored,
    Ticked,
)
from edge.sync.uplink_limits import UplinkCounts, UplinkLimits
from edge.sync.uplink_states import MOVES, Signal, State


class Uplink:
    """The machine: `take` what happened, get what to do. It belongs to one thread."""

    def __init__(self, epoch: str, *, limits: UplinkLimits, chance: Chance) -> None:
        self.state = State.OFFLINE
        self.counts = UplinkCounts()
        self.acknowledged = 0
        """Sequence up to which the platform confirmed."""
        self._epoch = epoch
        self._limits = limits
        self._chance = chance
        self.is_answered = False
        """True once what the platform says about customers since we connected was applied."""
        self._may_name = False
        self._room = limits.window
        self._flight: deque[tuple[int, Batch]] = deque()
        self._unsettled: set[int] = set()
        self._ready: deque[Batch] = deque()
        self._loading = False
        self._has_more = True
        self._grew_while_loading = False
        self._read_through = 0
        self._sent_through = 0
        self._serial = 0
        self._stalls = 0
        self._refusals = 0
        self._due_s: float | None = None
        self._is_stale = False
        self._heard_s: float | None = None
        self._ask_s = self._silent_s = 0.0

    def take(self, happening: Happening, now_s: float) -> list[Action]:
        """Take in what happened; `now_s` is monotonic. Gives what to do now, in this order."""
        actions: list[Action] = []
        match happening:
            case Connected():
                self._connect(happening, now_s)
            case Lost():
                self._lose()
            case Heard():
                self._hear(happening, now_s)
            case Rewritten() | Stored() | Loaded():
                self._read(happening)
            case Settled():
                self._settle(happening, now_s)
            case Acknowledged():
                actions += self._acknowledge(happening, now_s)
            case Ticked():
                actions += self._tick(now_s)
        return [*actions, *self._fill(now_s)]

    @property
    def in_flight(self) -> int:
        """Messages that the broker has not settled or the platform has not acknowledged."""
        return len(self._unsettled | {serial for serial, _ in self._flight})

    def _move(self, signal: Signal) -> bool:
        following = MOVES.get((self.state, signal))
        if following is None:
            return False
        self.state = following
        return True

    def _connect(self, connected: Connected, now_s: float) -> None:
        if self._move(Signal.CONNECTED):
            self._stalls = 0
            self._room = max(1, min(self._limits.window, connected.window))
            self._listen(now_s)

    def _listen(self, now_s: float) -> None:
        self.is_answered = self._may_name = False
        self._heard_s = None
        self._ask_s = now_s + self._limits.unanswered_s
        self._silent_s = now_s + self._limits.silent_s

    def _lose(self) -> None:
        if self._move(Signal.LOST):
            self._unsettled.clear()
            self._rewind()
            self._due_s = self._heard_s = None
            self.is_answered = self._may_name = False
            self._is_stale = self._loading

    def _hear(self, heard: Heard, now_s: float) -> None:
        if self.is_answered or self.state is State.OFFLINE:
            return
        waits_s = {
            Answer.END: 0.0,
            Answer.MAYBE: self._limits.listen_s,
            Answer.PART: self._limits.pause_s,
        }
        self._heard_s = now_s + waits_s[heard.answer]
        self._end_listening(now_s)

    def _end_listening(self, now_s: float) -> list[Action]:
        """Begin to send, all or only what speaks of nobody, once it is time for it."""
        if self.is_answered or self.state is State.OFFLINE:
            return []
        if self._heard_s is not None:
            if now_s >= self._heard_s:
                self.is_answered = True
                self._speak_of_people()
            return []
        if now_s >= self._silent_s:
            self._speak_of_people()
        if now_s < self._ask_s:
            return []
        self._ask_s = now_s + self._limits.unanswered_s
        self._move(Signal.HEARD)
        return [Ask()]

    def _speak_of_people(self) -> None:
        """Send from now on what names people, too."""
        if self._may_name:
            return
        self._may_name = True
        self._move(Signal.HEARD)
        self._read_anew()

    def _read_anew(self) -> None:
        """Forget what was read and not sent: it is read again, as it stands now."""
        self._ready.clear()
        self._read_through = self._flight[-1][1].last if self._flight else self.acknowledged
        self._has_more = True
        self._is_stale = self._loading

    def _read(self, loaded: Rewritten | Stored | Loaded) -> None:
        if isinstance(loaded, Rewritten):
            self._read_anew()
            return
        if isinstance(loaded, Stored):
            self._has_more = True
            self._grew_while_loading = self._loading
            return
        self._loading = False
        if self._is_stale or loaded.after != self._read_through:
            self._is_stale = False
            return  # read before a rewind, or before a name was taken out: it is read again
        self._has_more = bool(loaded.batches) or self._grew_while_loading
        self._grew_while_loading = False
        self._ready.extend(loaded.batches)
        if not loaded.batches:
            return
        if loaded.after == self.acknowledged:  # what is missing before was confirmed long ago
            self.acknowledged = loaded.batches[0].first - 1
            self._sent_through = max(self._sent_through, self.acknowledged)
        self._read_through = loaded.batches[-1].last

    def _settle(self, settled: Settled, now_s: float) -> None:
        self._unsettled.discard(settled.serial)
        if settled.taken:
            return
        self.counts.refused += 1
        if any(serial == settled.serial for serial, _ in self._flight):
            self._rewind()
        if self._move(Signal.REFUSED):
            wait_s = wait_after_failure(self._limits.back_off, self._refusals, chance=self._chance)
            self._refusals += 1
            self._due_s = now_s + wait_s

    def _acknowledge(self, ack: Acknowledged, now_s: float) -> list[Action]:
        # The platform cannot have what was never sent; taking its word for it would lose events.
        through = min(ack.through, self._sent_through)
        if ack.epoch != self._epoch or ack.through > self._sent_through:
            self.counts.strange_acks += 1
        if ack.epoch != self._epoch or through <= self.acknowledged:
            return []
        self.acknowledged = through
        while self._flight and self._flight[0][1].last <= through:
            self._flight.popleft()
        while self._ready and self._ready[0].last <= through:
            self._ready.popleft()
        self._read_through = max(self._read_through, through)
        was_away = self._stalls > 0 and self.is_answered
        self._stalls = self._refusals = 0
        actions: list[Action] = [Confirm(through=through)]
        if was_away and self._move(Signal.RETURNED):
            self._listen(now_s)
            self._read_anew()
            actions.append(Ask(is_anew=True))
        self._move(Signal.PROGRESS)
        if self.state is not State.HELD:
            self._due_s = now_s + self._limits.stall_s if self.in_flight else None
        return actions

    def _tick(self, now_s: float) -> list[Action]:
        actions = self._end_listening(now_s)
        if self._due_s is None or now_s < self._due_s:
            return actions
        if self.state is State.HELD:
            self._move(Signal.DUE)
            self._due_s = None
        elif self.state in {State.FLOWING, State.PROBING}:
            actions += self._stall(now_s)
        return actions

    def _stall(self, now_s: float) -> list[Action]:
        if not self.in_flight:
            self._due_s = None
            return []
        self.counts.stalls += 1
        self._stalls += 1
        self._due_s = now_s + self._patience_s()
        if self._unsettled:
            return [Reconnect()]  # not even the broker answers
        self._rewind()
        self._move(Signal.STALLED)
        return []

    def _patience_s(self) -> float:
        doublings = min(self._stalls, 16)
        return min(self._limits.stall_cap_s, self._limits.stall_s * 2.0**doublings)

    def _rewind(self) -> None:
        """Forget what was read and sent after the last acknowledgement: it is read again."""
        self._flight.clear()
        self._ready.clear()
        self._read_through = self.acknowledged
        self._has_more = True

    def _fill(self, now_s: float) -> list[Action]:
        actions: list[Action] = []
        while self._ready and self.in_flight < self._allowed():
            batch = self._ready.popleft()
            self._serial += 1
            self._flight.append((self._serial, batch))
            self._unsettled.add(self._serial)
            self._count(batch)
            if self._due_s is None:
                self._due_s = now_s + self._patience_s()
            actions.append(
                Publish(serial=self._serial, batch=batch, acknowledged=self.acknowledged)
            )
        is_hungry = len(self._ready) < self._room and self._allowed() > 0
        if is_hungry and self._has_more and not self._loading:
            self._loading = True
            actions.append(Load(after=self._read_through, anonymous=not self._may_name))
        return actions

    def _allowed(self) -> int:
        if self.state is State.FLOWING:
            return self._room
        return 1 if self.state is State.PROBING else 0

    def _count(self, batch: Batch) -> None:
        self.counts.published += batch.events
        again = min(batch.last, self._sent_through) - batch.first + 1
        self.counts.resent += max(0, again)
        self._sent_through = max(self._sent_through, batch.last)
