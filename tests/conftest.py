"""What every test may lean on: real captures and a folder of the checkout."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.lab.slowness import SLOWNESS

ROOT = Path(__file__).resolve().parent.parent

# How fast examples are made turns on the machine, and on whether tables of characters are made
# first, as in a fresh checkout.
settings.register_profile("usual", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("slow", settings.get_profile("usual"), max_examples=5, database=None)
settings.load_profile("slow" if SLOWNESS in os.environ else "usual")


@pytest.fixture(scope="session")
def captures() -> Path:
    """Give the folder of real captures, or skip where this machine has none."""
    folder = Path(os.environ.get("STORE_EDGE_CAPTURES", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real captures are not on this machine ({folder}); set STORE_EDGE_CAPTURES")
    return folder
