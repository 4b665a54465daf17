"""This is where a face template is sealed with a key that its customer holds.

The template's ciphertext lies at the edge; the key is drawn once, handed to the customer as a code
(`se-face:1:ID:KEY`, a QR or in the app) and forgotten. It comes back with each check, lives in RAM
until the gate closes, and without it nobody can compare the template (EDPB Opinion 11/2024).
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from typing import Final

import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from edge.errors import StoreError
from edge.model.customer import Face
from edge.model.names import CustomerId
from edge.privacy.seal import KEY_BYTES, Seal

PREFIX: Final = "se-face:1:"
ID_BYTES: Final = 9
"""72 bits tell the templates of a store apart; 12 characters of base64 without padding."""
ID_LENGTH: Final = 12
KEY_LENGTH: Final = 43
"""Characters of 32 bytes in base64 without padding."""
PARTS: Final = 2


class FaceCode(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer brings along; its text is never shown again."""

    id: bytes
    """Which template it is for; it says nothing of the key."""
    key: bytes

    def __repr__(self) -> str:
        """Keep the key out of every text."""
        return "FaceCode(…)"


def make_code(customer: CustomerId, *, draw: Callable[[int], bytes] = os.urandom) -> FaceCode:
    """Draw a customer's key."""
    key = draw(KEY_BYTES)
    return FaceCode(id=_derived(key, f"id of {customer}", length=ID_BYTES), key=key)


def code_text(code: FaceCode) -> str:
    """Give a code as the customer keeps it."""
    return f"{PREFIX}{_text(code.id)}:{_text(code.key)}"


def read_code(text: str) -> FaceCode | None:
    """Read what a scanner read; None for what is no such code."""
    if not text.startswith(PREFIX):
        return None
    parts = text.removeprefix(PREFIX).strip().split(":")
    if len(parts) != PARTS or (len(parts[0]), len(parts[1])) != (ID_LENGTH, KEY_LENGTH):
        return None
    try:
        found, key = (urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts)
    except (Base64Error, ValueError):
        return None
    return FaceCode(id=found, key=key) if (len(found), len(key)) == (ID_BYTES, KEY_BYTES) else None


def wrapping_key(code: FaceCode, customer: CustomerId) -> bytes | None:
    """Give the key that opens a customer's template; None where the code is somebody else's."""
    if _derived(code.key, f"id of {customer}", length=ID_BYTES) != code.id:
        return None
    return _derived(code.key, f"face of {customer}", length=KEY_BYTES)


def wrap(
    vector: bytes,
    *,
    key: bytes,
    code_id: bytes,
    model: str,
    draw: Callable[[int], bytes] = os.urandom,
) -> bytes:
    """Seal a template with a customer's wrapping key; the code's id stands in front, readable."""
    return code_id + Seal(key, draw=draw).seal(vector, bound=_bound(code_id, model))


def unwrap(face: Face, key: bytes) -> bytes | None:
    """Open a template with a wrapping key; None where the key is not this template's."""
    code_id, sealed = face.sealed[:ID_BYTES], face.sealed[ID_BYTES:]
    try:
        return Seal(key).open(sealed, bound=_bound(code_id, face.model))
    except StoreError:  # a wrong key is an answer here, and no fault of the disk's
        return None


def code_id(face: Face) -> bytes:
    """Give the id of the code that opens a sealed template."""
    return face.sealed[:ID_BYTES]


def _bound(code_id: bytes, model: str) -> bytes:
    return b"face template 1 " + code_id + model.encode()


def _derived(key: bytes, label: str, *, length: int) -> bytes:
    info = f"store-edge face 1: {label}".encode()
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(key)


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
