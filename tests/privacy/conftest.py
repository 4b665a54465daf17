"""What the tests of the running daemon lean on."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sync.conftest import (
    mosquitto,  # noqa: F401 - a fixture
    pytest_pyfunc_call,  # noqa: F401 - runs the tests that are coroutines
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder whose path leaves room for a unix socket's name."""
    place = Path(tempfile.mkdtemp(prefix="se-", dir="/tmp"))
    yield place
    shutil.rmtree(place)
