"""What every test may lean on: real captures and a folder of the checkout."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def captures() -> Path:
    """Give the folder of real captures, or skip where this machine has none."""
    folder = Path(os.environ.get("STORE_EDGE_CAPTURES", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real captures are not on this machine ({folder}); set STORE_EDGE_CAPTURES")
    return folder
