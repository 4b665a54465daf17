"""A running daemon with a scanner, a broker and a platform, for the promises that hold live."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.privacy.signing import platform_key_text
from edge.store.engine import connect_reader
from edge.sync.platform.customers_file import read_customers
from edge.sync.platform.service import Platform
from edge.sync.topics import node_address
from tests.daemon.live.kit import driver_that, for_ever
from tests.daemon.live.running import Running, daemon
from tests.privacy.erasures import ANNA, told_of
from tests.privacy.kit import CARD, PRIVATE
from tests.sync.broker import Mosquitto
from tests.sync.worlds import platform, until
from tests.toy_settings import CHECKOUT, PLATFORM

ADDRESS = node_address("toy-1", "n-1")
SETTINGS = (
    f"""
[store]
id = "toy-1"
policy = "eu_strict"
platform_key = "{platform_key_text(PRIVATE)}"
"""
    + CHECKOUT
    + """
[[source]]
name = "scanner"
driver = "scanner"
zone = "checkout"
"""
)


def with_broker(broker: Mosquitto) -> str:
    return SETTINGS + PLATFORM.format(url=broker.url, node="n-1")


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A shop in which Anna was recognised by her card."""

    scanner: Any
    serving: Platform
    running: Running
    database: Path
    """The platform's."""


@asynccontextmanager
async def shop_with_anna(folder: Path, broker: Mosquitto) -> AsyncIterator[Shop]:
    """Run daemon and platform until the block ends; the platform has heard that Anna is there."""
    scanner = driver_that(for_ever)
    file = customers_of(folder / "customers.jsonl", (told_of(ANNA),))
    database = folder / "p.db"
    async with (
        platform(broker.url, database, customers=read_customers(file)) as serving,
        daemon(folder, settings=with_broker(broker), scanner=scanner) as running,
    ):
        await until(lambda: bool(scanner.runs))
        await until(lambda: identified_after(scanner, database))
        yield Shop(scanner=scanner, serving=serving, running=running, database=database)


def customers_of(path: Path, *messages: tuple[dict[str, Any], ...]) -> Path:
    """Write what the platform has to say about customers, a cursor for each message."""
    path.write_text(
        "".join(
            json.dumps({"cursor": f"{number:03}", "deltas": deltas}) + "\n"
            for number, deltas in enumerate(messages, 1)
        )
    )
    return path


def scan(driver: Any) -> None:
    """Let the customer's card be scanned now."""
    (one,) = driver.runs
    one.outlet.card(one.clock.now(), CARD)


def stored(database: Path) -> list[dict[str, Any]]:
    """Give the events that a platform has stored, in order."""
    reader = connect_reader(database)
    try:
        rows = reader.execute("SELECT body FROM received ORDER BY sequence").fetchall()
    finally:
        reader.close()
    return [json.loads(body) for (body,) in rows]


def told(database: Path) -> bytes:
    """Give everything that a platform has stored."""
    return b"".join(path.read_bytes() for path in database.parent.glob(f"{database.name}*"))


def identified_after(driver: Any, database: Path) -> bool:
    """Scan the card, and say whether the platform has heard whose it is."""
    scan(driver)
    return b'"customer":"' + ANNA.encode() in told(database)
