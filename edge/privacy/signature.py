"""This is where the platform's signature over a customer's consents is checked."""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from typing import Any, Final

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edge.errors import ConfigError

SIGNED_KEYS: Final = ("customer", "version", "adult_attested", "consents")
KEY_PREFIX: Final = "ed25519:"
KEY_BYTES: Final = 32


class PlatformKey:
    """The platform's public key, pinned at provisioning or named by a recording."""

    __slots__ = ("_key",)

    def __init__(self, key: Ed25519PublicKey) -> None:
        self._key = key

    @classmethod
    def parse(cls, text: str) -> "PlatformKey":
        """Read `ed25519:<base64 of 32 bytes>`.

        Raises: ConfigError when it is anything else.
        """
        try:
            raw = b64decode(text.removeprefix(KEY_PREFIX), validate=True)
        except (binascii.Error, ValueError) as error:
            raise _unreadable("it is not base64") from error
        if not text.startswith(KEY_PREFIX) or len(raw) != KEY_BYTES:
            raise _unreadable(f"it is not {KEY_PREFIX} and {KEY_BYTES} bytes in base64")
        return cls(Ed25519PublicKey.from_public_bytes(raw))

    def signed(self, delta: Mapping[str, Any]) -> bool:
        """Say whether the delta, as decoded from JSON and otherwise untouched, bears its signature.

        Never raises: what cannot be checked is not signed.
        """
        text = delta.get("signature")
        if not isinstance(text, str):
            return False
        try:
            self._key.verify(b64decode(text, validate=True), signed_bytes(delta))
        except (InvalidSignature, rfc8785.CanonicalizationError, ValueError, RecursionError):
            return False
        return True


def signed_bytes(delta: Mapping[str, Any]) -> bytes:
    """Give the RFC 8785 canonical JSON of the signed keys, as far as the delta has them.

    Raises: rfc8785.CanonicalizationError or ValueError for what has no canonical form.
    """
    return rfc8785.dumps({key: delta[key] for key in SIGNED_KEYS if key in delta})


def _unreadable(why: str) -> ConfigError:
    return ConfigError(
        "cannot read the platform's key", why=why, remedy='write it as "ed25519:<base64>"'
    )
