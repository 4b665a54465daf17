"""The device key is found in the best place there is, fits its database, and is never replaced."""

import os
import stat
from pathlib import Path

import pytest

from edge.config.schema import StoreSettings
from edge.daemon.keys import CREDENTIAL, KEY_FILE, KEY_PLACE, keep_key, key_of, read_key
from edge.daemon.ledgers import open_reader
from edge.daemon.live_store import open_live_store
from edge.errors import StoreError
from edge.store import meta
from edge.store.database import Store

FIRST, SECOND = bytes(range(32)), bytes(range(1, 33))


def lay(place: Path, key: bytes = FIRST, *, mode: int = 0o600) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(key)
    place.chmod(mode)
    return place


def shop(folder: Path, key_file: Path | None = None) -> Store:
    return open_live_store(folder, StoreSettings(id="toy-1", key_file=key_file))


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


def test_without_anything_a_key_is_made_beside_the_database(state: Path) -> None:
    found = keep_key(state / "edge.db")

    assert found.place == str(state / KEY_FILE)
    assert found.key == (state / KEY_FILE).read_bytes()
    assert not found.doubt


def test_a_key_file_that_the_settings_name_is_made_there_and_nowhere_else(
    state: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "usb" / "device.key"
    elsewhere.parent.mkdir()

    with shop(state, elsewhere) as store:
        assert store.vault is not None

    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o600
    assert not (state / KEY_FILE).exists()


def test_a_command_that_knows_no_settings_finds_the_key_where_the_database_says(
    state: Path, tmp_path: Path
) -> None:
    elsewhere = lay(tmp_path / "usb" / "device.key")
    shop(state, elsewhere).close()

    reader = open_reader(state / "edge.db")
    noted, vault = meta.get(reader, KEY_PLACE), reader.vault
    reader.close()

    assert noted == str(elsewhere)
    assert vault is not None


def test_a_credential_of_systemd_comes_before_every_file(state: Path, tmp_path: Path) -> None:
    lay(state / KEY_FILE, SECOND)
    credential = lay(tmp_path / "credentials" / CREDENTIAL, mode=0o440)
    environment = {"CREDENTIALS_DIRECTORY": str(credential.parent)}

    found = key_of(
        state / "edge.db", key_file=lay(tmp_path / "usb.key", SECOND), environment=environment
    )

    assert (found.key, found.place) == (FIRST, str(credential))


def test_of_several_keys_the_one_that_fits_the_database_is_taken(
    state: Path, tmp_path: Path
) -> None:
    lay(state / KEY_FILE)
    shop(state).close()

    found = key_of(state / "edge.db", key_file=lay(tmp_path / "usb.key", SECOND))

    assert (found.key, found.place) == (FIRST, str(state / KEY_FILE))


def test_a_lost_key_is_not_replaced_behind_the_technicians_back(state: Path) -> None:
    shop(state).close()
    (state / KEY_FILE).unlink()

    found = keep_key(state / "edge.db")

    assert found.key is None
    assert "missing" in found.doubt
    assert "edge key renew" in found.remedy
    assert not (state / KEY_FILE).exists()


@pytest.mark.parametrize(
    ("key", "mode", "why"),
    [
        (FIRST, 0o640, "others than its owner"),
        (FIRST[:31], 0o600, "31 bytes and not 32"),
        (b"", 0o600, "0 bytes and not 32"),
    ],
)
def test_a_file_that_is_no_key_of_ones_own_is_refused_with_a_remedy(
    tmp_path: Path, key: bytes, mode: int, why: str
) -> None:
    place = lay(tmp_path / "device.key", key, mode=mode)

    with pytest.raises(StoreError, match=why) as told:
        read_key(place)

    assert told.value.remedy


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_of_another_user_is_roots_to_read(tmp_path: Path) -> None:
    place = lay(tmp_path / "device.key")
    os.chown(place, 12345, 12345)

    assert read_key(place) == FIRST


def test_where_there_is_no_file_there_is_no_key(tmp_path: Path) -> None:
    assert read_key(tmp_path / "device.key") is None
