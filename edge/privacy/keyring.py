"""This is where keys follow from the device's key, and where each person gets one of their own.

One key never serves two things: what wraps persons' keys, what marks names and what seals fusion's
memory are drawn from the device's key by HKDF-SHA-256 (RFC 5869), each under its own label.
"""

import os
from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from edge.errors import StoreError
from edge.model.names import CustomerId
from edge.privacy.keyed import customer_mark
from edge.privacy.seal import KEY_BYTES, Seal

FINGERPRINT_BYTES: Final = 8


class PersonKey:
    """A person's own key, opened; safe to use from any thread."""

    __slots__ = ("_seal", "customer")

    def __init__(self, customer: CustomerId, key: bytes, *, draw: Callable[[int], bytes]) -> None:
        """Take the name and the 32 bytes that lay in the wrapping; `draw` gives the nonces."""
        self.customer = customer
        self._seal = Seal(key, draw=draw)

    def seal(self, plain: bytes, *, bound: bytes) -> bytes:
        """Seal bytes that belong to one place, which `bound` names."""
        return self._seal.seal(plain, bound=bound)

    def open(self, sealed: bytes, *, bound: bytes) -> bytes:
        """Give back what was sealed for that place.

        Raises: StoreError where a byte, the place or the person is another one.
        """
        return self._seal.open(sealed, bound=bound)


class Keyring:
    """Everything that follows from one device's key (`edge.store.cipher.Cipher`)."""

    def __init__(self, device_key: bytes, *, draw: Callable[[int], bytes] = os.urandom) -> None:
        """Take the device's key, 32 bytes; `draw` gives persons' keys and nonces."""
        self._draw = draw
        self._wrapping = Seal(_derived(device_key, "wrap persons' keys"), draw=draw)
        self._marking = _derived(device_key, "mark customers")
        self._own = Seal(_derived(device_key, "seal what is of several persons"), draw=draw)
        told = _derived(device_key, "tell device keys apart")
        self.fingerprint = told[:FINGERPRINT_BYTES].hex()

    def mark(self, customer: str) -> bytes:
        """Give the keyed hash that stands for a customer on the disk."""
        return customer_mark(self._marking, customer)

    def wrap_new(self, customer: CustomerId) -> bytes:
        """Draw a key for a person, and give it with their name, wrapped by the device key."""
        plain = self._draw(KEY_BYTES) + customer.encode()
        return self._wrapping.seal(plain, bound=self.mark(customer))

    def unwrap(self, mark: bytes, wrapped: bytes) -> PersonKey:
        """Open a person's key.

        Raises: StoreError where another device wrapped it, or for another mark.
        """
        plain = self._wrapping.open(wrapped, bound=mark)
        customer = CustomerId(plain[KEY_BYTES:].decode())
        return PersonKey(customer, plain[:KEY_BYTES], draw=self._draw)

    def seal_own(self, plain: bytes, *, bound: bytes) -> bytes:
        """Seal what is of more than one person, for one place, which `bound` names."""
        return self._own.seal(plain, bound=bound)

    def open_own(self, sealed: bytes, *, bound: bytes) -> bytes:
        """Give back what was sealed for that place.

        Raises: StoreError where another device sealed it, or for another place.
        """
        return self._own.open(sealed, bound=bound)


def _derived(device_key: bytes, label: str) -> bytes:
    """Give the key for one use.

    Raises: StoreError where the device's key has not 32 bytes.
    """
    if len(device_key) != KEY_BYTES:
        raise StoreError("cannot use the device key", why=f"it has not {KEY_BYTES} bytes")
    info = f"store-edge 1: {label}".encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(device_key)
