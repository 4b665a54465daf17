"""This is where resolvable private addresses are matched with the keys customers handed over.

Bluetooth Core Specification, Vol 3, Part H, 2.2.2: an address is prand (24 bits, the top two of
them 01) and hash = ah(key, prand), the last 24 bits of AES-128(key, prand padded with zeros).
"""

from collections.abc import Sequence
from typing import Final

import msgspec
from cryptography.hazmat.primitives.ciphers.base import CipherContext

from edge.model.names import SECOND, Instant
from edge.privacy.eddystone import BLOCK_BYTES, encryptor

PADDING: Final = bytes(13)
HASH_AT: Final = 13
"""Where the three bytes that an address repeats begin in a block."""
MEMO_LIMIT: Final = 8_192
"""Addresses remembered at a time, about 1 MB; over it the memo starts anew."""
MEMO_NS: Final = 900 * SECOND
"""Addresses change about every 15 minutes, so nothing is remembered for longer."""
BATCH: Final = 32
"""Addresses that are tried together: the call of a key's encryptor costs 40 times its block."""
SLICE: Final = 4_096
"""Keys whose outputs are looked through together: 64 KB an address stay in the processor's cache,
which halves the time of a batch (measured)."""
MAKING: Final = 25
"""Making a key's encryptor (6.5 us) costs this many trials (0.25 us)."""
WAITING_LIMIT: Final = 256
"""Addresses that may wait; one too many is left out, and its next advert comes within seconds."""


def is_resolvable(address: bytes) -> bool:
    """Say whether a random address (most significant byte first) is a resolvable private one."""
    return address[0] & 0xC0 == 0x40  # noqa: PLR2004 - the two bits of the standard


class _Trial(msgspec.Struct, kw_only=True):
    """Some addresses that are tried with every key, a part of the keys at a time."""

    addresses: tuple[bytes, ...]
    done: int = 0


class AddressResolver:
    """Which key is behind a resolvable private address; used from one thread at a time.

    One encryptor is held per key (1 KB). An address that waits to be tried is held in RAM until
    then; a stranger's is remembered as the process's own keyed hash only, and for 15 minutes at
    the longest.
    """

    def __init__(self) -> None:
        self._places: dict[bytes, int] = {}
        self._keys: list[bytes] = []
        self._encryptors: list[CipherContext] = []
        self._known: dict[bytes, bytes] = {}
        self._strangers: set[int] = set()
        self._waiting: dict[bytes, None] = {}
        self._trial: _Trial | None = None
        self._memo_age = 0

    def add(self, key: bytes) -> None:
        """Look for a device from now on."""
        if key not in self._places:
            self._places[key] = len(self._keys)
            self._keys.append(key)
            self._strangers.clear()

    def remove(self, key: bytes) -> None:
        """Look for a device no longer."""
        place = self._places.pop(key, None)
        if place is None:
            return
        # A trial that is under way would miss the key that moves; it begins anew.
        if self._trial is not None:
            self._trial.done = 0
        if len(self._encryptors) == len(self._keys):
            last = self._encryptors.pop()
            if place < len(self._encryptors):
                self._encryptors[place] = last
        elif place < len(self._encryptors):
            self._encryptors[place] = encryptor(self._keys[-1])
        moved = self._keys.pop()
        if place < len(self._keys):
            self._keys[place] = moved
            self._places[moved] = place
        self._known = {address: one for address, one in self._known.items() if one != key}

    @property
    def backlog(self) -> int:
        """How many keys are still to be tried."""
        trying = 0 if self._trial is None else len(self._keys) - self._trial.done
        return trying + len(self._keys) * bool(self._waiting)

    @property
    def held(self) -> int:
        """How many encryptors are held."""
        return len(self._encryptors)

    def find(self, address: bytes, at: Instant) -> bytes | None:
        """Give the key behind an address as far as it was tried; one that was not, waits."""
        if not self._keys or not is_resolvable(address):
            return None
        if at // MEMO_NS != self._memo_age or len(self._strangers) >= MEMO_LIMIT:
            self._forget(at)
        found = self._known.get(address)
        if found is None and hash(address) not in self._strangers:
            self._wait(address)
        return found

    def work(self, limit: int) -> None:
        """Try so many keys on the addresses that wait; a key that is new here counts for more."""
        done = 0
        while done < limit:
            trial = self._trial = self._trial or self._next()
            if trial is None:
                return
            done += self._try_on(trial, min(SLICE, limit - done))

    def finish(self) -> None:
        """Try every address that waits with every key."""
        while self.backlog:
            self.work(MAKING * self.backlog)

    def _wait(self, address: bytes) -> None:
        is_tried = self._trial is not None and address in self._trial.addresses
        if not is_tried and len(self._waiting) < WAITING_LIMIT:
            self._waiting[address] = None

    def _next(self) -> _Trial | None:
        batch = tuple(self._waiting)[:BATCH]
        for address in batch:
            del self._waiting[address]
        return _Trial(addresses=batch) if batch else None

    def _try_on(self, trial: _Trial, limit: int) -> int:
        """Try the next keys and give the effort; once all were tried, remember the strangers."""
        made = len(self._encryptors)
        start = trial.done
        end = min(start + limit, len(self._keys), max(made, start) + 1 + limit // MAKING)
        missing = self._keys[made:end]
        self._encryptors += [encryptor(key) for key in missing]
        places = _matches(self._encryptors[start:end], trial.addresses)
        self._known |= {address: self._keys[start + place] for address, place in places.items()}
        trial.done = end
        if end >= len(self._keys):
            self._trial = None
            self._strangers |= {hash(one) for one in trial.addresses if one not in self._known}
        return end - start + MAKING * len(missing)

    def _forget(self, at: Instant) -> None:
        self._memo_age = at // MEMO_NS
        self._known.clear()
        self._strangers.clear()


def _matches(held: Sequence[CipherContext], addresses: Sequence[bytes]) -> dict[bytes, int]:
    """Give the addresses that one of the encryptors made, with its place.

    All outputs lie in one buffer, a row a key; a column is then searched for the address's bytes
    by the buffer's own `find`, so that Python looks at one key in 256 only.
    """
    row = BLOCK_BYTES * len(addresses)
    blocks = b"".join(PADDING + address[:3] for address in addresses)
    outputs = b"".join([one.update(blocks) for one in held])
    found = {}
    for number, address in enumerate(addresses):
        start = number * BLOCK_BYTES + HASH_AT
        column, wanted = outputs[start::row], address[3:]
        place = column.find(wanted[:1])
        while place >= 0:
            if outputs.startswith(wanted, start + place * row):
                found[address] = place
                break
            place = column.find(wanted[:1], place + 1)
    return found
