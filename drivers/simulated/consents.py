"""This is where the platform's messages about members are made up and signed."""

import base64
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any, Final
from uuid import UUID

import rfc8785
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from drivers.simulated.dice import chance, weighted
from drivers.simulated.members import Fault, Member
from edge.model.customer import Purpose, TokenKind

GIVEN: Final = "ConsentGiven"
RENEWED: Final = "RenewedConsentGiven"
WITHDRAWN: Final = "ConsentWithdrawn"
NOTICE: Final = sha256(b"notice of the made-up store, version 3").hexdigest()
VALID: Final = timedelta(days=365)
MESSAGE_SIZE: Final = 20
"""Deltas in one message."""
LANGUAGES: Final = {"de": 0.7, "en": 0.15, "tr": 0.1, "pl": 0.05}
SEGMENTS: Final = ("bricks", "newborn", "picture-books", "crafts", "trains", "games")
FIRST_NAMES: Final = ("Ada", "Bela", "Cem", "Dora", "Emil", "Fee", "Gero", "Hana", "Ines", "Jari")
ERASED_VERSION: Final = 9
STALE_VERSION: Final = 2


class Platform:
    """The platform's pen: its key, and the moment at which it speaks."""

    def __init__(self, rng: Random, *, started: datetime) -> None:
        self._rng = rng
        self._started = started
        self._key = Ed25519PrivateKey.from_private_bytes(rng.randbytes(32))
        self._forger = Ed25519PrivateKey.from_private_bytes(rng.randbytes(32))

    @property
    def public_key(self) -> str:
        """The pinned key as recording.toml names it."""
        raw = self._key.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw
        )
        return "ed25519:" + base64.b64encode(raw).decode()

    def messages(
        self, members: Iterable[Member], staff: frozenset[str]
    ) -> Iterator[dict[str, Any]]:
        """Give the downlink messages: what was valid once first, then what is, then late ones."""
        early: list[dict[str, Any]] = []
        late: list[dict[str, Any]] = []
        for member in members:
            role = "staff" if member.customer in staff else "customer"
            fault = member.standing.fault
            if fault in (Fault.WITHDRAWN, Fault.ERASED):
                stale = self._put(member, role, version=STALE_VERSION, fault=None)
                early.append(stale)
                # A message that was delayed on its way must not bring anybody back.
                late += [stale] if chance(self._rng, 0.5) else []
            if fault is Fault.ERASED:
                early.append(_erase(member))
            else:
                version = self._rng.randint(STALE_VERSION + 1, ERASED_VERSION)
                early.append(self._put(member, role, version=version, fault=fault))
        deltas = early + late
        for first in range(0, len(deltas), MESSAGE_SIZE):
            batch = deltas[first : first + MESSAGE_SIZE]
            yield {"cursor": f"{first + len(batch):012d}", "deltas": batch}

    def _put(
        self, member: Member, role: str, *, version: int, fault: Fault | None
    ) -> dict[str, Any]:
        standing = member.standing
        signed: dict[str, Any] = {
            "customer": member.customer,
            "version": version,
            "adult_attested": fault is not Fault.NOT_ATTESTED,
            "consents": [
                self._consent(purpose, fault, withdrawn=purpose in standing.withdrawn)
                for purpose in (*standing.given, *standing.withdrawn)
            ],
        }
        delta = {"op": "put", **signed, "role": role, "tokens": list(_tokens(member))}
        delta["profile"] = {} if role == "staff" else self._profile()
        if fault is not Fault.UNSIGNED:
            key = self._forger if fault is Fault.FORGED else self._key
            delta["signature"] = _text(key.sign(rfc8785.dumps(signed)))
        return delta

    def _consent(self, purpose: Purpose, fault: Fault | None, *, withdrawn: bool) -> dict[str, str]:
        age = timedelta(days=self._rng.randint(10, 300), seconds=self._rng.randrange(80_000))
        if fault is Fault.EXPIRED:
            age += VALID
        given = self._started - age
        state = RENEWED if chance(self._rng, 0.15) else GIVEN
        changed = given
        if withdrawn or fault is Fault.WITHDRAWN:
            state, changed = WITHDRAWN, self._started - age / 10
        return {
            "record": str(UUID(bytes=self._rng.randbytes(16), version=4)),
            "purpose": purpose.value,
            "state": state,
            "event_time": _moment(changed),
            "valid_until": _moment(given + VALID),
            "notice": NOTICE,
            "jurisdiction": "DE",
            "method": "app",
            "controller": "toy-stores-example",
        }

    def _profile(self) -> dict[str, Any]:
        rng = self._rng
        return {
            "display_name": rng.choice(FIRST_NAMES),
            "language": weighted(rng, LANGUAGES),
            "segments": sorted(rng.sample(SEGMENTS, rng.randint(0, 3))),
            "attributes": {"ltv_band": rng.choice("ABCD")},
        }


def _erase(member: Member) -> dict[str, Any]:
    return {
        "op": "erase",
        "customer": member.customer,
        "version": ERASED_VERSION,
        "reason": "withdrawn",
    }


def _tokens(member: Member) -> Iterator[dict[str, Any]]:
    written: dict[TokenKind, dict[str, Any]] = {
        TokenKind.CARD: {"value": member.card},
        TokenKind.EID: {"key": _text(member.eid), "k": 10},
        TokenKind.IRK: {"key": _text(member.irk)},
        TokenKind.LINK: {"value": member.link.hex(":")},
    }
    return ({"kind": kind.value, **written[kind]} for kind in member.standing.tokens)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
