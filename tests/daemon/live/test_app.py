"""The whole daemon in this process, with drivers that do as they are told."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from edge.daemon.control_client import stream
from edge.driver.contract import Clock
from edge.driver.outlet import Outlet
from edge.errors import ConfigError, SourceFault
from edge.store import meta
from edge.store.database import Store
from tests.daemon.live.kit import driver_that, for_ever, until
from tests.daemon.live.running import SETTINGS, daemon, eventually, retained
from tests.sync.broker import Mosquitto, free_port

RADAR = """
[[source]]
name = "radar"
driver = "radar"
zone = "entrance"
"""


def counting(entered: int = 1) -> Any:
    """Give a driver that counts people once and then listens on."""

    async def count(outlet: Outlet, clock: Clock) -> None:
        outlet.heard(clock.now())
        outlet.door(clock.now(), entered=entered)
        await asyncio.Event().wait()

    return driver_that(count)


async def test_every_source_is_started_and_its_health_is_an_event(folder: Path) -> None:
    async with daemon(folder, counter=counting()) as running:
        await running.until_sources(door_1="watching")

    assert running.changes("door-1") == ["parked>starting", "starting>watching", "watching>parked"]


async def test_without_any_driver_it_runs_and_says_what_is_missing(folder: Path) -> None:
    async with daemon(folder) as running:
        await running.until_sources(door_1="parked")
        report = await running.ask("status")

        (source,) = report["sources"]
        assert source["reason"] == "no driver 'counter' is installed"
        assert source["remedy"]
        parts = {part["name"]: part["state"] for part in report["health"]["parts"]}
        assert parts["platform"] == "not set"
        assert parts["clock"] == "synced"
        assert parts["rules"] == "in force"
        await until(lambda: running.heard("STATUS=0 of 1 sources at work; door-1 parked"))


async def test_a_store_without_sources_runs(folder: Path) -> None:
    async with daemon(folder, settings='[store]\nid = "toy-1"\n') as running:
        assert await running.sources() == {}


async def test_two_sources_live_and_die_apart(folder: Path) -> None:
    async def fail(_outlet: Outlet, _clock: Clock) -> None:
        raise SourceFault("lost the radio")

    radar = driver_that(fail)
    async with daemon(
        folder, settings=SETTINGS + RADAR, counter=counting(), radar=radar
    ) as running:
        await running.until_sources(door_1="watching", radar="parked")

    assert running.changes("radar").count("starting>retrying") == 4
    assert running.changes("radar").count("retrying>starting") == 4


async def test_a_reload_touches_only_what_changed(folder: Path) -> None:
    counter, radar = counting(), driver_that(for_ever)
    async with daemon(folder, settings=SETTINGS + RADAR, counter=counter, radar=radar) as running:
        await running.until_sources(door_1="watching", radar="watching")
        running.settings.write_text(SETTINGS + RADAR + "rssi_floor_dbm = -70\n")

        change = await running.ask("reload")

        assert (change["restarted"], change["untouched"]) == (["radar"], ["door-1"])
        assert (len(counter.runs), len(radar.runs)) == (1, 2)
        assert running.heard("RELOADING=1")


async def test_refused_settings_leave_the_old_ones_in_force(folder: Path) -> None:
    counter = counting()
    async with daemon(folder, counter=counter) as running:
        await running.until_sources(door_1="watching")
        running.settings.write_text(SETTINGS.replace("zone =", "zoen =") + '\n[mqtt]\nurl = "x"\n')

        with pytest.raises(ConfigError) as caught:
            await running.ask("reload")

        assert caught.value.why.count("did you mean 'zone'") == 2
        assert "[mqtt] node" in caught.value.why
        assert await running.sources() == {"door-1": "watching"}
        assert len(counter.runs) == 1


async def test_another_store_is_refused_while_it_runs(folder: Path) -> None:
    async with daemon(folder, counter=counting()) as running:
        running.settings.write_text(SETTINGS.replace("toy-1", "toy-2"))

        with pytest.raises(ConfigError, match="store's name"):
            await running.ask("reload")


async def test_another_policy_restarts_every_source(folder: Path) -> None:
    counter = counting()
    async with daemon(folder, counter=counter) as running:
        await running.until_sources(door_1="watching")
        running.settings.write_text(SETTINGS.replace("eu_strict", "uk"))

        change = await running.ask("reload")

        assert change["restarted"] == ["door-1"]
        assert (await running.ask("status"))["policy"] == "uk"


async def test_a_hangup_reads_the_settings_anew(folder: Path) -> None:
    radar = driver_that(for_ever)
    async with daemon(folder, counter=counting(), radar=radar) as running:
        await running.until_sources(door_1="watching")
        running.settings.write_text(SETTINGS + RADAR)

        os.kill(os.getpid(), signal.SIGHUP)

        await running.until_sources(door_1="watching", radar="watching")


async def test_a_hangup_with_faulty_settings_changes_nothing(folder: Path) -> None:
    async with daemon(folder, counter=counting()) as running:
        await running.until_sources(door_1="watching")
        running.settings.write_text("nonsense")

        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: running.heard("RELOADING=1"))

        assert await running.sources() == {"door-1": "watching"}


async def test_another_door_is_counted_without_touching_a_source(folder: Path) -> None:
    counter = counting()
    async with daemon(folder, counter=counter) as running:
        await running.until_sources(door_1="watching")
        running.settings.write_text(SETTINGS.replace('name = "main"', 'name = "side"'))

        change = await running.ask("reload")

        assert change["untouched"] == ["door-1"]
        assert len(counter.runs) == 1


async def test_a_source_can_be_watched(folder: Path) -> None:
    async with daemon(folder, counter=counting()) as running:

        def first() -> Any:
            return next(stream(running.state, {"request": "watch", "source": "door-1"}))

        piece = await asyncio.to_thread(first)

        assert piece["source"] == "door-1"


async def test_what_was_counted_is_on_the_disk_when_it_ends(folder: Path) -> None:
    async with daemon(folder, counter=counting(entered=3)) as running:
        await running.until_sources(door_1="watching")
    async with daemon(folder, counter=driver_that(for_ever)) as running:
        report = await running.ask("status")

    assert report["observations"] >= 4


async def test_r20_without_its_key_a_daemon_counts_on_and_says_what_to_do(folder: Path) -> None:
    async with daemon(folder, counter=counting()) as running:
        await running.until_sources(door_1="watching")
    key = (folder / "state" / "device.key").read_bytes()
    (folder / "state" / "device.key").unlink()

    async with daemon(folder, counter=counting(entered=3)) as running:
        await running.until_sources(door_1="watching")
        locked = await running.ask("status")
    (folder / "state" / "device.key").write_bytes(key)
    (folder / "state" / "device.key").chmod(0o600)
    async with daemon(folder, counter=counting()) as running:
        await running.until_sources(door_1="watching")
        mended = await running.ask("status")

    (part,) = (one for one in locked["health"]["parts"] if one["name"] == "rules")
    assert part["state"] == "nobody known"
    assert "device key is missing" in part["reason"]
    assert "edge key renew" in part["remedy"]
    assert locked["observations"] >= 3
    assert "nobody known" not in {one["state"] for one in mended["health"]["parts"]}
    assert mended["observations"] > locked["observations"]


async def test_the_watchdog_is_fed_while_there_is_progress(folder: Path) -> None:
    async with daemon(folder, counter=counting(), watchdog_s=1.0) as running:
        await until(lambda: running.heard("WATCHDOG=1"))


async def test_a_replays_ledger_is_not_taken(folder: Path) -> None:
    (folder / "state").mkdir()
    with Store.open(folder / "state" / "edge.db") as store:
        store.writer.submit(lambda conn: meta.put(conn, "purpose", "replay")).result()

    with pytest.raises(BaseExceptionGroup) as caught:
        async with daemon(folder):
            pass

    assert caught.group_contains(ConfigError, match="it holds a replay")


async def test_another_stores_ledger_is_not_taken(folder: Path) -> None:
    async with daemon(folder, counter=counting()):
        pass

    with pytest.raises(BaseExceptionGroup) as caught:
        async with daemon(folder, settings=SETTINGS.replace("toy-1", "toy-2")):
            pass

    assert caught.group_contains(ConfigError, match="the settings say 'toy-2'")


def with_platform(port: int) -> str:
    return SETTINGS + f'\n[mqtt]\nurl = "mqtt://127.0.0.1:{port}"\nnode = "n-1"\n'


async def test_without_its_broker_it_runs_and_says_so(folder: Path) -> None:
    settings = with_platform(free_port())
    async with daemon(folder, settings=settings, counter=counting()) as running:
        await running.until_sources(door_1="watching")
        report = await running.ask("status")

        parts = {part["name"]: part for part in report["health"]["parts"]}
        assert parts["platform"]["state"] == "offline"
        assert parts["platform"]["remedy"] == "run: edge doctor"


async def test_certificates_that_are_missing_keep_nothing_but_the_link_from_working(
    folder: Path,
) -> None:
    tls = with_platform(free_port()).replace("mqtt://", "mqtts://") + 'ca = "/no/such/ca.pem"\n'
    async with daemon(folder, settings=tls, counter=counting()) as running:
        await running.until_sources(door_1="watching")

        assert (await running.ask("status"))["link"]["is_up"] is False


@pytest.mark.broker
async def test_the_platform_hears_of_health_and_can_be_changed_while_it_runs(
    folder: Path, mosquitto: Mosquitto
) -> None:
    async with daemon(folder, counter=counting()) as running:
        await running.until_sources(door_1="watching")
        running.settings.write_text(with_platform(mosquitto.port))
        await running.ask("reload")

        async def is_up() -> bool:
            return bool((await running.ask("status"))["link"]["is_up"])

        await eventually(is_up)
        heard = await retained(mosquitto, "edge/v1/toy-1/n-1/health")

        assert {part["name"] for part in heard["parts"]} >= {"door-1", "intake", "clock"}

        running.settings.write_text(SETTINGS)
        await running.ask("reload")
        assert (await running.ask("status"))["link"] is None
