"""This is where a recording is replayed, or its events read, and the score is shown."""

import asyncio
import sys
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from edge.cli.output import terminal, write_json
from edge.cli.progress import Bar
from edge.cli.reporting.ledgers import open_ledger, zone_named
from edge.cli.reporting.rows import read_event_lines
from edge.cli.scoring.compare import Score, score_events
from edge.cli.scoring.table import write_score
from edge.cli.scoring.truth import Truth, read_truth
from edge.daemon.replay import Replay
from edge.driver.recording import Recording, open_recording
from edge.errors import RecordingError
from edge.model.customer import Role
from edge.model.names import CustomerId
from edge.store.reading import events


class SeedDelta(msgspec.Struct, frozen=True, kw_only=True):
    """What a score wants to know of one change in the seed: who is staff."""

    customer: CustomerId
    role: Role = Role.CUSTOMER


class SeedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One message of the seed."""

    deltas: tuple[SeedDelta, ...] = ()


def run_score(folder: Path, told: Path | None, *, as_json: bool) -> None:
    """Score a recording's folder and show the result.

    Raises: RecordingError, ConfigError, StoreError.
    """
    recording = open_recording(folder)
    truth = _truth(recording)
    zone = zone_named(recording.timezone)
    if told is not None:
        found = score_events(read_event_lines(told), truth, zone=zone)
    else:
        with TemporaryDirectory(prefix="edge-score-") as place:
            database = Path(place) / "edge.db"
            _replay(recording, database, as_json=as_json)
            with open_ledger(database) as reader:
                found = score_events(events(reader), truth, zone=zone)
    _show(found, recording, as_json=as_json)


def seed_staff(lines: Iterable[bytes], *, where: str) -> frozenset[CustomerId]:
    """Give the members of staff that a recording's seed names.

    Raises: RecordingError naming a line that is no message.
    """
    staff: set[CustomerId] = set()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            said = msgspec.json.decode(line, type=SeedLine)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise RecordingError(
                "cannot read the seed",
                where=f"{where}, line {number}",
                why=str(error),
                remedy="write one downlink message a line",
            ) from error
        staff.update(delta.customer for delta in said.deltas if delta.role is Role.STAFF)
    return frozenset(staff)


def _truth(recording: Recording) -> Truth:
    if recording.truth is None:
        raise RecordingError(
            "cannot score the recording",
            where=str(recording.folder),
            why="it has no truth.jsonl",
            remedy="add one, or score a folder that `edge simulate` wrote",
        )
    seed = b"" if recording.seed is None else recording.seed.read_bytes()
    staff = seed_staff(seed.splitlines(), where=str(recording.seed))
    return read_truth(recording.truth, staff=staff)


def _replay(recording: Recording, database: Path, *, as_json: bool) -> None:
    watched = not as_json and sys.stderr.isatty()
    with Bar(terminal(err=True)) if watched else nullcontext() as watcher:
        asyncio.run(Replay(recording, database=database).run(watcher))


def _show(found: Score, recording: Recording, *, as_json: bool) -> None:
    if as_json:
        write_json(found)
    else:
        write_score(found, heading=recording.store)
