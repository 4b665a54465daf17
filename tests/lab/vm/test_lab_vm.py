"""The drivers on a kernel with radios of software, in an emulated machine: see scripts/lab_vm."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent.parent
PROGRAMS = ("qemu-system-x86_64", "mmdebstrap", "busybox", "cpio", "depmod", "mke2fs")


@pytest.mark.endurance
@pytest.mark.timeout(1200)
def test_drivers_and_daemon_hear_what_software_radios_send() -> None:
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if os.geteuid() != 0 or missing:
        pytest.skip(f"the lab needs root and {', '.join(PROGRAMS)}; missing: {missing}")

    done = subprocess.run(
        [str(ROOT / "scripts" / "lab_vm")], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert "ok  wifi_monitor: the same addresses" in done.stdout
    assert "ok  wifi_link: joined and left" in done.stdout
    assert "ok  ble_scan, passively: advertised ids" in done.stdout
