"""This is where BLE identifiers are computed from their definitions, apart from the edge's own.

The product resolves these identifiers with code of its own; two implementations that agree say
more than one that agrees with itself.
"""

from random import Random
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PRAND_BITS: Final = 22
RESOLVABLE: Final = 0b01 << PRAND_BITS
"""Top bits 01 mark a resolvable private address (Core 5.4, vol 6, part B, 1.3.2.2)."""


def ephemeral_id(key: bytes, counter_s: int, *, k: int = 10) -> bytes:
    """Give the 8 bytes of an Eddystone-EID for a moment (google/eddystone, eid-computation).

    `key` has 16 bytes; the identifier is the same for 2**k seconds.
    """
    salted = bytes(11) + b"\xff" + bytes(2) + (counter_s >> 16).to_bytes(2, "big")
    temporary = _aes(key, salted)
    step = counter_s >> k << k
    return _aes(temporary, bytes(11) + bytes((k,)) + step.to_bytes(4, "big"))[:8]


def resolvable_address(irk: bytes, prand: int) -> bytes:
    """Give the resolvable private address for 24 bits of prand, most significant byte first."""
    head = prand.to_bytes(3, "big")
    return head + _aes(irk, head.rjust(16, b"\0"))[-3:]


def draw_prand(rng: Random) -> int:
    """Draw the random part of a resolvable private address, marked as such."""
    return RESOLVABLE | rng.getrandbits(PRAND_BITS)


def _aes(key: bytes, block: bytes) -> bytes:
    cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305 - one block, as both define it
    return cipher.encryptor().update(block)
