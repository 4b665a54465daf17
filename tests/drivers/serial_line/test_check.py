"""Before a port is opened it is said whether it could be, and which ports there are."""

import asyncio
import os
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.serial_line.checking import check_device
from drivers.serial_line.discovery import UsbPort, found_ports, stable_names, usb_guesses
from drivers.serial_line.driver import SerialLine
from drivers.serial_line.profile import load_profile, profile_files, shipped_profiles
from edge.driver.contract import Finding, Level, SourceSpec
from edge.model.names import SourceName
from tests.lab.listening import AwaitedOutlet, running
from tests.lab.serial import PtyDevice, plugged


def checked(**options: object) -> tuple[Finding, ...]:
    async def scene() -> tuple[Finding, ...]:
        async with asyncio.timeout(2):
            return await source(**options).check()

    return asyncio.run(scene())


def source(**options: object) -> SerialLine:
    return SerialLine(
        SourceSpec(
            name=SourceName("door-1"),
            driver="serial_line",
            profile="door-counter-csv",
            options=options,
        )
    )


def levels(findings: tuple[Finding, ...]) -> list[Level]:
    return [finding.level for finding in findings]


@pytest.fixture
def device(tmp_path: Path) -> Iterator[PtyDevice]:
    one = PtyDevice(tmp_path / "door")
    yield one
    if one.is_plugged:
        one.unplug()


def test_a_port_that_could_be_listened_to_is_fine(device: PtyDevice) -> None:
    findings = checked(port=str(device.link), baud=19200)

    assert levels(findings) == [Level.OK, Level.OK]
    assert "19200 baud" in findings[0].what


def test_a_port_that_is_not_there_says_how_to_find_the_ones_that_are(device: PtyDevice) -> None:
    device.unplug()

    findings = checked(port=str(device.link))

    assert levels(findings) == [Level.OK, Level.FAIL]
    assert "/dev/serial/by-id" in findings[1].remedy


def test_a_file_is_no_port(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert levels(checked(port=str(tmp_path / "file"))) == [Level.OK, Level.FAIL]


def test_without_a_port_the_check_says_what_to_add() -> None:
    (finding,) = checked()

    assert finding.level is Level.FAIL
    assert "port = " in finding.remedy


def test_a_profile_that_cannot_be_used_fails(tmp_path: Path) -> None:
    (tmp_path / "door-counter-csv.toml").write_text('description = "half a profile"')

    (finding,) = checked(port="/dev/null", devices=str(tmp_path))

    assert finding.level is Level.FAIL
    assert "door-counter-csv.toml" in finding.what


def test_a_user_outside_the_group_is_told_how_to_join(device: PtyDevice) -> None:
    (finding,) = check_device(device.link, may_open=lambda _: False)

    assert finding.level is Level.FAIL
    assert finding.remedy.startswith("sudo usermod -aG ")
    assert "store-edge" in finding.remedy


def test_a_port_that_another_program_has_names_its_process(device: PtyDevice) -> None:
    holding = (
        "import fcntl, sys\n"
        "port = open(sys.argv[1], 'rb', buffering=0)\n"
        "fcntl.flock(port, fcntl.LOCK_EX)\n"
        "print(flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holding, str(device.link)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()

        *_, finding = check_device(device.link)

        holder.communicate()
    assert finding.level is Level.WARN
    assert f"process {holder.pid}" in finding.what


def test_the_source_itself_is_not_another_program(tmp_path: Path) -> None:
    async def scene() -> tuple[Finding, ...]:
        driver = source(port=str(tmp_path / "door"))
        async with plugged(tmp_path / "door") as door, running(driver, AwaitedOutlet()):
            await door.listened_to()
            return await driver.check()

    assert levels(asyncio.run(scene())) == [Level.OK, Level.OK]


def test_a_name_that_may_change_is_warned_of_with_the_one_that_does_not(tmp_path: Path) -> None:
    port, by_id = tmp_path / "ttyUSB0", tmp_path / "by-id"
    try:
        os.mknod(port, stat.S_IFCHR | 0o660, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root may make a device")
    by_id.mkdir()
    (by_id / "usb-Counter_0815-if00").symlink_to(port)

    *_, finding = check_device(port, by_id=by_id)

    assert finding.level is Level.WARN
    assert finding.remedy == f'set port = "{by_id}/usb-Counter_0815-if00"'


def test_a_converter_needs_a_name_that_is_known() -> None:
    known, unknown = checked(port="socket://127.0.0.1:1"), checked(port="socket://no.invalid:1")

    assert levels(known) == [Level.OK, Level.OK]
    assert levels(unknown) == [Level.OK, Level.FAIL]
    assert "getent" in unknown[1].remedy


def test_ports_are_found_under_their_stable_names_with_a_profile_where_one_is_known() -> None:
    ports = [
        UsbPort(device="/dev/ttyUSB1", vendor=0x0403, product=0x6001, label="FT232R"),
        UsbPort(device="/dev/ttyACM0", vendor=0x303A, product=0x1001, label="USB JTAG"),
        UsbPort(device="/dev/ttyS0"),
    ]

    found = found_ports(ports, links={"/dev/ttyACM0": "/dev/serial/by-id/usb-Espressif"})

    tables = [tomllib.loads(one.settings)["source"][0] for one in found]
    assert [(table["profile"], table["options"]) for table in tables] == [
        ("esp32-probe-csv", {"port": "/dev/serial/by-id/usb-Espressif"}),
        ("scanner-plain", {"port": "/dev/ttyS0"}),
        ("scanner-plain", {"port": "/dev/ttyUSB1"}),
    ]
    assert [one.what for one in found] == [
        "/dev/ttyACM0, USB JTAG, USB 303a:1001",
        "/dev/ttyS0",
        "/dev/ttyUSB1, FT232R, USB 0403:6001",
    ]
    for table in tables:
        SerialLine(
            SourceSpec(
                name=table["name"],
                driver=table["driver"],
                profile=table["profile"],
                options=table["options"],
            )
        )


def test_stable_names_are_those_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "usb-Counter").symlink_to("/dev/null")

    assert stable_names(tmp_path) == {"/dev/null": str(tmp_path / "usb-Counter")}
    assert stable_names(tmp_path / "nowhere") == {}


def test_no_two_profiles_claim_the_same_usb_device() -> None:
    files = profile_files([shipped_profiles()]).values()

    claims = [usb for path in files for usb in load_profile(path).device.usb]

    assert sorted(usb_guesses()) == sorted(claims)


def test_the_ports_of_this_machine_are_listed_within_two_seconds() -> None:
    async def scene() -> bool:
        async with asyncio.timeout(2):
            return all(one.driver == "serial_line" for one in await SerialLine.discover())

    assert asyncio.run(scene())
