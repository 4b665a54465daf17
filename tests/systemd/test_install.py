"""The installer says what it would do, refuses what it cannot do, and changes nothing by itself."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.systemd.units import ROOT

IS_DEBIAN = any(
    f"VERSION_CODENAME={name}" in Path("/etc/os-release").read_text()
    for name in ("bookworm", "trixie")
)
on_debian = pytest.mark.skipif(not IS_DEBIAN, reason="the installer is for Debian 12 and 13")


def install(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / "scripts" / "install"), *options],
        capture_output=True,
        text=True,
        check=False,
    )


@on_debian
def test_a_dry_run_prints_every_act_and_does_none(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (wheels / "store_edge-0.0.0-py3-none-any.whl").write_bytes(b"not opened")

    done = install("--dry-run", "--wheels", str(wheels))

    assert done.returncode == 0, done.stderr
    acts = [line.strip() for line in done.stdout.splitlines()]
    assert any(act.startswith("/usr/bin/python3 -m venv /opt/store-edge/releases/") for act in acts)
    wanted = f"--find-links {wheels} --requirement {wheels}/with-cameras.txt store-edge"
    assert any(f"--no-index --no-deps {wanted}" in act for act in acts)
    assert acts == [
        line.strip() for line in install("--dry-run", "--wheels", str(wheels)).stdout.splitlines()
    ]


@on_debian
def test_a_dry_run_of_the_checkout_takes_the_locked_versions() -> None:
    done = install("--dry-run")

    assert done.returncode == 0, done.stderr
    assert (
        " sync --frozen --quiet --no-dev --extra face --extra face-fast --no-editable "
        in done.stdout
    )


@on_debian
def test_a_store_without_cameras_leaves_out_what_only_they_need(tmp_path: Path) -> None:
    (tmp_path / "store_edge-0.0.0-py3-none-any.whl").write_bytes(b"not opened")

    locked, bare = install("--dry-run"), install("--dry-run", "--without-cameras")
    wheels = install("--dry-run", "--wheels", str(tmp_path), "--without-cameras")

    assert " --extra face --extra face-fast " in locked.stdout
    assert "--extra" not in bare.stdout
    assert f"{tmp_path}/without-cameras.txt" in wheels.stdout
    releases = [re.findall(r"releases/([0-9a-f]{12})", one.stdout)[0] for one in (locked, bare)]
    assert releases[0] != releases[1]


@on_debian
def test_uninstalling_keeps_what_the_store_knows_unless_it_is_told_otherwise() -> None:
    kept, purged = (
        install("--dry-run", "--uninstall"),
        install("--dry-run", "--uninstall", "--purge"),
    )

    assert kept.returncode == purged.returncode == 0
    sealed = "/etc/credstore.encrypted/store-edge.device-key"
    assert "/var/lib/store-edge" not in kept.stdout
    assert sealed not in kept.stdout
    assert "settings and state stay in" in kept.stderr
    assert f"rm -rf /etc/store-edge /var/lib/store-edge {sealed} " in purged.stdout


@pytest.mark.parametrize("options", [("--sideways",), ("--wheels",), ("--purge",)])
def test_a_wrong_command_line_is_refused_with_the_usage(options: tuple[str, ...]) -> None:
    done = install(*options)

    assert done.returncode == 2
    assert "scripts/install [--dry-run] --uninstall [--purge]" in done.stdout


@on_debian
def test_wheels_that_are_not_there_are_named() -> None:
    done = install("--dry-run", "--wheels", "/no/such/folder")

    assert done.returncode == 69
    assert "there is no folder '/no/such/folder'" in done.stderr
