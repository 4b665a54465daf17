"""A technician's command opens the key that systemd sealed; a shut one is not taken for lost."""

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge.cli.main import main
from edge.config.schema import StoreSettings
from edge.daemon.keys import KEY_PLACE, SERVICE_CREDENTIALS, is_hidden, key_of, read_key
from edge.daemon.live_store import open_live_store
from edge.daemon.places import DATABASE, LIVE
from edge.daemon.renewal import renew_key
from edge.daemon.sealed_key import CREDENTIAL, SEALED_KEY
from edge.driver.contract import Level
from edge.errors import ConfigError, StoreError
from edge.store import meta
from tests.daemon.doctor.ward import Ward
from tests.systemd.creds import make_creds
from tests.systemd.units import ROOT

KEY = bytes(range(32))


def seal(place: Path) -> Path:
    place.parent.mkdir(parents=True)
    command = ["systemd-creds", "encrypt", f"--name={CREDENTIAL}", "-", str(place)]
    subprocess.run(command, input=KEY, check=True)
    return place


@pytest.fixture
def sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A key that was sealed here, on a machine with the program that opens it."""
    monkeypatch.setenv("PATH", f"{make_creds(tmp_path / 'bin').parent}:/usr/bin:/bin")
    return seal(tmp_path / "credstore" / SEALED_KEY.name)


@pytest.fixture
def state(tmp_path: Path, sealed: Path) -> Path:
    """A ledger that was sealed with the sealed key."""
    folder = tmp_path / "state"
    folder.mkdir()
    open_live_store(folder, StoreSettings(id="toy-1", key_file=sealed)).close()
    return folder


def test_a_sealed_key_is_opened_by_the_program_of_systemd(sealed: Path) -> None:
    assert read_key(sealed) == KEY


def test_a_command_opens_the_ledger_while_the_service_does_not_run(
    state: Path, sealed: Path
) -> None:
    found = key_of(state / DATABASE)

    assert (found.key, found.place) == (KEY, str(sealed))


def test_edge_key_show_names_the_sealed_key(state: Path, sealed: Path) -> None:
    done = CliRunner().invoke(main, ["key", "show", "--state", str(state)])

    assert done.exit_code == 0
    assert f"{sealed} fits the database" in done.output.replace("\n", "")


def test_a_key_that_was_sealed_elsewhere_is_told_with_a_way_to_count_on(sealed: Path) -> None:
    sealed.write_text("sealed by another machine")

    with pytest.raises(StoreError, match="this machine does not open it") as told:
        read_key(sealed)

    assert f"mv {sealed} " in told.value.remedy
    assert "restart store-edge" in told.value.remedy


def test_without_the_program_the_key_is_told_to_be_shut(
    sealed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(StoreError, match="cannot open the sealed device key"):
        read_key(sealed)


def test_a_key_that_is_only_sealed_is_not_renewed(state: Path) -> None:
    with pytest.raises(ConfigError, match="the key is not lost"):
        renew_key(state)


def test_the_service_s_key_is_lost_only_where_root_says_so(state: Path) -> None:
    with open_live_store(state, StoreSettings(id="toy-1")) as store:
        place = str(SERVICE_CREDENTIALS / CREDENTIAL)
        store.writer.submit(lambda conn: meta.put(conn, KEY_PLACE, place)).result()

    assert is_hidden(state / DATABASE, user=1000)
    assert not is_hidden(state / DATABASE, user=0)


def test_a_replay_is_never_sealed_with_the_service_s_key(tmp_path: Path) -> None:
    assert is_hidden(LIVE / DATABASE, user=1000)
    assert not is_hidden(tmp_path / DATABASE, user=1000)


def test_the_doctor_says_before_the_next_start_that_a_key_does_not_open(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{make_creds(ward.folder / 'creds').parent}:/usr/bin:/bin")
    place = seal(ward.machine.at(*SEALED_KEY.parts[1:]))

    well = [line.level for line in ward.examine() if line.check == "device key"]
    place.write_text("sealed by another machine")
    (broken,) = [line for line in ward.examine() if line.check == "device key"]

    assert well == [Level.OK]
    assert broken.level is Level.FAIL
    assert "does not open it" in broken.what


@pytest.mark.parametrize(("begins", "is_said"), [("Whxqht+dQJax1aZeCGLxmg", True), ("k6iU", False)])
def test_the_doctor_says_what_a_key_without_a_tpm_does_not_keep_off(
    ward: Ward, sealed: Path, begins: str, *, is_said: bool
) -> None:
    Path(sealed.parents[1] / "bin" / "systemd-creds").write_text(f"#!/bin/sh\ncat {sealed}.key\n")
    sealed.with_name(f"{sealed.name}.key").write_bytes(KEY)
    ward.file(str(SEALED_KEY)[1:], begins)
    text = ward.settings.read_text().replace("[store]", f'[store]\nkey_file = "{sealed}"')
    ward.settings.write_text(text)

    (line,) = [line for line in ward.examine() if line.check == "device key"]

    assert line.level is Level.OK
    assert ("no TPM seals it" in line.what) is is_said


def test_installer_and_commands_mean_the_same_file() -> None:
    assert f"SEALED_KEY={SEALED_KEY}\n" in (ROOT / "scripts" / "_device_key").read_text()
