"""This is where templates are sealed for the platform's eyes, whoever carries them.

The platform sends a public key of the day, signed with the key that is pinned here. What is sealed
for it (X25519, HKDF-SHA-256, AES-256-GCM) opens neither on the broker nor in this store again.
"""

import os
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from edge.errors import WireError
from edge.model.names import Instant
from edge.privacy.moments import parse_moment
from edge.privacy.seal import KEY_BYTES, Seal
from edge.privacy.signature import PlatformKey

WHAT: Final = "cannot send face templates"
SIGNED: Final = ("seal_to", "store", "until")
REMEDY: Final = "sign seal_to, store and until with the key that this store trusts"
_BOUND: Final = b"face templates 1"


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """What one answer carries; both in base64."""

    key: str
    """Our public key, drawn for this answer."""
    sealed: str


def recipient(
    data: Mapping[str, Any], *, key: PlatformKey | None, store: str, at: Instant
) -> bytes:
    """Give the public key that the platform wants templates sealed for.

    `data` has `seal_to` (X25519, 32 bytes in base64), `store`, `until` (RFC 3339) and `signature`
    (Ed25519 over the RFC 8785 canonical JSON of the three).
    Raises: WireError where it is not the platform's word, or not for this store and day.
    """
    document = {name: data.get(name) for name in SIGNED}
    if key is None or not key.vouches(document, data.get("signature")):
        raise WireError(WHAT, why="the platform's key has not signed the request", remedy=REMEDY)
    until = parse_moment(str(document["until"]))
    if document["store"] != store or until is None or at >= until:
        raise WireError(WHAT, why="the request is for another store or day", remedy=REMEDY)
    try:
        raw = b64decode(str(document["seal_to"]), validate=True)
    except (Base64Error, ValueError) as error:
        raise WireError(WHAT, why="seal_to is not base64", remedy=REMEDY) from error
    if len(raw) != KEY_BYTES:
        raise WireError(WHAT, why=f"seal_to has {len(raw)} bytes, not {KEY_BYTES}", remedy=REMEDY)
    return raw


def seal_for(public: bytes, plain: bytes, *, draw: Callable[[int], bytes] = os.urandom) -> Sealed:
    """Seal bytes for whoever holds the private part of an X25519 key.

    Raises: WireError where the key is none that secrets can be agreed on with.
    """
    own = X25519PrivateKey.from_private_bytes(draw(KEY_BYTES))
    ours = own.public_key().public_bytes_raw()
    try:
        shared = own.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError as error:
        raise WireError(WHAT, why="seal_to is no usable key", remedy=REMEDY) from error
    sealed = Seal(_key(shared, ours, public), draw=draw).seal(plain, bound=_BOUND)
    return Sealed(key=b64encode(ours).decode(), sealed=b64encode(sealed).decode())


def open_sealed(private: bytes, sealed: Sealed) -> bytes:
    """Open what was sealed for a private key: the platform's side.

    Raises: StoreError where it was sealed for another one.
    """
    own = X25519PrivateKey.from_private_bytes(private)
    theirs = b64decode(sealed.key)
    shared = own.exchange(X25519PublicKey.from_public_bytes(theirs))
    key = _key(shared, theirs, own.public_key().public_bytes_raw())
    return Seal(key).open(b64decode(sealed.sealed), bound=_BOUND)


def _key(shared: bytes, sender: bytes, public: bytes) -> bytes:
    info = b"store-edge face templates 1" + sender + public
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(shared)
