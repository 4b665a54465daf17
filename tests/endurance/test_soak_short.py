"""Every live driver at once under `edge run`, with its sources broken: the soak's short form."""

import asyncio
import tempfile
from pathlib import Path

import pytest

from tests.endurance.soak import soak, why_not
from tests.endurance.verdict import judge


@pytest.mark.broker
@pytest.mark.timeout(400)
def test_nothing_is_lost_or_hidden_while_sources_are_broken_every_few_seconds() -> None:
    if why := why_not():
        pytest.skip(why)

    # pytest's own folders are too deep for a socket's name.
    with tempfile.TemporaryDirectory(prefix="soak") as folder:
        story = asyncio.run(soak(Path(folder), minutes=0.5, seed=1, say=print))

    assert sum(len(source.outages) for source in story.lines.all()) >= 3
    assert [claim for claim in judge(story) if not claim.holds] == []


@pytest.mark.endurance
@pytest.mark.broker
@pytest.mark.timeout(1200)
def test_ten_minutes_under_faults_leave_one_daemon_that_tells_the_truth() -> None:
    if why := why_not():
        pytest.skip(why)

    with tempfile.TemporaryDirectory(prefix="soak") as folder:
        story = asyncio.run(soak(Path(folder), minutes=10, seed=2, say=print))

    assert sum(len(source.outages) for source in story.lines.all()) >= 60
    assert [claim for claim in judge(story) if not claim.holds] == []
