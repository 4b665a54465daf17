"""This is where identifiers become marks that mean nothing without a secret.

A plain hash of a 48-bit address is undone in seconds (one vendor's range in 27 s of pure Python),
so every hash of the project is keyed; tests/privacy/test_r04_keyed_hashes.py sees to it.
"""

import hmac
from hashlib import blake2b
from typing import Final

MARK_BYTES: Final = 16


def token_mark(secret: bytes, kind: str, value: bytes) -> bytes:
    """Give the 16 bytes that stand for a token in RAM; `secret` has 16 to 64 bytes."""
    return blake2b(value, key=secret, digest_size=MARK_BYTES, person=kind.encode()).digest()


def customer_mark(secret: bytes, customer: str) -> bytes:
    """Give the 16 bytes that stand for a customer on the disk (HMAC-SHA-256, cut as RFC 2104, 5).

    Two of a million customers share one with a chance of 1 in 10**26.
    """
    return hmac.digest(secret, customer.encode(), "sha256")[:MARK_BYTES]
