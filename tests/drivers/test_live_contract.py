"""What every live driver keeps to on a machine that has none of its hardware, and when it does."""

import asyncio
import os
import pty
import time
import tomllib
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from edge.driver.contract import Level, LiveDriver, RecordedFile, SourceSpec
from edge.driver.testing import OutletSpy
from edge.errors import SourceFault, SourceUnusable
from edge.model.names import Instant, SourceName
from tests.lab.listening import RunningClock

DRIVERS = {entry.name: entry for entry in entry_points(group="store_edge.drivers")}
MISSING: dict[str, dict[str, Any]] = {
    "wifi_monitor": {"interface": "radar-none"},
    "ble_scan": {"adapter": "hci7"},
    "serial_line": {"port": "/dev/serial/by-id/nobody"},
    "wifi_link": {"source": "hostapd", "control": "/nowhere/wlan0"},
    "camera_face": {"device": "/dev/v4l/by-id/nobody"},
}
"""Settings of hardware that is not there."""
PROFILES = {"serial_line": "door-counter-csv"}
START = Instant(1_773_478_800 * 10**9)
LATER = Instant(START + 3_600 * 10**9)
AT_ONCE_S = 2.0
ENDS_WITHIN_S = 1.0
TRIES_FOR_S = 20.0

every_driver = pytest.mark.parametrize("kind", sorted(DRIVERS))


@pytest.fixture(autouse=True)
def _no_bus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let no test talk to the machine's own Bluetooth."""
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/nobody")


def driver(kind: str, **options: Any) -> LiveDriver:
    spec = SourceSpec(
        name=SourceName("one"), driver=kind, profile=PROFILES.get(kind), options=options
    )
    made: LiveDriver = DRIVERS[kind].load()(spec)
    return made


def files_below(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


@every_driver
def test_every_installed_driver_can_listen_live(kind: str) -> None:
    made = driver(kind, **MISSING[kind])

    for ability in ("discover", "check", "run", "open_tape"):
        assert callable(getattr(made, ability))


@every_driver
def test_a_check_ends_at_once_names_what_is_missing_and_how_to_mend_it(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = driver(kind, **MISSING[kind])

    began = time.monotonic()
    findings = asyncio.run(made.check())
    took_s = time.monotonic() - began

    failed = [finding for finding in findings if finding.level is Level.FAIL]
    assert took_s < AT_ONCE_S
    assert failed
    assert all(finding.what and finding.remedy for finding in failed)
    assert files_below(tmp_path) == set()


@every_driver
def test_a_discovery_ends_at_once_and_gives_settings_that_the_driver_takes(kind: str) -> None:
    began = time.monotonic()
    found = asyncio.run(DRIVERS[kind].load().discover())

    assert time.monotonic() - began < AT_ONCE_S
    for one in found:
        (source,) = tomllib.loads(one.settings)["source"]
        assert source["driver"] == kind
        DRIVERS[kind].load()(
            SourceSpec(
                name=source["name"],
                driver=kind,
                profile=source.get("profile"),
                options=source.get("options", {}),
            )
        )


@every_driver
def test_without_its_hardware_a_run_says_so_and_hands_nothing_over(kind: str) -> None:
    outlet = OutletSpy()

    async def listen() -> None:
        async with asyncio.timeout(TRIES_FOR_S):
            await driver(kind, **MISSING[kind]).run(outlet, clock=RunningClock())

    with pytest.raises((SourceFault, SourceUnusable)) as told:
        asyncio.run(listen())

    assert told.value.what
    assert told.value.remedy
    assert outlet.calls == []
    assert outlet.signs == 0


def test_a_run_says_first_that_it_listens_and_ends_within_a_second_of_its_cancelling() -> None:
    master, slave = pty.openpty()
    outlet = OutletSpy()

    async def listen() -> float:
        made = driver("serial_line", port=os.ttyname(slave))
        run = asyncio.ensure_future(made.run(outlet, clock=RunningClock()))  # noqa: TID251 - the task is the thing tested
        while not outlet.signs:  # noqa: ASYNC110 - the outlet knows no events
            await asyncio.sleep(0.005)
        assert outlet.frames == 0
        while not outlet.calls:
            os.write(master, b"IN,1\r\n")
            await asyncio.sleep(0.02)
        began = time.monotonic()
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        took_s = time.monotonic() - began
        told = len(outlet.calls)
        os.write(master, b"IN,1\r\n")
        await asyncio.sleep(0.1)
        assert len(outlet.calls) == told
        return took_s

    took_s = asyncio.run(listen())

    os.close(master)
    os.close(slave)
    assert took_s < ENDS_WITHIN_S


@every_driver
def test_a_tape_on_which_nothing_was_recorded_replays_as_nothing(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "tape"
    outlet = OutletSpy()
    made = driver(kind, **MISSING[kind])

    made.open_tape(path, key=bytes(32)).close()
    moments = list(made.replay(RecordedFile(path=path, started=START, ended=LATER), outlet))

    assert moments == []
    assert outlet.calls == []
    assert outlet.refused == {}


def test_every_live_driver_stands_in_this_suite() -> None:
    assert set(MISSING) == set(DRIVERS)
