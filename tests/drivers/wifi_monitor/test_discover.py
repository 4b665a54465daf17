"""Radios that could listen are listed with settings that can be pasted."""

import asyncio
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wifi_monitor.driver import WifiMonitor
from drivers.wifi_monitor.radios import Radio, capable
from edge.driver.contract import Found, SourceSpec
from tests.lab.tap import TapMonitor

PHYS = """\
Wiphy phy1
\twiphy index: 1
\tmax # scan SSIDs: 4
\tSupported Ciphers:
\t\t* CCMP-128 (00-0f-ac:4)
\tSupported interface modes:
\t\t * IBSS
\t\t * managed
\t\t * AP
\t\t * AP/VLAN
\t\t * monitor
\t\t * P2P-client
\tBand 1:
\t\tBitrates (non-HT):
\t\t\t* 1.0 Mbps
Wiphy phy0
\twiphy index: 0
\tSupported interface modes:
\t\t * managed
\tsoftware interface modes (can always be added):
\t\t * monitor
"""
"""As iw 5.19 prints it, shortened: phy1 can do monitor mode itself, phy0 only beside another."""
INTERFACES = """\
phy#1
\tInterface wlan1
\t\tifindex 4
\t\ttype managed
phy#0
\tUnnamed/non-netdev interface
\t\twdev 0x2
\tInterface wlan0
\t\tifindex 3
\t\ttype managed
\t\tchannel 6 (2437 MHz), width: 20 MHz, center1: 2437 MHz
"""

FakeIw = Callable[[str], Path]


def discovered() -> tuple[Found, ...]:
    async def discover() -> tuple[Found, ...]:
        async with asyncio.timeout(2):
            return await WifiMonitor.discover()

    return asyncio.run(discover())


def test_interfaces_whose_adapter_can_do_monitor_mode_are_found() -> None:
    radios = capable(PHYS, INTERFACES)

    assert radios == (Radio(interface="wlan1", can_monitor=True),)


def test_an_older_iw_without_an_index_is_understood() -> None:
    phys = PHYS.replace("\twiphy index: 1\n", "").replace("\twiphy index: 0\n", "")

    assert [radio.interface for radio in capable(phys, INTERFACES)] == ["wlan1"]


LINES = st.lists(st.sampled_from((PHYS + INTERFACES).splitlines()) | st.text(max_size=20))


@given(LINES.map("\n".join), LINES.map("\n".join))
def test_whatever_iw_prints_gives_a_list(phys: str, interfaces: str) -> None:
    radios = capable(phys, interfaces)

    assert all(f"\tInterface {radio.interface}" in interfaces for radio in radios)


def test_a_monitor_interface_is_listed_with_settings_that_work(
    tap: TapMonitor, fake_iw: FakeIw
) -> None:
    fake_iw("true")

    (found,) = [one for one in discovered() if tap.name in one.what]

    (source,) = tomllib.loads(found.settings)["source"]
    assert found.what == f"monitor interface {tap.name}, up"
    assert source["driver"] == found.driver == WifiMonitor.kind
    WifiMonitor(SourceSpec(name=source["name"], driver="wifi_monitor", options=source["options"]))
    assert source["options"] == {"interface": tap.name}


def test_an_adapter_that_is_no_monitor_yet_is_listed_with_the_command_first(
    fake_iw: FakeIw, tmp_path: Path
) -> None:
    (tmp_path / "phy").write_text(PHYS)
    (tmp_path / "dev").write_text(INTERFACES)
    fake_iw(f"cat {tmp_path}/$1")

    (found,) = [one for one in discovered() if "wlan1" in one.what]

    assert found.what == "Wi-Fi adapter wlan1, can do monitor mode but is not in it"
    assert found.settings.startswith("# first: systemctl restart edge-radio@wlan1\n")
    assert tomllib.loads(found.settings)["source"][0]["options"] == {"interface": "wlan1"}


@pytest.mark.parametrize("script", ["exec sleep 60", "exit 1"])
def test_an_iw_that_fails_or_hangs_leaves_the_monitors_listed(
    tap: TapMonitor, fake_iw: FakeIw, script: str
) -> None:
    fake_iw(script)

    found = discovered()

    assert [one.what for one in found if tap.name in one.what] == [
        f"monitor interface {tap.name}, up"
    ]
