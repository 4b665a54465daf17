"""One made-up day, written once for all tests that only read it."""

from pathlib import Path

import msgspec
import pytest

from drivers.simulated.day import write_day
from drivers.simulated.summary import DaySummary


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A written day and what was said about it."""

    folder: Path
    summary: DaySummary
    progress: list[float]


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("simulated") / "day"
    progress: list[float] = []
    summary = write_day(folder, seed=7, visitors=160, progress=progress.append)
    return Written(folder=folder, summary=summary, progress=progress)
