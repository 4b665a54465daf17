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
def test_a_fresh_debian_becomes_a_healthy_appliance_and_its_faults_are_mended() -> None:
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if os.geteuid() != 0 or missing:
        pytest.skip(f"the lab needs root and {', '.join(PROGRAMS)}; missing: {missing}")

    done = subprocess.run(
        [str(ROOT / "scripts" / "lab")], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    named = re.search(r"(\d+) of (\d+) faults were named and mended", done.stdout)
    assert named is not None
    assert named[1] == named[2]
    assert int(named[2]) >= 15
