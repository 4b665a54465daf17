"""R21 on a running daemon, a real broker and a platform: 5 s and 60 s hold, and with margins."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

from edge.privacy.signing import platform_key_text
from edge.store.engine import connect_reader
from edge.sync.platform.customers_file import read_customers
from edge.sync.topics import node_address
from tests.daemon.live.kit import driver_that, for_ever
from tests.daemon.live.test_app import daemon
from tests.privacy.erasures import ANNA, erased, told_of
from tests.privacy.kit import CARD, PRIVATE
from tests.privacy.test_r22_revocations_first import customers_of, told
from tests.sync.broker import Mosquitto
from tests.sync.worlds import platform, until

STOPS_WITHIN_S = 5.0
GONE_WITHIN_S = 60.0
ADDRESS = node_address("toy-1", "n-1")
SETTINGS = f"""
[store]
id = "toy-1"
policy = "eu_strict"
platform_key = "{platform_key_text(PRIVATE)}"

[[zone]]
name = "checkout"
kind = "checkout"

[[source]]
name = "scanner"
driver = "scanner"
zone = "checkout"
"""


def with_broker(broker: Mosquitto) -> str:
    return SETTINGS + f'\n[mqtt]\nurl = "{broker.url}"\nnode = "n-1"\n'


def scan(driver: Any) -> None:
    """Let the customer's card be scanned now."""
    (one,) = driver.runs
    one.outlet.card(one.clock.now(), CARD)


@pytest.mark.broker
async def test_r21_a_delivered_erasure_stops_processing_in_5_s_and_is_complete_in_60_s(
    folder: Path, mosquitto: Mosquitto
) -> None:
    scanner = driver_that(for_ever)
    file = customers_of(folder / "customers.jsonl", (told_of(ANNA),))
    database = folder / "p.db"

    async with (
        platform(mosquitto.url, database, customers=read_customers(file)) as serving,
        daemon(folder, settings=with_broker(mosquitto), scanner=scanner) as running,
    ):
        await until(lambda: bool(scanner.runs))
        await until(lambda: identified_after(scanner, database))

        began = time.monotonic()
        raw = json.dumps({"cursor": "002", "deltas": [erased(ANNA)]}).encode()
        await serving.send(ADDRESS, "customers", payload=raw)
        await until(lambda: b"erasure.completed.v1" in told(database))
        gone_s = time.monotonic() - began
        for _ in range(5):
            scan(scanner)
            await asyncio.sleep(0.3)
        traces = [
            path.name
            for path in running.state.iterdir()
            if path.is_file() and ANNA.encode() in path.read_bytes()
        ]

    sent = stored(database)
    (receipt,) = [place for place, one in enumerate(sent) if "erasure.completed" in one["type"]]
    naming = [place for place, one in enumerate(sent) if one["data"].get("customer") == ANNA]
    assert gone_s < STOPS_WITHIN_S < GONE_WITHIN_S
    assert sent[receipt]["data"]["residue"] == 0
    assert traces == []
    assert naming
    assert max(naming) < receipt


def stored(database: Path) -> list[dict[str, Any]]:
    """Give the events that a platform has stored, in order."""
    reader = connect_reader(database)
    try:
        rows = reader.execute("SELECT body FROM received ORDER BY sequence").fetchall()
    finally:
        reader.close()
    return [json.loads(body) for (body,) in rows]


def identified_after(driver: Any, database: Path) -> bool:
    """Scan the card, and say whether the platform has heard whose it is."""
    scan(driver)
    return b'"customer":"' + ANNA.encode() in told(database)
