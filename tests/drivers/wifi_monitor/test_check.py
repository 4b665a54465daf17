"""A check says what stands in the way and changes nothing."""

import asyncio
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from drivers.wifi_monitor.interface import Interface, look
from edge.driver.contract import Finding, Level
from edge.errors import ConfigError
from tests.conftest import ROOT
from tests.drivers.wifi_monitor.listening import monitor
from tests.lab.radio import KernelMonitor
from tests.lab.tap import ETHERNET, TapMonitor, tap_monitor


def checked(interface: str | None = None, **options: object) -> tuple[Finding, ...]:
    return asyncio.run(monitor(interface, **options).check())


def faults(findings: tuple[Finding, ...]) -> list[str]:
    assert all(one.remedy for one in findings if one.level is Level.FAIL)
    return [one.what for one in findings if one.level is Level.FAIL]


def without(right: str, program: str) -> str:
    """Run a program as root without a right; give what it printed."""
    if not shutil.which("setpriv"):
        pytest.skip("setpriv (util-linux) is not on this machine")
    done = subprocess.run(
        ["setpriv", f"--bounding-set=-{right}", sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_a_radio_that_listens_is_in_order(radio: TapMonitor | KernelMonitor) -> None:
    findings = checked(radio.name)

    assert {one.level for one in findings} == {Level.OK}
    assert f"{radio.name} is a monitor interface of link type 127 and up" in [
        one.what for one in findings
    ]


def test_a_check_changes_nothing_and_ends_within_two_seconds(tap: TapMonitor) -> None:
    tap.set_down()
    before, began = look(tap.name), time.monotonic()

    findings = checked(tap.name)

    assert time.monotonic() - began < 2
    assert look(tap.name) == before
    assert faults(findings) == [f"{tap.name} is down"]
    assert findings[0].remedy == f"systemctl restart edge-radio@{tap.name}"


def test_a_missing_interface_is_said() -> None:
    assert "there is no interface nosuchradio" in faults(checked("nosuchradio"))


def test_a_missing_setting_is_said() -> None:
    assert faults(checked()) == ["the source names no interface"]


@pytest.mark.usefixtures("may_tap")
def test_an_interface_in_another_mode_is_said(interface_name: str) -> None:
    with tap_monitor(interface_name, hardware=ETHERNET):
        assert faults(checked(interface_name)) == [f"{interface_name} is not in monitor mode"]


def test_without_the_right_to_listen_check_and_run_say_what_mends_it(tap: TapMonitor) -> None:
    program = f"""
import asyncio, json
from edge.driver.testing import OutletSpy
from edge.errors import SourceUnusable
from tests.drivers.wifi_monitor.listening import HandClock, monitor
driver = monitor({tap.name!r})
said = [one.what for one in asyncio.run(driver.check()) if one.level == "fail"]
try:
    asyncio.run(driver.run(OutletSpy(), clock=HandClock()))
except SourceUnusable as error:
    print(json.dumps([said, error.why, error.remedy]))
"""

    said, why, remedy = json.loads(without("net_raw", program))

    assert said == ["this process may not listen: it lacks CAP_NET_RAW"]
    assert why == "this process lacks CAP_NET_RAW"
    assert "systemctl start store-edge" in remedy


def test_without_the_right_to_tune_check_and_run_say_what_mends_it(tap: TapMonitor) -> None:
    program = f"""
import asyncio, json
from edge.driver.testing import OutletSpy
from edge.errors import SourceUnusable
from tests.drivers.wifi_monitor.listening import HandClock, monitor
driver = monitor({tap.name!r}, channels=[1, 11])
said = [one.what for one in asyncio.run(driver.check()) if "CAP_NET_ADMIN" in one.what]
try:
    asyncio.run(driver.run(OutletSpy(), clock=HandClock()))
except SourceUnusable as error:
    print(json.dumps([said, error.why, error.remedy]))
"""

    said, why, remedy = json.loads(without("net_admin", program))

    assert said == ["this process may not set channels: it lacks CAP_NET_ADMIN"]
    assert why == "this process lacks CAP_NET_ADMIN"
    assert f"/etc/store-edge/radio-{tap.name}.env" in remedy


@pytest.mark.parametrize(
    "options",
    [
        {"interface": "-w"},
        {"interface": "sixteen-letters-x"},
        {"interface": ""},
        {"channels": [0]},
        {"channels": [200]},
        {"dwell_s": 0.01},
    ],
)
def test_options_that_cannot_be_are_refused_at_once(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="source radar"):
        monitor(**options)


def test_every_interface_of_the_machine_can_be_looked_at() -> None:
    names = [path.name for path in Path("/sys/class/net").iterdir() if path.is_dir()]

    found = [look(name) for name in names]

    assert [one.name for one in found if isinstance(one, Interface)] == names
