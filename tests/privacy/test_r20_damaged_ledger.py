"""R20: a damaged ledger is kept aside; people are counted on, and nobody is known meanwhile."""

import asyncio
import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edge.cli.main import main
from edge.config.schema import StoreSettings
from edge.daemon.keys import KEY_FILE
from edge.daemon.live_store import open_live_store
from edge.errors import ConfigError, StoreError, meant
from edge.store import meta
from edge.store.damage import damage_of
from edge.store.database import Store
from edge.sync.platform.customers_file import read_customers
from tests.daemon.live.kit import driver_that, for_ever
from tests.daemon.live.running import daemon
from tests.daemon.live.test_app import counting
from tests.privacy.erasures import ANNA, told_of
from tests.privacy.live_shop import (
    customers_of,
    identified_after,
    scan,
    shop_with_anna,
    told,
    with_broker,
)
from tests.privacy.vaults import EVERYBODY, fill, names_read
from tests.sync.broker import Mosquitto
from tests.sync.worlds import platform, until
from tests.toy_settings import DOOR, ENTRANCE

Break = Callable[[bytearray], bytes]
SETTINGS = StoreSettings(id="toy-1")
COUNTER = (
    ENTRANCE
    + DOOR
    + """
[[source]]
name = "door-1"
driver = "counter"
zone = "entrance"
"""
)


def fill_with_garbage(content: bytearray) -> bytes:
    return b"\xa5" * len(content)


def overwrite_the_middle(content: bytearray) -> bytes:
    content[4096 : len(content) - 4096] = b"\xa5" * (len(content) - 8192)
    return bytes(content)


def cut_off(content: bytearray) -> bytes:
    return bytes(content[: len(content) // 2 // 4096 * 4096])


def empty(content: bytearray) -> bytes:
    del content
    return b""


def damage(state: Path, breaks: Break) -> bytes:
    """Break a ledger and give what is in the file then."""
    database = state / "edge.db"
    broken = breaks(bytearray(database.read_bytes()))
    database.write_bytes(broken)
    return broken


def destroy(file: Path) -> None:
    """Overwrite a file in place, under the process that has it open."""
    size = file.stat().st_size
    with file.open("r+b") as opened:
        opened.write(b"\xa5" * size)


async def run_until_it_is_damaged(folder: Path) -> None:
    """Run a daemon whose ledger is destroyed under it."""
    door = driver_that(for_ever)
    async with daemon(folder, counter=door) as running:
        await running.until_sources(door_1="watching")
        for name in ("edge.db-wal", "edge.db"):
            destroy(running.state / name)
        door.runs[0].outlet.door(door.runs[0].clock.now(), entered=1)
        await asyncio.sleep(10)


def edge(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def renew(state: Path) -> Result:
    return edge("key", "renew", "--yes", "--state", state)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Make a live store's folder with two customers who were here."""
    with open_live_store(tmp_path, SETTINGS) as store:
        fill(store)
    return tmp_path


EVERY_WAY = pytest.mark.parametrize(
    "breaks", [fill_with_garbage, overwrite_the_middle, cut_off, empty]
)


@EVERY_WAY
def test_r20_a_damaged_ledger_is_kept_as_it_is_and_another_begins(
    state: Path, breaks: Break, caplog: pytest.LogCaptureFixture
) -> None:
    with open_live_store(state, SETTINGS) as store:
        before = store.epoch
    broken = damage(state, breaks)

    with open_live_store(state, SETTINGS) as store:
        assert store.vault is None
        assert store.epoch != before
        assert store.ledger.last() == 0

    kept = state / "damaged" / "1"
    assert (kept / "edge.db").read_bytes() == broken
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    assert "the database is damaged" in caplog.text
    assert "nobody is recognised, counting goes on" in caplog.text


def test_r20_until_somebody_has_looked_every_start_knows_nobody(state: Path) -> None:
    damage(state, fill_with_garbage)
    with open_live_store(state, SETTINGS) as store:
        first = store.epoch

    with open_live_store(state, SETTINGS) as store:
        assert store.vault is None
        assert store.epoch == first

    assert [one.name for one in (state / "damaged").iterdir()] == ["1"]


@pytest.mark.parametrize("left", [(), ("edge.db-wal",)])
def test_r20_a_start_that_was_killed_while_it_put_the_ledger_aside_is_gone_on_with(
    state: Path, left: tuple[str, ...]
) -> None:
    kept = state / "damaged" / "1"
    kept.mkdir(parents=True)
    (state / "edge.db").rename(kept / "edge.db")
    for name in left:
        (state / name).write_bytes(b"frames")

    with open_live_store(state, SETTINGS) as store:
        assert store.vault is None

    assert all((state / "damaged" / "2" / name).read_bytes() == b"frames" for name in left)


def test_r20_another_damaged_ledger_is_kept_beside_the_first(state: Path) -> None:
    damage(state, fill_with_garbage)
    open_live_store(state, SETTINGS).close()
    damage(state, empty)

    with open_live_store(state, SETTINGS) as store:
        assert store.vault is None

    assert sorted(one.name for one in (state / "damaged").iterdir()) == ["1", "2"]


def test_r20_after_somebody_has_looked_customers_are_known_again(state: Path) -> None:
    key = (state / KEY_FILE).read_bytes()
    damage(state, fill_with_garbage)
    open_live_store(state, SETTINGS).close()

    done = renew(state)

    assert done.exit_code == 0
    assert "The damaged ledger stays in" in done.output
    assert (state / KEY_FILE).read_bytes() == key
    with open_live_store(state, SETTINGS) as store:
        fill(store)
        assert names_read(store)["customers"] == set(EVERYBODY)


def test_r20_a_sound_ledger_is_left_where_it_is(state: Path) -> None:
    assert damage_of(state / "edge.db") == ""
    assert damage_of(state / "edge.db2") == ""

    with open_live_store(state, SETTINGS) as store:
        assert store.vault is not None

    assert not (state / "damaged").exists()


def test_r20_a_replays_or_another_stores_ledger_is_refused_and_not_put_aside(
    state: Path, tmp_path: Path
) -> None:
    other = tmp_path / "replay"
    other.mkdir()
    with Store.open(other / "edge.db") as store:
        store.writer.submit(lambda conn: meta.put(conn, "purpose", "replay")).result()

    with pytest.raises(ConfigError, match="replay"):
        open_live_store(other, SETTINGS)
    with pytest.raises(ConfigError, match="toy-2"):
        open_live_store(state, StoreSettings(id="toy-2"))

    assert not (other / "damaged").exists()
    assert not (state / "damaged").exists()


def test_r20_a_stand_in_is_said_by_every_command_that_looks(state: Path) -> None:
    damage(state, fill_with_garbage)
    open_live_store(state, SETTINGS).close()

    shown = edge("key", "show", "--state", state)
    examined = edge("doctor", "--json", "--state", state, "--settings", state / "edge.toml")
    verified = edge(
        "privacy", "verify", "--json", "--state", state, "--settings", state / "edge.toml"
    )

    lines = {one["check"]: one for one in json.loads(examined.output)}
    assert "stands in for the one in" in shown.output
    assert "edge key renew" in shown.output
    assert examined.exit_code == 2
    assert lines["device key"]["level"] == "fail"
    assert "edge key renew" in lines["device key"]["remedy"]
    assert "stands in for the one in" in verified.output


async def test_r20_damage_that_comes_up_later_ends_the_daemon_and_the_next_start_counts_on(
    folder: Path,
) -> None:
    with pytest.raises(ExceptionGroup) as ended:
        await run_until_it_is_damaged(folder)
    async with daemon(folder, counter=counting(entered=3)) as running:
        await running.until_sources(door_1="watching")
        report = await running.ask("status")
        changes = running.changes("door-1")

    assert isinstance(meant(ended.value), StoreError)
    assert report["observations"] >= 1
    assert changes[0] == "parked>starting"


@pytest.mark.broker
async def test_r20_with_a_damaged_ledger_a_daemon_counts_on_and_takes_in_nobody(
    folder: Path, mosquitto: Mosquitto
) -> None:
    async with shop_with_anna(folder, mosquitto):
        pass
    broken = damage(folder / "state", overwrite_the_middle)
    database, scanner = folder / "p2.db", driver_that(for_ever)
    settings = with_broker(mosquitto) + COUNTER
    file = customers_of(folder / "customers.jsonl", (told_of(ANNA),))

    async with platform(mosquitto.url, database, customers=read_customers(file)):
        async with daemon(
            folder, settings=settings, scanner=scanner, counter=counting(entered=3)
        ) as running:
            await running.until_sources(door_1="watching", scanner="watching")
            scan(scanner)
            await until(lambda: b"source.changed.v1" in told(database))
            report = await running.ask("status")
        blind = told(database)
        renewed = renew(folder / "state")
        scanner = driver_that(for_ever)
        async with daemon(folder, settings=settings, scanner=scanner, counter=counting()):
            await until(lambda: bool(scanner.runs))
            await until(lambda: identified_after(scanner, database))

    (part,) = (one for one in report["health"]["parts"] if one["name"] == "rules")
    assert report["observations"] >= 2
    assert part["state"] == "nobody known"
    assert "edge key renew" in part["remedy"]
    assert ANNA.encode() not in blind
    assert renewed.exit_code == 0
    assert (folder / "state" / "damaged" / "1" / "edge.db").read_bytes() == broken
