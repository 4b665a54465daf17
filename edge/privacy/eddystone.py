"""This is where rotating Bluetooth tokens (Eddystone-EID) are computed and looked up.

Eddystone-EID, "EID Computation": a temporary key for 65,536 s from the identity key, and from that
one 8-byte identifier for every 2**k seconds. The time counter is UTC epoch seconds.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.base import CipherContext

from edge.model.names import SECOND, Instant

ID_BYTES: Final = 8
BLOCK_BYTES: Final = 16
SALT: Final = b"\xff"
COUNTER_MASK: Final = 0xFFFF_FFFF
EPOCH_BITS: Final = 16
"""The temporary key holds while the counter's top 16 bits hold."""
_ALONE: Final = modes.ECB()  # noqa: S305 - the standard's own block function, each block is encrypted alone
"""One for all: 100,000 of them are 100,000 objects that Python's collector looks through."""
AHEAD: Final = 2
"""Steps worked out ahead: one because two clocks may differ, one for the turn of the step."""


class _Round(msgspec.Struct, kw_only=True):
    """Work that is left: some keys, and the steps whose tables lack them."""

    keys: Sequence[bytes]
    steps: tuple[int, ...]
    done: int = 0


class EphemeralIds:
    """Which identity key is behind an identifier, for devices that share an exponent `k` (0..15).

    There is a table for the step before, the current one, the next one, and the one after that,
    which is worked out ahead: when the step turns, the tables that count are there. An identifier
    costs three look-ups, however many keys there are. Used from one thread at a time.
    """

    def __init__(self, k: int) -> None:
        self._k = k
        self._keys: dict[bytes, None] = {}
        self._step: int | None = None
        self._tables: dict[int, dict[bytes, bytes]] = {}
        self._newcomers: list[bytes] = []
        self._rounds: list[_Round] = []

    def add(self, key: bytes) -> None:
        """Look for a device from now on."""
        if key not in self._keys:
            self._keys[key] = None
            if self._step is not None:
                self._newcomers.append(key)

    def remove(self, key: bytes) -> None:
        """Look for a device no longer; tables that hold it are dropped with their step."""
        self._keys.pop(key, None)

    @property
    def backlog(self) -> int:
        """How many keys wait to be worked out."""
        return len(self._newcomers) + sum(len(one.keys) - one.done for one in self._rounds)

    def find(self, identifier: bytes) -> bytes | None:
        """Give the key behind an identifier at the moment turned to, as far as it is worked out."""
        step = self._step
        if step is None:
            return None
        for near in (step, step - 1, step + 1):
            key = self._tables[near].get(identifier)
            if key is not None:
                return key if key in self._keys else None
        return None

    def turn_to(self, at: Instant) -> None:
        """Note the time; what is to be worked out for it is left to `work`."""
        step = (at // SECOND) >> self._k
        # A frame of the step before is served from these tables: sources differ by moments, and
        # going back for each of them would work out a table over and over.
        if self._step is not None and self._step - 1 <= step <= self._step:
            return
        self._step = step
        wanted = range(step - 1, step + AHEAD + 1)
        missing = tuple(one for one in wanted if one not in self._tables)
        self._tables = {one: self._tables.get(one, {}) for one in wanted}
        # The table for the turn of the step can wait until those that count now are whole.
        later = missing if missing == (wanted[-1],) else ()
        self._plan(tuple(one for one in missing if one not in later))
        self._plan(later)

    def work(self, limit: int) -> None:
        """Work out up to so many keys, the most urgent ones first."""
        newcomers = self._newcomers[-limit:]
        del self._newcomers[-limit:]
        self._work_out(newcomers, tuple(self._tables))
        done = len(newcomers)
        while done < limit and self._rounds:
            first = self._rounds[0]
            part = first.keys[first.done : first.done + limit - done]
            self._work_out(part, first.steps)
            first.done += len(part)
            done += len(part)
            if first.done >= len(first.keys):
                self._rounds.pop(0)

    def finish(self) -> None:
        """Work out everything that waits."""
        while self.backlog:
            self.work(self.backlog)

    def _plan(self, steps: tuple[int, ...]) -> None:
        if steps and self._keys:
            self._rounds.append(_Round(keys=tuple(self._keys), steps=steps))

    def _work_out(self, keys: Iterable[bytes], steps: tuple[int, ...]) -> None:
        wanted = tuple(step for step in steps if step in self._tables)
        for key in keys:
            if key in self._keys:
                for step, identifier in identifiers(key, self._k, wanted):
                    self._tables[step][identifier] = key


def identifiers(key: bytes, k: int, steps: Iterable[int]) -> Iterable[tuple[int, bytes]]:
    """Give what a device with an identity key advertises in some steps of 2**k seconds."""
    counters = [(step, (step << k) & COUNTER_MASK) for step in steps]
    for epoch in {counter >> EPOCH_BITS for _, counter in counters}:
        same = [(step, counter) for step, counter in counters if counter >> EPOCH_BITS == epoch]
        # One call for all steps: the call costs more than the blocks.
        blocks = b"".join(_block(k, counter) for _, counter in same)
        sealed = _temporary(key, epoch).update(blocks)
        for place, (step, _) in enumerate(same):
            start = place * BLOCK_BYTES
            yield step, sealed[start : start + ID_BYTES]


def _temporary(identity_key: bytes, epoch: int) -> CipherContext:
    block = bytes(11) + SALT + bytes(2) + epoch.to_bytes(2, "big")
    return encryptor(encryptor(identity_key).update(block))


def _block(k: int, counter: int) -> bytes:
    return bytes(11) + bytes([k]) + counter.to_bytes(4, "big")


def encryptor(key: bytes) -> CipherContext:
    """Give an AES-128 block encryptor that may be held and used again and again."""
    return Cipher(algorithms.AES(key), _ALONE).encryptor()
