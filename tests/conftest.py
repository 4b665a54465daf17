"""What every test may lean on: real captures and a folder of the checkout."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.lab.slowness import SLOWNESS

ROOT = Path(__file__).resolve().parent.parent

settings.register_profile("slow", max_examples=5, deadline=None, database=None)
if SLOWNESS in os.environ:
    settings.load_profile("slow")


@pytest.fixture(scope="session")
def captures() -> Path:
    """Give the folder of real captures, or skip where this machine has none."""
    folder = Path(os.environ.get("STORE_EDGE_CAPTURES", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real captures are not on this machine ({folder}); set STORE_EDGE_CAPTURES")
    return folder
