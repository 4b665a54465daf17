"""The installer seals the device key; a key that is there stays the key, whatever happens."""

import os
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.systemd.creds import make_creds
from tests.systemd.units import ROOT, only

KEY = bytes(range(32))
AS_NOBODY = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") * (os.geteuid() == 0)
"""Where root runs the tests, it gives up that files are open to it."""
STEPS = "seal_device_key; wants_sealed_key && start; remove_plain_key"


class Shop:
    """A machine's folders, with the programs of systemd that the installer calls."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.plain = folder / "state" / "device.key"
        self.sealed = folder / "credstore" / "store-edge.device-key"
        self.handed = folder / "run" / "device-key"
        for place in (self.plain, self.handed, folder / "etc" / "edge.toml"):
            place.parent.mkdir()
        (folder / "unit").write_text(f"LoadCredentialEncrypted=device-key:{self.sealed.name}\n")
        self.creds = make_creds(folder / "bin")
        self.program("systemctl", f'[ "$1" = cat ] && cat {folder}/unit')

    def program(self, name: str, text: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/bash\n{text}\n")
        path.chmod(0o755)

    def keep_plain(self, key: bytes = KEY) -> None:
        self.plain.write_bytes(key)

    def run(
        self,
        *,
        steps: str = STEPS,
        dry_run: str = "no",
        booted: str = "true",
        before: Sequence[str] = (),
    ) -> str:
        """Do what the installer does for the key, with a service that takes what it is handed."""
        script = f"""
            set -euo pipefail
            . {ROOT}/scripts/_device_key
            SEALED_KEY={self.sealed} PLAIN_KEY={self.plain} HANDED_KEY={self.handed}
            LEDGER={self.folder}/state/edge.db KEY_SETTINGS={self.folder}/etc dry_run={dry_run}
            say() {{ echo "$@"; }}
            act() {{ echo "$@"; [ $dry_run = yes ] || "$@"; }}
            has_systemd() {{ {booted}; }}
            start() {{ unsealed $SEALED_KEY > $HANDED_KEY; }}
            {steps} || true
        """
        done = subprocess.run(
            [*before, "bash", "-c", script],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": f"{self.folder}/bin:/usr/bin:/bin"},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def opened(self) -> bytes:
        """Give the key that the credential holds."""
        return subprocess.run(
            [self.creds, "decrypt", "--name=device-key", self.sealed, "-"],
            capture_output=True,
            check=True,
        ).stdout


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_a_fresh_machine_gets_a_sealed_key_and_none_beside_the_database(shop: Shop) -> None:
    shop.run()

    assert len(shop.opened()) == len(KEY)
    assert stat.S_IMODE(shop.sealed.stat().st_mode) == 0o600
    assert stat.S_IMODE(shop.sealed.parent.stat().st_mode) == 0o700
    assert list(shop.plain.parent.iterdir()) == []
    assert list(shop.sealed.parent.iterdir()) == [shop.sealed]


def test_two_machines_get_different_keys(tmp_path: Path) -> None:
    shops = [Shop(tmp_path / name) for name in ("one", "two") if not (tmp_path / name).mkdir()]

    for shop in shops:
        shop.run()

    assert shops[0].opened() != shops[1].opened()


def test_the_key_of_an_earlier_install_moves_and_stays_the_same(shop: Shop) -> None:
    shop.keep_plain()

    said = shop.run()

    assert shop.opened() == KEY
    assert f"shred --remove {shop.plain}" in said
    assert not shop.plain.exists()


def test_the_key_beside_the_database_stays_until_the_service_holds_it(shop: Shop) -> None:
    shop.keep_plain()

    said = shop.run(steps="seal_device_key; remove_plain_key")
    kept = shop.plain.read_bytes()
    shop.run()

    assert kept == KEY
    assert "it stays" in said
    assert not shop.plain.exists()


def test_doing_it_again_changes_nothing(shop: Shop) -> None:
    shop.run()
    before = shop.sealed.read_bytes()

    said = shop.run()

    assert said == ""
    assert shop.sealed.read_bytes() == before


def test_a_dry_run_says_what_would_be_done_and_does_nothing(shop: Shop) -> None:
    fresh = shop.run(dry_run="yes")
    shop.keep_plain()
    moved = shop.run(dry_run="yes")

    seal = "systemd-creds encrypt --name=device-key --tpm2-pcrs=16 --with-key=auto"
    assert f"head --bytes 32 /dev/urandom | {seal} - {shop.sealed}.new" in fresh
    assert f"{seal} {shop.plain} {shop.sealed}.new" in moved
    assert f"mv -T {shop.sealed}.new {shop.sealed}" in moved
    assert f"shred --remove {shop.plain}" in moved
    assert "shred" not in fresh
    assert shop.plain.read_bytes() == KEY
    assert not shop.sealed.parent.exists()


def test_where_the_tpm_does_not_open_what_it_sealed_the_host_key_seals_alone(shop: Shop) -> None:
    shop.keep_plain()
    real = shop.creds.rename(shop.creds.with_name("real"))
    broken = f'case $* in *--with-key=auto*) echo other > "${{@: -1}}" ;; *) {real} "$@" ;; esac'
    shop.program("systemd-creds", broken)

    shop.run()

    assert shop.opened() == KEY
    assert not shop.plain.exists()


def test_a_key_that_cannot_be_opened_again_is_not_moved(shop: Shop) -> None:
    shop.keep_plain()
    shop.program("systemd-creds", '[ "$1" = encrypt ] && echo other > "${@: -1}"')

    said = shop.run()

    assert "seals nothing here" in said
    assert shop.plain.read_bytes() == KEY
    assert list(shop.sealed.parent.iterdir()) == []


def test_a_credential_that_does_not_open_is_told_and_never_replaced(shop: Shop) -> None:
    shop.sealed.parent.mkdir()
    shop.sealed.write_text("sealed by another machine")

    said = shop.run(steps="seal_device_key")

    assert "cannot be opened on this machine" in said
    assert shop.sealed.read_text() == "sealed by another machine"


def test_a_ledger_without_its_key_gets_no_new_one(shop: Shop) -> None:
    (shop.plain.parent / "edge.db").touch()

    said = shop.run()

    assert "there is a ledger and no key beside it" in said
    assert not shop.sealed.exists()


def test_a_file_that_is_no_key_stays_where_it_is(shop: Shop) -> None:
    shop.keep_plain(KEY[:9])

    said = shop.run()

    assert "is no key" in said
    assert shop.plain.read_bytes() == KEY[:9]
    assert not shop.sealed.exists()


def test_a_link_in_the_service_s_folder_is_not_followed(shop: Shop) -> None:
    elsewhere = shop.folder / "etc" / "of-root"
    elsewhere.write_bytes(KEY)
    shop.plain.symlink_to(elsewhere)

    said = shop.run()
    shop.plain.unlink()
    shop.run()
    elsewhere.write_bytes(shop.opened())
    shop.plain.symlink_to(elsewhere)
    shop.run()

    assert f"{shop.plain} is a link" in said
    assert elsewhere.exists()


def test_another_key_beside_the_database_is_not_taken_away(shop: Shop) -> None:
    shop.run()
    shop.keep_plain()

    said = shop.run()

    assert "is not the key that the service was handed" in said
    assert shop.plain.read_bytes() == KEY


def test_a_key_file_of_the_settings_is_left_alone(shop: Shop) -> None:
    (shop.folder / "etc" / "edge.toml").write_text('[store]\nkey_file = "/mnt/key/device.key"\n')

    said = shop.run()

    assert "the settings name a key_file" in said
    assert not shop.sealed.exists()


@pytest.mark.parametrize(
    "line",
    [
        "LoadCredentialEncrypted=device-key:/etc/store-edge/device-key.cred",
        "LoadCredential=device-key:/run/keys/socket",
    ],
)
def test_a_credential_of_the_technicians_own_is_left_alone(shop: Shop, line: str) -> None:
    with (shop.folder / "unit").open("a") as unit:
        unit.write(f"{line}\n")

    said = shop.run()

    assert "a drop-in of the service hands over one of its own" in said
    assert not shop.sealed.exists()


def test_a_dry_run_of_somebody_who_may_not_look_promises_nothing(shop: Shop) -> None:
    shop.run()
    shop.sealed.parent.chmod(0)

    said = shop.run(steps="seal_device_key", dry_run="yes", before=AS_NOBODY)
    shop.sealed.parent.chmod(0o700)

    assert f"only root may look into {shop.sealed.parent}" in said


def test_where_systemd_does_not_run_no_key_is_made(shop: Shop) -> None:
    said = shop.run(booted="false")

    assert "systemd does not run here" in said
    assert not shop.sealed.exists()


@pytest.mark.parametrize(
    ("release", "packages"),
    [
        ("bookworm", "libtss2-esys-3.0.2-0 libtss2-rc0"),
        ("trixie", "libtss2-esys-3.0.2-0t64 libtss2-rc0t64"),
    ],
)
def test_a_machine_with_a_tpm_gets_what_systemd_needs_for_it(
    shop: Shop, release: str, packages: str
) -> None:
    without = shop.run(steps=f"TPM={shop.folder}/none; tpm_libraries {release}")
    with_one = shop.run(steps=f"TPM={shop.folder}; tpm_libraries {release}")

    assert without == ""
    assert with_one.strip() == packages


def test_the_unit_looks_where_the_installer_puts_it_and_starts_without_it() -> None:
    name, _, path = only("LoadCredentialEncrypted").partition(":")
    script = (ROOT / "scripts" / "_device_key").read_text()

    assert f"SEALED_KEY=/etc/credstore.encrypted/{path}\n" in script
    assert f"--name={name} " in script
    assert "/" not in path
