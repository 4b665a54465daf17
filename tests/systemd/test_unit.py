"""The service's unit keeps what it promises: nothing of a person leaks, and little is permitted."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.systemd.units import FOLDER, ROOT, UNIT, UNITS, lines_of, only

MOST_EXPOSED = 20
"""Ten times the exposure that `systemd-analyze security` may find at most."""

each_unit = pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)


def test_the_daemon_may_listen_on_radios_and_nothing_more() -> None:
    assert only("AmbientCapabilities") == "CAP_NET_RAW"
    assert only("CapabilityBoundingSet") == "CAP_NET_RAW"


def test_the_daemon_reaches_cameras_and_serial_ports_and_no_other_device() -> None:
    assert only("DevicePolicy") == "closed"
    assert {allowed.split()[0] for allowed in lines_of(UNIT)["DeviceAllow"]} == {
        "char-video4linux",
        "char-ttyUSB",
        "char-ttyACM",
        "/dev/ttyS0",
        "/dev/ttyS1",
    }


def test_only_the_address_families_that_are_needed_can_be_opened() -> None:
    assert set(only("RestrictAddressFamilies").split()) == {
        "AF_INET",
        "AF_INET6",
        "AF_UNIX",
        "AF_NETLINK",
        "AF_PACKET",
    }


def test_the_daemon_says_when_it_is_ready_and_is_watched() -> None:
    assert only("Type") == "notify"
    assert int(only("WatchdogSec")) <= 60
    assert only("Restart") == "always"
    assert int(only("StartLimitBurst")) > 0
    assert only("RestartPreventExitStatus") == "78"


def test_the_daemon_runs_from_where_the_installer_puts_it() -> None:
    words = only("ExecStart").split()
    installer = (ROOT / "scripts" / "install").read_text()

    assert words[0] == "/opt/store-edge/current/bin/edge"
    assert "HOME_OF_EDGE=/opt/store-edge" in installer
    assert words[2:] == [
        "--settings",
        "/etc/store-edge/edge.toml",
        "--state",
        "/var/lib/store-edge",
    ]


def test_every_group_that_is_added_is_made_before() -> None:
    made = re.findall(
        r"^g (\S+) ", (FOLDER / "sysusers.d/store-edge.conf").read_text(), re.MULTILINE
    )

    assert set(only("SupplementaryGroups").split()) == set(made)


def test_no_unit_waits_for_the_network() -> None:
    assert "network-online.target" not in UNIT.read_text()


@each_unit
def test_a_unit_is_exposed_no_more_than_was_agreed(unit: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed; apt-get install systemd")

    done = subprocess.run(
        [
            "systemd-analyze",
            "security",
            "--offline=true",
            "--no-pager",
            f"--threshold={MOST_EXPOSED}",
            str(unit),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-400:]
    assert "Overall exposure level" in done.stdout


@each_unit
def test_systemd_understands_every_line_of_a_unit(unit: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed; apt-get install systemd")
    # The program it starts is not installed where the tests run.
    copy = tmp_path / unit.name.replace("@.", "@wlan0.")
    copy.write_text(
        re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text(), flags=re.MULTILINE)
    )

    done = subprocess.run(
        ["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False
    )

    said = [line for line in done.stderr.splitlines() if copy.name in line]
    assert said == []


def test_device_rules_name_only_what_they_are_for() -> None:
    text = (FOLDER / "udev/60-store-edge.rules").read_text()
    rules = [line for line in text.splitlines() if line and not line.startswith("#")]

    assert all(rule.startswith('ACTION!="remove", SUBSYSTEM==') for rule in rules)
    assert any(
        'KERNEL=="ttyUSB[0-9]*|ttyACM[0-9]*", GROUP="dialout", MODE="0660"' in rule
        for rule in rules
    )
    assert 'MODE="0666"' not in text


def test_state_and_settings_are_closed_to_other_users() -> None:
    text = (FOLDER / "tmpfiles.d/store-edge.conf").read_text()
    modes = {
        words[1]: words[2]
        for line in text.splitlines()
        if line and not line.startswith("#") and (words := line.split())
    }

    assert modes["/var/lib/store-edge"] == "0700"
    assert modes["/var/lib/store-edge/device.key"] == "0600"
    assert all(mode[-1] == "0" for mode in modes.values())
