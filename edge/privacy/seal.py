"""This is where a customer's record is sealed for the disk and opened again.

AES-256-GCM under the device key, with the customer and version as associated data: a record that
was moved to another row, or that another device wrote, does not open.
"""

import os
from collections.abc import Callable
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from edge.errors import StoreError
from edge.model.customer import Customer

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
"""NIST SP 800-38D, 8.2.2: a random nonce of 96 bits serves 2**32 records under one key."""


def seal(customer: Customer, key: bytes, *, draw: Callable[[int], bytes] = os.urandom) -> bytes:
    """Seal a customer's record under the device key (32 bytes); `draw` gives the nonce."""
    nonce = draw(NONCE_BYTES)
    plain = msgspec.msgpack.encode(customer)
    bound = _bound(customer.customer, customer.version)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound)


def unseal(sealed: bytes, key: bytes, *, customer: str, version: int) -> Customer:
    """Open the record of that version of that customer.

    Raises: StoreError when the key, the row or a byte is not the one it was sealed with; whoever
    catches it knows nobody and goes on counting.
    """
    nonce, body = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    try:
        plain = AESGCM(key).decrypt(nonce, body, _bound(customer, version))
        return msgspec.msgpack.decode(plain, type=Customer)
    except (InvalidTag, ValueError, msgspec.DecodeError) as error:
        raise StoreError(
            "cannot open a customer's record",
            why=type(error).__name__,
            remedy="restore the device key, or ask the platform for all customers again",
        ) from error


def _bound(customer: str, version: int) -> bytes:
    return f"{version}:{customer}".encode()
