"""The installed drivers are asked through the doctor, about hardware that is really (not) there."""

import os
from pathlib import Path

import pytest

from edge.driver.contract import Level
from tests.daemon.doctor.ward import Ward
from tests.lab.serial import PtyDevice
from tests.lab.tap import tap_monitor, why_not

WHY_NO_TAP = why_not()
with_tap = pytest.mark.skipif(bool(WHY_NO_TAP), reason=WHY_NO_TAP)
RADIO = f"mon{os.getpid() % 100_000}"
LISTENING = f'[[source]]\nname = "radar"\ndriver = "wifi_monitor"\noptions.interface = "{RADIO}"'


def test_a_serial_port_is_missed_until_it_is_plugged_in(ward: Ward, tmp_path: Path) -> None:
    port = tmp_path / "usb-Till-if00"
    ward.add_settings('[[source]]\nname = "till"\ndriver = "serial_line"\nprofile = "till-json"')
    ward.add_settings(f'options.port = "{port}"')

    fault = ward.fault("source till")
    device = PtyDevice(port)
    mended = ward.levels("source till")
    device.unplug()

    assert fault.what == f"{port} is not there"
    assert fault.remedy.startswith("plug it in")
    assert Level.FAIL not in mended


@with_tap
def test_a_radio_is_missed_until_it_is_plugged_in(ward: Ward) -> None:
    ward.add_settings(LISTENING)

    fault = ward.fault("source radar")
    with tap_monitor(RADIO):
        mended = ward.levels("source radar")

    assert fault.what == f"there is no interface {RADIO}"
    assert Level.FAIL not in mended


@with_tap
def test_a_radio_that_is_down_is_named_with_what_sets_it_up(ward: Ward) -> None:
    ward.add_settings(LISTENING)

    with tap_monitor(RADIO) as radio:
        radio.set_down()
        fault = ward.fault("source radar")
        radio.set_up()
        mended = ward.levels("source radar")

    assert fault.what == f"{RADIO} is down"
    assert f"edge-radio@{RADIO}" in fault.remedy
    assert Level.FAIL not in mended
