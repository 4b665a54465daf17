#!/usr/bin/env python3
"""This is where recognising members by their Bluetooth tokens is measured, with 100,000 of them.

Every member has a rotating token and an identity resolving key, a card and a Wi-Fi address. The
naive way makes a cipher for each key and each advertisement. "Longest slice" is what the event loop
waits for at a time while tables are made or addresses tried. All times are CPU times.
    scripts/bench/tokens.py [--json] [--members N]
"""

import _venv  # noqa: F401 - goes on with the project's own Python

# isort: split
import argparse
import json
import os
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Final

import msgspec
from _members import PRIVATE, member, read_member

from edge.config.policies import load_policy
from edge.daemon.settling import Settling
from edge.model.customer import Token, TokenKind
from edge.model.names import SECOND, CustomerId, Instant
from edge.privacy.eddystone import encryptor, identifiers
from edge.privacy.recogniser import Recogniser
from edge.privacy.signature import PlatformKey
from edge.privacy.signing import platform_key_text

NOW: Final = Instant(1_790_000_000 * SECOND)
STEP: Final = 1024 * SECOND
SLICE_TARGET_MS: Final = 20.0
NAIVE_KEYS: Final = 5_000
"""The naive way is tried on so many keys, and scaled up."""
PAGE: Final = os.sysconf("SC_PAGE_SIZE")
MEGABYTE: Final = 1e6


class Members:
    """Members drawn from one record, each with tokens of their own."""

    def __init__(self, count: int) -> None:
        delta = member(0, given="2026-09-01T00:00:00Z", until="2027-09-01T00:00:00Z")
        raw = msgspec.json.encode({"cursor": "1", "deltas": [delta]})
        key = PlatformKey.parse(platform_key_text(PRIVATE))
        self.count = count
        self._one = read_member(raw, key=key, at=NOW)

    def put_into(self, recogniser: Recogniser) -> None:
        """Make everybody known."""
        for number in range(self.count):
            tokens = tuple(_token(number, token) for token in self._one.tokens)
            name = CustomerId(f"c-{number:07}")
            recogniser.put(msgspec.structs.replace(self._one, customer=name, tokens=tokens))


def main() -> int:
    """Run the bench; the exit status is 1 where the loop would wait for longer than the target."""
    parser = argparse.ArgumentParser(description="Measure recognising by Bluetooth tokens.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--members", type=int, default=100_000)
    options = parser.parse_args()
    found = measure(options.members)
    if options.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name:52} {value:12,.3f}")
    return 0 if found["longest slice, ms"] <= SLICE_TARGET_MS else 1


def measure(count: int) -> dict[str, float]:
    """Give what everything costs."""
    policy, _ = load_policy("eu_strict")
    found: dict[str, float] = {}
    before_mb = _rss_mb()
    recogniser = Recogniser((), policy=policy, secret=bytes(32), wake=lambda: None)
    members = Members(count)
    took_s = _seconds(lambda: members.put_into(recogniser))
    found["one member becomes known, us"] = took_s / count * 1e6
    slices: list[float] = []
    settling = Settling()
    recogniser.by_ephemeral_id(bytes(8), NOW)
    found["tables of rotating tokens at the start, s"] = _prepare(recogniser, slices, settling)
    for turn in (1, 2):
        at = Instant(NOW + turn * STEP)
        known = _eid(count // 2, at)
        began = time.process_time()
        is_known = recogniser.by_ephemeral_id(known, at) is not None
        turned_s = time.process_time() - began
        found[f"turn of the step {turn}, ms"] = turned_s * 1e3
        found[f"known at once after turn {turn}"] = float(is_known)
        found[f"table ahead after turn {turn}, s"] = _prepare(recogniser, slices, settling)
    at = Instant(NOW + 2 * STEP)
    known_ids = [_eid(number, at) for number in range(0, count, max(1, count // 1_000))]
    strange_ids = [number.to_bytes(8, "big") for number in range(1_000)]
    for whose, sent in (("a known", known_ids), ("a stranger's", strange_ids)):
        found[f"{whose} rotating token, us"] = _each_us(
            lambda one: recogniser.by_ephemeral_id(one, at), sent
        )
    found |= _addresses(recogniser, count, at, slices=slices, settling=settling)
    found["longest slice, ms"] = max(slices) * 1e3
    found["memory with everything warm, MB"] = _rss_mb() - before_mb
    return found


def _addresses(
    recogniser: Recogniser, count: int, at: Instant, *, slices: list[float], settling: Settling
) -> dict[str, float]:
    found: dict[str, float] = {}
    found["the naive way, ms an address"] = naive_ms = _naive_ms(count)
    recogniser.by_resolvable(_stranger(0), at)
    found["making every encryptor, once, s"] = _prepare(recogniser, slices, settling)
    for batch in (1, 4, 16, 32):
        for number in range(batch):
            recogniser.by_resolvable(_stranger(batch * 1_000 + number), at)
        first_ms = _prepare(recogniser, slices, settling) * 1e3 / batch
        found[f"first sighting, {batch} at a time, ms an address"] = first_ms
        found[f"first sighting, {batch} at a time, times the naive way"] = naive_ms / first_ms
    address = _private_address(count - 1)
    recogniser.by_resolvable(address, at)
    _prepare(recogniser, slices, settling)
    if recogniser.by_resolvable(address, at) is None:
        raise SystemExit("a member's address was not found")
    stranger = _stranger(1_000)
    for whose, sent in (("a known", address), ("a stranger's", stranger)):
        found[f"{whose} address again, us"] = _each_us(
            lambda one: recogniser.by_resolvable(one, at), [sent] * 1_000
        )
    return found


def _prepare(recogniser: Recogniser, slices: list[float], settling: Settling) -> float:
    """Do all the work that waits; give the sum of its slices."""
    total = 0.0
    goes_on = True
    while goes_on:
        began = time.process_time()
        goes_on = recogniser.prepare()
        settling.settle(recogniser.held)
        slices.append(time.process_time() - began)
        total += slices[-1]
    return total


def _naive_ms(count: int) -> float:
    block = bytes(13) + b"\x41\x42\x43"
    keys = [_key(number, "irk") for number in range(NAIVE_KEYS)]
    took_s = _seconds(lambda: [encryptor(key).update(block)[13:] == b"abc" for key in keys])
    return took_s / NAIVE_KEYS * count * 1e3


def _key(number: int, kind: str) -> bytes:
    return blake2b(f"{kind} {number}".encode(), digest_size=16, key=b"bench").digest()


def _token(number: int, like: Token) -> Token:
    drawn = _key(number, like.kind)
    value = {TokenKind.CARD: drawn.hex(), TokenKind.LINK: drawn[:6].hex(":")}.get(like.kind, "")
    return msgspec.structs.replace(
        like, value=value, key="" if value else b64encode(drawn).decode()
    )


def _eid(number: int, at: Instant) -> bytes:
    ((_, identifier),) = identifiers(_key(number, "eid"), 10, [at // STEP])
    return identifier


def _private_address(number: int) -> bytes:
    prand = b"\x41" + number.to_bytes(4, "big")[-2:]
    return prand + encryptor(_key(number, "irk")).update(bytes(13) + prand)[13:]


def _stranger(number: int) -> bytes:
    return b"\x42" + _key(number, "stranger")[:5]


def _each_us(act: Callable[[bytes], object], sent: Sequence[bytes]) -> float:
    return _seconds(lambda: [act(one) for one in sent]) / len(sent) * 1e6


def _seconds(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began


def _rss_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / MEGABYTE


if __name__ == "__main__":
    sys.exit(main())
