"""What the doctor's tests share: a machine in a folder, and a real broker."""

from pathlib import Path

import pytest

from tests.daemon.doctor.ward import Ward
from tests.sync.conftest import mosquitto

__all__ = ["mosquitto", "ward"]


@pytest.fixture
def ward(tmp_path: Path) -> Ward:
    return Ward(tmp_path / "machine with spaces")
