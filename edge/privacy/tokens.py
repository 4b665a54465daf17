"""This is where what a customer handed over is read: card codes, addresses and keys."""

import re
from base64 import b64decode
from typing import Final

from edge.model.customer import Purpose, Token, TokenKind
from edge.model.observation import EvidenceKind

KEY_BYTES: Final = 16
LARGEST_EXPONENT: Final = 15
"""Eddystone-EID: the rotation exponent is 0 to 15."""
ADDRESS: Final = re.compile(r"[0-9A-Fa-f]{2}(?:[:-]?[0-9A-Fa-f]{2}){5}")
SYMBOLOGY: Final = re.compile(r"\A\][A-Za-z][0-9A-Za-z]")
"""ISO/IEC 15424 symbology identifier, which some scanners put before the code."""

PURPOSE_OF: Final = {
    TokenKind.EID: Purpose.PRESENCE_BLE,
    TokenKind.IRK: Purpose.PRESENCE_BLE,
    TokenKind.LINK: Purpose.WIFI_RECOGNITION,
    TokenKind.CARD: Purpose.VISIT_HISTORY,
}
"""The consent that each kind of token needs."""

EVIDENCE_OF: Final = {
    TokenKind.EID: EvidenceKind.BLE,
    TokenKind.IRK: EvidenceKind.BLE,
    TokenKind.LINK: EvidenceKind.LINK,
    TokenKind.CARD: EvidenceKind.CARD,
}
"""What noticing each kind of token speaks as."""


def read_code(code: str) -> bytes:
    """Give the bytes of a card or other code, without a scanner's prefix and blanks around it."""
    return SYMBOLOGY.sub("", code.strip(), count=1).strip().encode("utf-8", "surrogatepass")


def read_address(text: str) -> bytes | None:
    """Give the six bytes of an address, colons and dashes or not; None for anything else."""
    if ADDRESS.fullmatch(text.strip()) is None:
        return None
    return bytes.fromhex(text.strip().replace(":", "").replace("-", ""))


def read_key(text: str) -> bytes | None:
    """Give the 16 bytes of a key in base64; None for anything else."""
    try:
        key = b64decode(text, validate=True)
    except ValueError:
        return None
    return key if len(key) == KEY_BYTES else None


def is_usable(token: Token) -> bool:
    """Say whether a token can ever be recognised."""
    if token.kind is TokenKind.CARD:
        return bool(read_code(token.value))
    if token.kind is TokenKind.LINK:
        return read_address(token.value) is not None
    return read_key(token.key) is not None and 0 <= token.k <= LARGEST_EXPONENT
