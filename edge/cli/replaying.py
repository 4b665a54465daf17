"""This is where a replay is run for a person who watches, or for a program."""

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from edge.cli.output import terminal, write_json, write_table
from edge.cli.progress import Bar, silent
from edge.daemon.places import remember_latest, replay_database
from edge.daemon.replay import Replay, ReplayProgress, ReplayResult
from edge.driver.recording import open_recording
from edge.store.engine import connect_reader
from edge.store.reading import events
from edge.sync.cloudevents import EventSource, encode_event


def run_replay(
    *,
    folder: Path,
    speed: float | None,
    out: Path | None,
    mqtt: str | None,
    database: Path | None,
    node: str,
    patience_s: float,
    as_json: bool,
) -> None:
    """Replay a recording, show how far it is, deliver and write what was asked for, sum up."""
    path = database or replay_database(folder)
    replay = Replay(open_recording(folder), database=path, speed=speed)
    with _bar(as_json=as_json) as on_progress:
        result = asyncio.run(replay.run(on_progress=on_progress))
    if database is None:
        remember_latest(path)
    if out is not None:
        export(path, out, source=EventSource(store=result.store, node=node, epoch=result.epoch))
    if as_json:
        write_json(result)
    else:
        _tell(result, out=out)
    del mqtt, patience_s


def export(database: Path, out: Path, *, source: EventSource) -> int:
    """Write the whole ledger, one CloudEvent a line; the file appears only when it is complete."""
    partial = out.with_name(f"{out.name}.partial")
    reader = connect_reader(database)
    count = 0
    try:
        with partial.open("wb") as file:
            for row in events(reader):
                file.write(encode_event(row, source=source) + b"\n")
                count += 1
    finally:
        reader.close()
    os.replace(partial, out)  # noqa: PTH105 - one step, whatever stood there before
    return count


def _bar(*, as_json: bool) -> AbstractContextManager[Callable[[ReplayProgress], None]]:
    if as_json or not sys.stderr.isatty():
        return nullcontext(silent)
    return Bar(terminal(err=True))


def _tell(result: ReplayResult, *, out: Path | None) -> None:
    rows = [
        ("observations", f"{result.observations:,}"),
        ("frames, adverts and lines", f"{result.heard:,}"),
        ("events in the ledger", f"{result.events:,}"),
        ("came too late", f"{result.late:,}"),
        ("seconds", f"{result.seconds:.1f}"),
        ("database", result.database),
    ]
    if result.resumed_at:
        rows.insert(0, ("went on after observation", f"{result.resumed_at:,}"))
    if out is not None:
        rows.append(("events written to", str(out)))
    write_table(f"Replayed {result.store}", ("what", "how much"), rows, right=(1,))
    if result.refused:
        refused = [(reason, f"{count:,}") for reason, count in result.refused.items()]
        write_table("Not used", ("reason", "count"), refused, right=(1,))
    for warning in result.warnings:
        terminal(err=True).print(f"note: {warning}", markup=False)
