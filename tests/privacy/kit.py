"""Builders for customers, messages and policies, and a second reading of two standards."""

import json
from base64 import b64encode
from typing import Any

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from edge.model.customer import Consent, Customer, Purpose, Token, TokenKind
from edge.model.names import SECOND, CustomerId, Instant
from edge.privacy.customers import CustomerMessage, Put, decode_message
from edge.privacy.moments import parse_moment
from edge.privacy.policy import FaceMode, Policy, Probes, TemplateKey
from edge.privacy.signature import PlatformKey
from edge.privacy.signing import platform_key_text, sign

PRIVATE = bytes(range(32))
KEY = PlatformKey.parse(platform_key_text(PRIVATE))
SECRET = bytes(range(100, 132))
HOUR_S = 3_600
DAY_S = 24 * HOUR_S

EID_KEY = bytes.fromhex("00112233445566778899aabbccddeeff")
IRK = bytes.fromhex("ec0234a357c8ad05341010a60a397d9b")
RESOLVABLE = bytes.fromhex("7081940dfbaa")
"""Bluetooth Core, Vol 3, Part H, Appendix D.7: the address of IRK and prand 708194."""
LINK = bytes.fromhex("a483e7001122")
CARD = "4006381333931"
CHANNELS = {
    TokenKind.EID: Purpose.PRESENCE_BLE,
    TokenKind.IRK: Purpose.PRESENCE_BLE,
    TokenKind.LINK: Purpose.WIFI_RECOGNITION,
    TokenKind.CARD: Purpose.VISIT_HISTORY,
}


def moment(text: str) -> Instant:
    """Give the instant of a time written without its offset, in UTC."""
    found = parse_moment(f"{text}Z")
    assert found is not None
    return found


NOW = moment("2026-03-14T10:00:00")


def later(seconds: float) -> Instant:
    return Instant(NOW + round(seconds * SECOND))


def policy(**changes: Any) -> Policy:
    """Give a policy that permits everything, leases of 72 h and 24 h for faces."""
    stale = dict.fromkeys(Purpose, 72 * HOUR_S)
    stale[Purpose.FACE_RECOGNITION] = 24 * HOUR_S
    whole: dict[str, Any] = {
        "name": "test",
        "probes": Probes.BITMAP,
        "ble": True,
        "link": True,
        "cards": True,
        "face": FaceMode.KIOSK,
        "template_key": TemplateKey.CUSTOMER,
        "max_stale_s": stale,
    }
    return Policy(**(whole | changes))


def consent(purpose: str, state: str = "ConsentGiven", **changes: str) -> Consent:
    whole = {
        "record": "00000000-0000-4000-8000-000000000001",
        "event_time": "2026-03-01T10:00:00Z",
        "valid_until": "2027-03-01T10:00:00Z",
        "notice": "5e" * 32,
        "jurisdiction": "DE",
        "method": "app",
        "controller": "toy-stores-example",
    }
    return Consent(purpose=purpose, state=state, **(whole | changes))


def tokens() -> tuple[Token, ...]:
    """Give one token of every kind."""
    return (
        Token(kind=TokenKind.CARD, value=CARD),
        Token(kind=TokenKind.LINK, value=LINK.hex(":")),
        Token(kind=TokenKind.EID, key=b64encode(EID_KEY).decode()),
        Token(kind=TokenKind.IRK, key=b64encode(IRK).decode()),
    )


def customer(*purposes: str, **changes: Any) -> Customer:
    """Give a trusted adult with every kind of token, who consented to some purposes."""
    whole: dict[str, Any] = {
        "customer": CustomerId("c-1"),
        "version": 1,
        "tokens": tokens(),
        "adult_attested": True,
        "consents": tuple(consent(purpose) for purpose in purposes),
        "trusted": True,
        "confirmed_at": NOW,
    }
    return Customer(**(whole | changes))


def put(*purposes: str, **changes: Any) -> dict[str, Any]:
    """Give a delta as the platform writes it, unsigned."""
    whole: dict[str, Any] = {
        "op": "put",
        "customer": "c-1",
        "version": 7,
        "role": "customer",
        "profile": {"display_name": "Ada", "language": "de", "segments": ["lego"]},
        "tokens": [msgspec.to_builtins(token) for token in tokens()],
        "adult_attested": True,
        "consents": [msgspec.to_builtins(consent(purpose)) for purpose in purposes],
    }
    return whole | changes


def signed(delta: dict[str, Any]) -> dict[str, Any]:
    return {**delta, "signature": sign(delta, PRIVATE)}


def decode(*deltas: Any, at: Instant = NOW, key: PlatformKey | None = KEY) -> CustomerMessage:
    raw = json.dumps({"cursor": "417", "deltas": deltas}).encode()
    return decode_message(raw, key=key, at=at)


def decoded(delta: dict[str, Any], *, at: Instant = NOW) -> Customer:
    """Give the customer that one delta, signed here, becomes."""
    (only,) = decode(signed(delta), at=at).deltas
    assert isinstance(only, Put)
    return only.customer


def aes(key: bytes, block: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)  # noqa: S305 - the standards' block function


def eid_at(key: bytes, at: Instant, *, k: int = 10) -> bytes:
    """Compute an Eddystone-EID from the words of its specification."""
    counter = at // SECOND
    temporary = aes(key, bytes(11) + b"\xff\x00\x00" + (counter >> 16).to_bytes(2, "big"))
    cleared = counter - counter % 2**k
    return aes(temporary, bytes(11) + bytes([k]) + cleared.to_bytes(4, "big"))[:8]


def private_address(key: bytes, prand: bytes) -> bytes:
    """Make a resolvable private address from the words of the Core specification."""
    return prand + aes(key, bytes(13) + prand)[-3:]
