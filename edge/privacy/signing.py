"""This is where deltas are signed as the platform signs them: for the simulator and the tests."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.privacy.signature import KEY_PREFIX, signed_bytes


def sign(delta: Mapping[str, Any], private_key: bytes) -> str:
    """Give the `signature` of a delta, under a private key of 32 bytes."""
    key = Ed25519PrivateKey.from_private_bytes(private_key)
    return b64encode(key.sign(signed_bytes(delta))).decode()


def platform_key_text(private_key: bytes) -> str:
    """Give the public half of a private key of 32 bytes, as settings and recordings write it."""
    public = Ed25519PrivateKey.from_private_bytes(private_key).public_key()
    return KEY_PREFIX + b64encode(public.public_bytes_raw()).decode()
