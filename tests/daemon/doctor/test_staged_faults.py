"""A fault is staged, the doctor names it, its remedy is run as it stands, and the fault is gone."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.daemon.doctor.disk import examine_room
from edge.daemon.doctor.findings import lines
from edge.driver.contract import Level
from edge.store.database import Store
from edge.store.engine import connect_writer
from tests.daemon.doctor.ward import NOW_NS, TIMEDATECTL, Stage, Ward, command_of

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may stage it")


def no_settings(ward: Ward) -> None:
    ward.settings.unlink()


def wrong_key(ward: Ward) -> None:
    ward.settings.write_text(ward.settings.read_text().replace("timezone", "timezon"))


def wrong_key_in_a_drop_in(ward: Ward) -> None:
    folder = ward.settings.with_name("edge.toml.d")
    folder.mkdir()
    (folder / "10-hours.toml").write_text('[store]\nopenin = "08:00-20:00"\n')


def unknown_zone(ward: Ward) -> None:
    ward.add_settings('[[door]]\nname = "main"\nsource = "d"\nzone = "toyz"')
    ward.add_settings(
        '[[source]]\nname = "d"\ndriver = "serial_line"\nprofile = "door-counter-csv"'
    )


def unknown_policy(ward: Ward) -> None:
    text = ward.settings.read_text().replace("[store]", '[store]\npolicy = "eu_strikt"')
    ward.settings.write_text(text)


def unknown_driver(ward: Ward) -> None:
    ward.add_settings('[[source]]\nname = "till"\ndriver = "serial_lin"\nprofile = "till-json"')


def missing_profile(ward: Ward) -> None:
    ward.add_settings('[[source]]\nname = "till"\ndriver = "serial_line"\nprofile = "til-json"')


def no_state_folder(ward: Ward) -> None:
    ward.state.rmdir()


def open_state_folder(ward: Ward) -> None:
    ward.state.chmod(0o755)


def state_folder_nobody_may_write(ward: Ward) -> None:
    ward.state.chmod(0o500)


def open_device_key(ward: Ward) -> None:
    apart = ward.settings.with_name("device.key")
    apart.write_bytes(bytes(32))
    apart.chmod(0o644)
    text = ward.settings.read_text().replace("[store]", f'[store]\nkey_file = "{apart}"')
    ward.settings.write_text(text)


def cut_device_key(ward: Ward) -> None:
    (ward.state / "device.key").write_bytes(bytes(31))
    (ward.state / "device.key").chmod(0o600)


def damaged_database(ward: Ward) -> None:
    path = ward.state / "edge.db"
    Store.open(path).close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * 8192)


def no_database(ward: Ward) -> None:
    (ward.state / "edge.db").write_bytes(b"this was never a database" * 1000)


def newer_schema(ward: Ward) -> None:
    path = ward.state / "edge.db"
    Store.open(path).close()
    conn = connect_writer(path)
    conn.execute("PRAGMA user_version = 99")
    conn.close()


def wifi_switched_off(ward: Ward) -> None:
    for name, text in (("type", "wlan"), ("name", "phy0"), ("soft", "1"), ("hard", "0")):
        ward.file(f"sys/class/rfkill/rfkill0/{name}", f"{text}\n")


def bluetooth_switched_off(ward: Ward) -> None:
    ward.file("sys/class/bluetooth/hci0/address", "")
    for name, text in (("type", "bluetooth"), ("soft", "1"), ("hard", "0")):
        ward.file(f"sys/class/rfkill/rfkill1/{name}", f"{text}\n")


def bluez_stopped(ward: Ward) -> None:
    ward.file("sys/class/bluetooth/hci0/address", "")
    ward.unit("bluetooth.service", ActiveState="inactive")


def clock_without_a_server(ward: Ward) -> None:
    clock, synced = ward.file("run/clock", "CanNTP=yes\nNTP=no\n"), ward.folder / "synced"
    ward.program("timedatectl", TIMEDATECTL.format(clock=f"'{clock}'", synced=f"'{synced}'"))

    async def is_synced() -> bool:
        return synced.exists()

    ward.change(is_synced=is_synced)


def service_stopped(ward: Ward) -> None:
    ward.unit("store-edge.service", ActiveState="inactive")


def service_failed(ward: Ward) -> None:
    ward.unit("store-edge.service", ActiveState="failed", Result="exit-code")


def service_not_enabled(ward: Ward) -> None:
    ward.unit("store-edge.service", ActiveState="active", UnitFileState="disabled")


def service_that_was_started_again(ward: Ward) -> None:
    ward.unit("store-edge.service", ActiveState="active", NRestarts="3")


STAGED: list[tuple[Stage, str, str]] = [
    (no_settings, "settings", "there is no settings file"),
    (wrong_key, "settings", "[store] timezon: there is no such setting; did you mean 'timezone'?"),
    (wrong_key_in_a_drop_in, "settings", "10-hours.toml: [store] openin"),
    (unknown_zone, "settings", "'toyz': there is no such zone; did you mean 'toys'?"),
    (unknown_policy, "settings", "'eu_strikt': there is no such policy; did you mean 'eu_strict'?"),
    (unknown_driver, "source till", "'serial_lin'; did you mean 'serial_line'?"),
    (missing_profile, "source till", "'til-json'; did you mean 'till-json'?"),
    (no_state_folder, "state folder", "there is no state folder"),
    (open_state_folder, "state folder", "open to other users"),
    (state_folder_nobody_may_write, "state folder", "may not be written by its owner"),
    (open_device_key, "device key", "can be read by others"),
    (cut_device_key, "device key", "has 31 bytes and not 32"),
    (damaged_database, "database", "is damaged"),
    (no_database, "database", "file is not a database"),
    (newer_schema, "database", "made by a newer version (schema 99"),
    (wifi_switched_off, "radios", "phy0 is switched off by a program"),
    (bluetooth_switched_off, "Bluetooth", "switched off by a program"),
    (bluez_stopped, "Bluetooth", "does not run"),
    (clock_without_a_server, "clock", "not synchronised with a time server"),
    (service_stopped, "service", "store-edge.service is inactive"),
    (service_failed, "service", "gave up (exit-code)"),
    (service_not_enabled, "service", "does not start with the machine"),
    (service_that_was_started_again, "service", "was started again 3 times"),
]


@pytest.mark.parametrize(
    ("stage", "check", "words"), STAGED, ids=[stage.__name__ for stage, _, _ in STAGED]
)
def test_a_staged_fault_is_named_and_its_remedy_mends_it(
    ward: Ward, stage: Stage, check: str, words: str
) -> None:
    stage(ward)

    fault = ward.fault(check)
    ward.follow(fault)

    assert words in fault.what
    assert not any(words in line.what for line in ward.examine() if line.check == check)
    # A source of which the driver exists now is judged by its driver, on hardware that is not here.
    assert ward.is_well(check) or check.startswith("source ")


@as_root
def test_a_state_folder_of_somebody_else_is_given_to_the_service(ward: Ward) -> None:
    nobody = 65534
    account = type(ward.machine.account)(name="nobody", uid=nobody, gids=frozenset({nobody}))
    ward.change(account=account)

    fault = ward.fault("state folder")
    ward.follow(fault)

    assert "does not belong to nobody" in fault.what
    assert ward.is_well("state folder")


@as_root
def test_a_port_without_rights_is_opened_to_the_group(ward: Ward) -> None:
    port = ward.file("dev/ttyUSB0")
    port.chmod(0o600)
    dialout = 20
    account = type(ward.machine.account)(name="nobody", uid=65534, gids=frozenset({dialout}))
    ward.change(account=account)

    fault = ward.fault("serial ports")
    ward.follow(fault)

    assert "ttyUSB0 may not be used by nobody" in fault.what
    assert ward.is_well("serial ports")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a disk of 8 MB, or skip where this machine may not mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("this machine may not mount a file system")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_is_named_and_the_remedy_shows_what_fills_it(
    ward: Ward, small_disk: Path
) -> None:
    filler = small_disk / "old recording.pcap"
    filler.write_bytes(bytes(6_000_000))
    ward.change(state=small_disk / "state")

    (fault,) = lines("disk", examine_room(ward.machine, least=4_000_000, comfortable=7_000_000))
    shown = subprocess.run(
        ["bash", "-c", command_of(fault)], capture_output=True, text=True, check=True
    )
    filler.unlink()
    (mended,) = examine_room(ward.machine, least=4_000_000, comfortable=7_000_000)

    assert fault.level is Level.FAIL
    assert "the ledger cannot grow" in fault.what
    assert str(filler) in shown.stdout
    assert mended.level is Level.OK


def test_a_clock_behind_the_files_is_named(ward: Ward) -> None:
    ward.change(now_ns=lambda: NOW_NS // 2)

    fault = ward.fault("clock")
    ward.change(now_ns=lambda: NOW_NS)  # what `timedatectl set-ntp true` leads to

    assert fault.level is Level.FAIL
    assert "it says 2000-02-08" in fault.what
    assert fault.remedy == "timedatectl set-ntp true"
    assert ward.is_well("clock")


def test_a_sound_machine_is_well_but_for_the_lack_of_systemd(ward: Ward) -> None:
    found = ward.examine()

    assert [line.check for line in found if line.level is not Level.OK] == ["service"]


def test_every_fault_of_the_settings_is_a_line_of_its_own(ward: Ward) -> None:
    wrong_key(ward)
    unknown_zone(ward)
    unknown_policy(ward)

    told = [line.what for line in ward.examine() if line.check == "settings"]

    assert len(told) == 3


def test_a_word_that_stands_twice_is_left_to_the_editor(ward: Ward) -> None:
    ward.add_settings('[[door]]\nname = "toyz"\nsource = "d"\nzone = "toyz"')
    ward.add_settings(
        '[[source]]\nname = "d"\ndriver = "serial_line"\nprofile = "door-counter-csv"'
    )

    assert ward.fault("settings").remedy == f"editor '{ward.settings}'"


def test_settings_that_are_no_toml_are_left_to_the_editor(ward: Ward) -> None:
    ward.settings.write_text("[store\n")

    fault = ward.fault("settings")

    assert "line 1" in fault.what
    assert fault.remedy == f"editor '{ward.settings}'"
    assert "were not looked at" in ward.fault("sources").what
