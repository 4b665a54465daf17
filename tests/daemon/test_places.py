import stat
from pathlib import Path

import pytest

from edge.daemon.digest import recording_digest
from edge.daemon.keys import KEY_FILE, device_key
from edge.daemon.places import (
    find_database,
    make_state_folder,
    remember_latest,
    replay_database,
    state_folder,
)
from edge.daemon.registry import driver_names, load_driver
from edge.driver.recording import open_recording
from edge.errors import ConfigError, StoreError
from tests.daemon.recordings import Shop


def shop() -> Shop:
    return Shop(doors=[(60, "IN,1")])


def digest(folder: Path) -> bytes:
    return recording_digest(open_recording(folder))


def test_a_recording_has_the_same_name_wherever_it_lies(tmp_path: Path) -> None:
    assert digest(shop().write(tmp_path / "a")) == digest(shop().write(tmp_path / "b"))


@pytest.mark.parametrize("file", ["door.jsonl", "edge.toml", "customers.jsonl", "recording.toml"])
def test_a_recording_that_was_changed_has_another_name(tmp_path: Path, file: str) -> None:
    folder = shop().write(tmp_path / "a")
    before = digest(folder)

    with (folder / file).open("a") as changed:
        changed.write("\n# changed\n")

    assert digest(folder) != before


def test_truth_and_other_files_beside_it_do_not_change_its_name(tmp_path: Path) -> None:
    folder = shop().write(tmp_path / "a")
    before = digest(folder)

    (folder / "truth.jsonl").write_text("{}\n")

    assert digest(folder) == before


def test_the_device_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = device_key(tmp_path)

    assert device_key(tmp_path) == first
    assert len(first) == 32
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


def test_two_devices_have_two_keys(tmp_path: Path) -> None:
    keys = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        keys.append(device_key(tmp_path / name))

    assert keys[0] != keys[1]


def test_a_damaged_device_key_is_refused_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_bytes(b"short")
    (tmp_path / KEY_FILE).chmod(0o600)

    with pytest.raises(StoreError, match="5 bytes"):
        device_key(tmp_path)

    assert (tmp_path / KEY_FILE).read_bytes() == b"short"


def test_a_device_key_that_cannot_be_kept_is_told_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as raised:
        device_key(tmp_path / "missing")

    assert raised.value.remedy


def test_the_state_lies_where_the_user_keeps_state(tmp_path: Path) -> None:
    own = state_folder({"XDG_STATE_HOME": str(tmp_path)})

    assert own == tmp_path / "store-edge"
    assert state_folder({}).parts[-3:] == (".local", "state", "store-edge")


def test_each_recording_has_a_database_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    one = shop().write(tmp_path / "a")
    other = Shop(doors=[(60, "IN,2")]).write(tmp_path / "b")

    assert replay_database(one) == replay_database(shop().write(tmp_path / "c"))
    assert replay_database(one) != replay_database(other)


def test_the_last_replay_is_found_again_and_no_replay_is_told_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = shop().write(tmp_path / "a")

    with pytest.raises(ConfigError) as raised:
        find_database(folder)
    database = replay_database(folder)
    database.parent.mkdir(parents=True)
    database.touch()
    remember_latest(database)

    assert str(folder) in raised.value.remedy
    assert find_database(None) == database
    assert find_database(folder) == find_database(database) == database


def test_drivers_are_found_by_name_and_others_are_none() -> None:
    assert {"ble_scan", "serial_line", "wifi_link", "wifi_monitor"} <= set(driver_names())
    assert all(load_driver(name) is not None for name in driver_names())
    assert load_driver("camera_of_tomorrow") is None


def test_a_place_that_cannot_be_made_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")

    with pytest.raises(StoreError) as told:
        make_state_folder(tmp_path / "taken" / "store-edge")

    assert "--database" in told.value.remedy


def test_a_key_that_a_killed_run_had_only_begun_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / f"{KEY_FILE}.4711").write_bytes(b"")

    key = device_key(tmp_path)

    assert len(key) == 32
    assert device_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
