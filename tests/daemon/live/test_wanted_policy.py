"""The platform asks a running daemon for settings over a real broker."""

import asyncio
import json
from pathlib import Path
from typing import Any

from edge.daemon.trail import read_trail
from tests.daemon.live.kit import driver_that, for_ever
from tests.daemon.live.running import SETTINGS, Running, daemon, eventually, retained
from tests.sync.broker import Mosquitto

DESIRED = "edge/v1/toy-1/n-1/desired"
REPORTED = "edge/v1/toy-1/n-1/reported"
INFO = "edge/v1/toy-1/n-1/info"


def linked(broker: Mosquitto) -> str:
    return f'{SETTINGS}\n[mqtt]\nurl = "{broker.url}"\nnode = "n-1"\n'


async def want(broker: Mosquitto, version: int, **tables: Any) -> None:
    """Publish wanted settings, as the platform does."""
    told = {"version": version, "settings": tables, "confirm_within_s": 20}
    program = await asyncio.create_subprocess_exec(
        "mosquitto_pub", "-p", str(broker.port), "-t", DESIRED, "-q", "1", "-r",
        "-m", json.dumps(told),
    )  # fmt: skip
    assert await program.wait() == 0


async def policy_of(running: Running) -> str:
    return str((await running.ask("status"))["policy"])


async def test_a_stricter_policy_of_the_platform_is_in_force_and_stays_so(
    folder: Path, mosquitto: Mosquitto
) -> None:
    quiet = driver_that(for_ever)
    async with daemon(folder, settings=linked(mosquitto), counter=quiet) as running:
        before = await policy_of(running)

        await want(mosquitto, 7, store={"policy": "off", "timezone": "Europe/Berlin"})
        told = await retained(mosquitto, REPORTED)

        assert before == "eu_strict"
        assert told == {"version": 7}
        assert await policy_of(running) == "off"
    async with daemon(folder, settings=linked(mosquitto), counter=quiet) as running:
        assert await policy_of(running) == "off"
        info = await retained(mosquitto, INFO)
        assert (info["policy"], info["settings_version"]) == ("off", 7)

    trail = read_trail(folder / "state")
    assert trail.verdict.broken_at is None
    told_of = [entry.what for entry in trail.entries]
    assert told_of.count("service.started") == told_of.count("service.stopped") == 2
    assert {"policy.changed", "settings.changed", "settings.wanted"} <= set(told_of)


async def test_settings_that_leave_the_link_alone_stand_in_info_at_once(
    folder: Path, mosquitto: Mosquitto
) -> None:
    quiet = driver_that(for_ever)
    async with daemon(folder, settings=linked(mosquitto), counter=quiet):
        before = await retained(mosquitto, INFO)
        await want(mosquitto, 4, fusion={"settle_s": 30})
        await retained(mosquitto, REPORTED)

        told = await retained(mosquitto, INFO)

    assert (before["settings_version"], told["settings_version"]) == (0, 4)


async def test_wrong_wishes_are_refused_with_every_fault_and_change_nothing(
    folder: Path, mosquitto: Mosquitto
) -> None:
    async with daemon(folder, settings=linked(mosquitto), counter=driver_that(for_ever)) as running:
        await want(mosquitto, 3, store={"policy": "eu_strikt", "id": "other"}, fusion={"x": 1})
        told = await retained(mosquitto, REPORTED)

        assert told["version"] == 0
        assert len(told["faults"]) == 3
        assert await policy_of(running) == "eu_strict"


async def test_settings_that_cut_the_link_are_taken_back(
    folder: Path, mosquitto: Mosquitto
) -> None:
    async with daemon(folder, settings=linked(mosquitto), counter=driver_that(for_ever)) as running:
        program = await asyncio.create_subprocess_exec(
            "mosquitto_pub", "-p", str(mosquitto.port), "-t", DESIRED, "-q", "1", "-r", "-m",
            json.dumps(
                {
                    "version": 4,
                    "settings": {"mqtt": {"url": "mqtt://127.0.0.1:9"}},
                    "confirm_within_s": 1,
                }
            ),
        )  # fmt: skip
        assert await program.wait() == 0
        told = await retained(mosquitto, REPORTED)

        async def is_up() -> bool:
            return bool((await running.ask("status"))["link"]["is_up"])

        await eventually(is_up)
        assert told["version"] == 0
        assert "taken back" in told["faults"][0]
