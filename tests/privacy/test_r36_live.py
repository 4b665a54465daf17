"""R36 and R31 on a running daemon, a real broker and a platform: a policy switched off and on."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.daemon.ledgers import open_reader
from edge.daemon.trail import read_trail
from edge.model.customer import Customer
from edge.store import customers
from edge.sync.platform.customers_file import read_customers
from tests.daemon.live.kit import driver_that, for_ever
from tests.daemon.live.test_app import daemon, eventually
from tests.daemon.live.test_wanted_policy import policy_of, want
from tests.privacy.erasures import ANNA, told_of
from tests.privacy.test_r21_live import ADDRESS, identified_after, with_broker
from tests.privacy.test_r22_revocations_first import customers_of
from tests.sync.broker import Mosquitto
from tests.sync.worlds import platform, until


def tokens(state: Path) -> int | None:
    """Count the tokens that lie on the disk; None where nobody is kept."""
    reader = open_reader(state / "edge.db")
    try:
        kept = customers.get(reader, ANNA)
    finally:
        reader.close()
    if kept is None or kept.record is None:
        return None
    return len(msgspec.msgpack.decode(kept.record, type=Customer).tokens)


@pytest.mark.broker
async def test_r36_a_policy_that_is_switched_off_and_on_purges_and_has_everything_sent_anew(
    folder: Path, mosquitto: Mosquitto
) -> None:
    scanner = driver_that(for_ever)
    file = customers_of(folder / "customers.jsonl", (told_of(ANNA),))
    database = folder / "p.db"

    async with (
        platform(mosquitto.url, database, customers=read_customers(file)) as serving,
        daemon(folder, settings=with_broker(mosquitto), scanner=scanner) as running,
    ):

        async def is_purged() -> bool:
            return await policy_of(running) == "off" and tokens(running.state) == 0

        async def is_back() -> bool:
            return await policy_of(running) == "eu_strict" and bool(tokens(running.state))

        await until(lambda: bool(scanner.runs))
        await until(lambda: identified_latest(scanner, database))

        await want(mosquitto, 1, store={"policy": "off"})
        await eventually(is_purged)

        await want(mosquitto, 2, store={"policy": "eu_strict"})
        await eventually(is_back)

        refused = told_of(ANNA, "personal_offers", version=99)
        raw = json.dumps({"cursor": "099", "deltas": [refused]}).encode()
        await serving.send(ADDRESS, "customers", payload=raw)
        await until(lambda: "consent.reduced" in entries(running.state))

    trail = read_trail(folder / "state")
    assert trail.verdict.broken_at is None
    assert {"retention.swept", "policy.changed"} <= set(entries(folder / "state"))
    reduced = next(one for one in trail.entries if one.what == "consent.reduced")
    assert reduced.subject
    assert ANNA not in "".join(one.detail for one in trail.entries)


def entries(state: Path) -> list[str]:
    return [entry.what for entry in read_trail(state).entries]


def scan_latest(driver: Any) -> None:
    """Let the card be scanned by the scanner's newest run: a switched policy restarts it."""
    driver.runs[:] = driver.runs[-1:]


def identified_latest(driver: Any, database: Path) -> bool:
    scan_latest(driver)
    return identified_after(driver, database)
