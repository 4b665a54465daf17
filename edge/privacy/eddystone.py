"""This is where rotating Bluetooth tokens (Eddystone-EID) are computed and looked up.

Eddystone-EID, "EID Computation": a temporary key for 65,536 s from the identity key, and from that
one 8-byte identifier for every 2**k seconds. The time counter is UTC epoch seconds.
"""

from collections.abc import Mapping
from typing import Final, Generic, TypeVar

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.base import CipherContext

from edge.model.names import SECOND, Instant

Owner = TypeVar("Owner")

ID_BYTES: Final = 8
BLOCK_BYTES: Final = 16
SALT: Final = b"\xff"
COUNTER_MASK: Final = 0xFFFF_FFFF
EPOCH_BITS: Final = 16
"""The temporary key holds while the counter's top 16 bits hold."""


class EphemeralIds(Generic[Owner]):
    """Who sends which identifier now, for devices that share a rotation exponent (0..15).

    The table holds the current time step and one step on either side (two clocks may differ),
    and is worked out anew when the step changes. Used from one thread at a time.
    """

    def __init__(self, k: int, owners: Mapping[bytes, Owner]) -> None:
        self._k = k
        self._owners = owners
        self._step: int | None = None
        self._table: dict[bytes, Owner] = {}
        self._temporary: dict[tuple[bytes, int], CipherContext] = {}

    def find(self, identifier: bytes, at: Instant) -> Owner | None:
        """Give whose identifier this is at a moment, or None for a stranger's."""
        step = (at // SECOND) >> self._k
        # A frame of the step before is served from this table: sources differ by moments, and
        # going back for each of them would work out the table over and over.
        if self._step is None or not self._step - 1 <= step <= self._step:
            self._turn_to(step)
        return self._table.get(identifier)

    def _turn_to(self, step: int) -> None:
        counters = [((step + shift) << self._k) & COUNTER_MASK for shift in (-1, 0, 1)]
        epochs = sorted({counter >> EPOCH_BITS for counter in counters})
        self._temporary = {
            (key, epoch): self._temporary.get((key, epoch)) or _temporary(key, epoch)
            for key in self._owners
            for epoch in epochs
        }
        self._table = {
            self._temporary[key, counter >> EPOCH_BITS].update(block)[:ID_BYTES]: owner
            for counter, block in [(counter, _block(self._k, counter)) for counter in counters]
            for key, owner in self._owners.items()
        }
        self._step = step


def _temporary(identity_key: bytes, epoch: int) -> CipherContext:
    block = bytes(11) + SALT + bytes(2) + epoch.to_bytes(2, "big")
    return encryptor(encryptor(identity_key).update(block))


def _block(k: int, counter: int) -> bytes:
    return bytes(11) + bytes([k]) + (counter >> k << k).to_bytes(4, "big")


def encryptor(key: bytes) -> CipherContext:
    """Give an AES-128 block encryptor that may be held and used again and again."""
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - the standard's own block function, each block is encrypted alone
