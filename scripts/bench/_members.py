"""This is where members are made up for a bench, signed as the platform signs."""

import json
from base64 import b64encode
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from edge.model.customer import Customer, Purpose
from edge.model.names import Instant
from edge.privacy.customers import Put, decode_message
from edge.privacy.signature import PlatformKey
from edge.privacy.signing import sign

PRIVATE: Final = bytes(range(32))
A_LINE: Final = 1_000
"""Customers in one line of the file; the platform cuts it into messages."""
NOTICE: Final = "5e" * 32


def member(number: int, *, given: str, until: str) -> dict[str, Any]:
    """Give a signed delta with a token of each kind and a consent to each purpose."""
    drawn = blake2b(number.to_bytes(8, "big"), digest_size=40, key=b"bench").digest()
    code = int.from_bytes(drawn[32:40], "big") % 10**13
    delta: dict[str, Any] = {
        "op": "put",
        "customer": f"c-{number:07}",
        "version": 1 + number % 7,
        "role": "customer",
        "profile": {
            "display_name": f"Member {number}",
            "language": "de",
            "segments": ["lego", "newborn"],
            "attributes": {"ltv_band": "ABC"[number % 3]},
        },
        "tokens": [
            {"kind": "card", "value": f"{code:013}"},
            {"kind": "eid", "key": b64encode(drawn[:16]).decode(), "k": 10},
            {"kind": "irk", "key": b64encode(drawn[16:32]).decode()},
            {"kind": "link", "value": (b"\xa4" + drawn[35:40]).hex(":")},
        ],
        "adult_attested": True,
        "consents": [
            {
                "record": f"{number:08x}-0000-4000-8000-{place:012x}",
                "purpose": purpose.value,
                "state": "ConsentGiven",
                "event_time": given,
                "valid_until": until,
                "notice": NOTICE,
                "jurisdiction": "DE",
                "method": "app",
                "controller": "toy-stores-example",
            }
            for place, purpose in enumerate(sorted(Purpose))
        ],
    }
    return delta | {"signature": sign(delta, PRIVATE)}


def read_member(raw: bytes, *, key: PlatformKey, at: Instant) -> Customer:
    """Read the one member of a message, as the appliance does."""
    (put,) = decode_message(raw, key=key, at=at).deltas
    if not isinstance(put, Put) or not put.customer.trusted:
        raise SystemExit("the bench's own member is not as the contract says")
    return put.customer


def write_members(path: Path, count: int, *, given: str, until: str) -> str:
    """Write so many members, a line a thousand; give the last cursor."""
    cursor = ""
    with path.open("w") as file:
        for start in range(0, count, A_LINE):
            numbers = range(start, min(start + A_LINE, count))
            deltas = [member(number, given=given, until=until) for number in numbers]
            cursor = f"{numbers[-1] + 1:012}"
            file.write(json.dumps({"cursor": cursor, "deltas": deltas}) + "\n")
    return cursor


def lines(path: Path) -> Iterator[bytes]:
    """Give the messages of a file."""
    with path.open("rb") as file:
        yield from file
