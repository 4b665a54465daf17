"""The installed service under a real systemd, in a container: see scripts/lab."""

import os
import re
import shutil
import subprocess

import pytest

from tests.systemd.units import ROOT

PROGRAMS = ("systemd-nspawn", "mmdebstrap", "nsenter")


@pytest.mark.endurance
@pytest.mark.timeout(900)
@pytest.mark.parametrize("release", ["bookworm", "trixie"])
def test_a_fresh_debian_becomes_a_healthy_appliance_and_its_faults_are_mended(
    release: str,
) -> None:
    done = lab("--release", release)

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    named = re.search(r"(\d+) of (\d+) faults were named and mended", done.stdout)
    assert named is not None
    assert named[1] == named[2]
    assert int(named[2]) >= 22


@pytest.mark.endurance
@pytest.mark.timeout(900)
@pytest.mark.parametrize("release", ["bookworm", "trixie"])
def test_a_checkout_and_a_network_are_enough(release: str) -> None:
    done = lab("--online", "--release", release)

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "all of it holds" in done.stderr


def lab(*options: str) -> subprocess.CompletedProcess[str]:
    """Run the lab, or skip where this machine cannot."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if os.geteuid() != 0 or missing:
        pytest.skip(f"the lab needs root and {', '.join(PROGRAMS)}; missing: {missing}")

    return subprocess.run(
        [str(ROOT / "scripts" / "lab"), *options], capture_output=True, text=True, check=False
    )
