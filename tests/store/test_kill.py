"""A kill at any moment loses nothing that was said to be kept."""

import random
import subprocess
import sys
from pathlib import Path

from edge.store import reading
from edge.store.database import Store

APPENDER = Path(__file__).parent / "appender.py"
ROOT = APPENDER.parents[2]
ROUNDS = 6


def run_and_kill(path: Path, *, lines: int) -> int:
    """Let a child append until it has said so many numbers, then kill it; give the last one."""
    command = [sys.executable, str(APPENDER), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
        assert child.stdout is not None
        for _ in range(lines):
            said = child.stdout.readline()
        child.kill()
        said = ([said, *child.stdout.read().splitlines()])[-1] or said
    return int(said.split()[0])


def test_a_killed_writer_has_kept_what_it_said_whole_and_in_order(path: Path) -> None:
    chance = random.Random(20261122)

    for _ in range(ROUNDS):
        said = run_and_kill(path, lines=chance.randint(1, 60))

        with Store.open(path) as store:
            reader = store.reader()
            sequences = [row.sequence for row in reading.events(reader)]
            visits = list(reading.visits(reader))
            waiting = [row.sequence for row in store.outbox.peek(reader, after=0, limit=10**6)]
            faults = reading.faults(reader)
            reader.close()
            snapshot = store.ledger.snapshot()

        last = len(sequences)
        assert said <= last
        assert sequences == list(range(1, last + 1))
        assert snapshot is not None
        assert snapshot.position * 2 == last
        assert len(visits) * 2 == last
        assert all(visit.ended_ms is not None for visit in visits)
        assert waiting == list(range(waiting[0], last + 1))
        assert faults == []
