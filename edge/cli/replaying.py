"""This is where a replay is run for a person who watches, or for a program."""

import asyncio
import os
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from edge.cli.live import StoreView
from edge.cli.output import terminal, write_json, write_table
from edge.cli.progress import Bar
from edge.daemon.delivery import Destination
from edge.daemon.ledgers import open_reader
from edge.daemon.places import remember_latest, replay_database
from edge.daemon.replay import Replay, ReplayResult, Watcher
from edge.driver.recording import Recording, open_recording
from edge.errors import SourceFault
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
    watch: bool,
    as_json: bool,
) -> None:
    """Replay a recording, show how far it is, deliver and write what was asked for, sum up."""
    recording = open_recording(folder)
    path = database or replay_database(folder)
    destination = None
    if mqtt is not None:
        destination = Destination(url=mqtt, store=recording.store, node=node, patience_s=patience_s)
    replay = Replay(recording, database=path, speed=speed, destination=destination)
    with _watcher(recording, watch=watch, as_json=as_json) as watcher:
        result = asyncio.run(replay.run(watcher))
    if database is None:
        remember_latest(path)
    if out is not None:
        export(path, out, source=EventSource(store=result.store, node=node, epoch=result.epoch))
    if as_json:
        write_json(result)
    else:
        _tell(result, out=out)
    if result.delivered is not None and result.delivered.waiting:
        raise _undelivered(result.delivered.waiting, url=mqtt or "")


def export(database: Path, out: Path, *, source: EventSource) -> int:
    """Write the whole ledger, one CloudEvent a line; the file appears only when it is complete."""
    partial = out.with_name(f"{out.name}.partial")
    reader = open_reader(database)
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


def _watcher(
    recording: Recording, *, watch: bool, as_json: bool
) -> AbstractContextManager[Watcher | None]:
    if as_json:
        return nullcontext()
    if watch:
        return StoreView(terminal(), store=recording.store, timezone=recording.timezone)
    return Bar(terminal(err=True)) if sys.stderr.isatty() else nullcontext()


def _undelivered(waiting: int, *, url: str) -> SourceFault:
    return SourceFault(
        "not everything was acknowledged",
        where=url,
        why=f"{waiting} events still wait in the outbox",
        remedy="see that the platform runs, then repeat the command: nothing is lost",
    )


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
    if result.delivered is not None:
        rows.append(("acknowledged by the platform", f"{result.delivered.acknowledged:,}"))
        rows.append(("waiting in the outbox", f"{result.delivered.waiting:,}"))
    if out is not None:
        rows.append(("events written to", str(out)))
    write_table(f"Replayed {result.store}", ("what", "how much"), rows, right=(1,))
    if result.faces:
        faces = [(what, f"{count:,}") for what, count in result.faces.items()]
        write_table("Faces in view", ("what became of them", "count"), faces, right=(1,))
    if result.refused:
        refused = [(reason, f"{count:,}") for reason, count in result.refused.items()]
        write_table("Not used", ("reason", "count"), refused, right=(1,))
    for warning in result.warnings:
        terminal(err=True).print(f"note: {warning}", markup=False)
