"""The first load of customers, under kills: the bench's short form."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "scripts" / "bench" / "customers.py"
COUNT = 6_000
LARGEST_MB = 400


@pytest.mark.broker
@pytest.mark.timeout(600)
def test_a_first_load_that_is_killed_every_two_seconds_ends_with_what_was_sent() -> None:
    if shutil.which("mosquitto") is None and not Path("/usr/sbin/mosquitto").exists():
        pytest.skip("there is no mosquitto here")

    done = subprocess.run(
        [sys.executable, BENCH, "--json", "--customers", str(COUNT), "--kills", "--every", "2"],
        capture_output=True,
        text=True,
        check=False,
        timeout=580,
    )

    assert done.returncode == 0, done.stderr
    runs = json.loads(done.stdout)["runs"]
    assert runs["killed"]["kills"] >= 1
    assert runs["undisturbed"]["digest"] == runs["killed"]["digest"]
    assert {run["kept"] for run in runs.values()} == {COUNT}
    assert max(run["peak_mb"] for run in runs.values()) < LARGEST_MB
