#!/usr/bin/env python3
"""This is where the cost of one consent decision is measured.

A standing with consents to six purposes is asked about each of them; figures are medians over the
rounds, in microseconds of CPU time.
    scripts/bench/consent.py [--json] [--rounds N]
"""

import _venv  # noqa: F401 - goes on with the project's own Python

# isort: split
import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Final

import msgspec
from _members import PRIVATE, member, read_member

from edge.config.policies import load_policy
from edge.model.customer import Purpose
from edge.model.names import SECOND, Instant
from edge.privacy.consent import decide, purposes_in_force, read_standing
from edge.privacy.customers import decode_message
from edge.privacy.roster import pack, unpack
from edge.privacy.signature import PlatformKey
from edge.privacy.signing import platform_key_text

NOW: Final = Instant(1_790_000_000 * SECOND)
"""2026-09-21."""
TURNS: Final = 20_000
TARGET_US: Final = 5.0
SLOW_US: Final = 50.0
"""What takes longer is turned less often."""


def main() -> int:
    """Run the bench; the exit status is 1 where a decision takes longer than the target."""
    parser = argparse.ArgumentParser(description="Measure consent decisions.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    found = measure(options.rounds)
    if options.json:
        print(json.dumps(found))
    else:
        for name, cost_us in found.items():
            print(f"{name:34} {cost_us:7.2f} us")
    return 0 if found["decide, granted"] < TARGET_US else 1


def measure(rounds: int) -> dict[str, float]:
    """Give the cost of everything between a record and a decision."""
    policy, _ = load_policy("eu_strict")
    delta = member(1, given="2026-09-01T00:00:00Z", until="2027-09-01T00:00:00Z")
    raw = msgspec.json.encode({"cursor": "1", "deltas": [delta]})
    key = PlatformKey.parse(platform_key_text(PRIVATE))
    customer = read_member(raw, key=key, at=NOW)
    standing = read_standing(customer)
    packed = pack(standing)
    ways: dict[str, Callable[[], object]] = {
        "decide, granted": lambda: decide(
            standing, Purpose.VISIT_HISTORY, policy=policy, at=NOW, clock_synced=True
        ),
        "decide, refused (unsure clock)": lambda: decide(
            standing, Purpose.VISIT_HISTORY, policy=policy, at=NOW, clock_synced=False
        ),
        "six purposes in force": lambda: purposes_in_force(
            standing, policy=policy, at=NOW, clock_synced=True
        ),
        "open a packed standing": lambda: unpack(packed),
        "read a standing from its record": lambda: read_standing(customer),
        "check and read a message": lambda: decode_message(raw, key=key, at=NOW),
    }
    return {name: _cost_us(way, rounds) for name, way in ways.items()}


def _cost_us(way: Callable[[], object], rounds: int) -> float:
    costs = []
    for _ in range(rounds):
        turns = TURNS // 100 if _one_us(way) > SLOW_US else TURNS
        began = time.process_time()
        for _ in range(turns):
            way()
        costs.append((time.process_time() - began) / turns * 1e6)
    return round(statistics.median(costs), 2)


def _one_us(way: Callable[[], object]) -> float:
    began = time.process_time()
    for _ in range(20):
        way()
    return (time.process_time() - began) / 20 * 1e6


if __name__ == "__main__":
    sys.exit(main())
