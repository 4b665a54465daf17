"""This is where bytes are sealed for the disk and opened again.

AES-256-GCM with the place they belong to as associated data: what was moved to another row, or
sealed with another key, does not open.
"""

import os
from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from edge.errors import StoreError

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
"""NIST SP 800-38D, 8.2.2: a random nonce of 96 bits serves 2**32 records under one key."""


class Seal:
    """Seals with one key; safe to use from any thread."""

    __slots__ = ("_aes", "_draw")

    def __init__(self, key: bytes, *, draw: Callable[[int], bytes] = os.urandom) -> None:
        """Take a key of 32 bytes; `draw` gives the nonces."""
        self._aes = AESGCM(key)
        self._draw = draw

    def seal(self, plain: bytes, *, bound: bytes) -> bytes:
        """Seal bytes that belong to one place, which `bound` names."""
        nonce = self._draw(NONCE_BYTES)
        return nonce + self._aes.encrypt(nonce, plain, bound)

    def open(self, sealed: bytes, *, bound: bytes) -> bytes:
        """Give back what was sealed for that place.

        Raises: StoreError when the key, the place or a byte is not the one it was sealed with;
        whoever catches it knows nobody and goes on counting.
        """
        nonce, body = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return self._aes.decrypt(nonce, body, bound)
        except (InvalidTag, ValueError) as error:
            raise StoreError(
                "cannot open what is sealed on the disk",
                why=type(error).__name__,
                remedy="restore the device key, or ask the platform for all customers again",
            ) from error
