"""This is where a recording is run for a person who watches, or for a program."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from rich.live import Live
from rich.markup import escape
from rich.table import Table

from edge.cli.output import terminal, write_json, write_table
from edge.config.load import load_settings
from edge.config.policies import load_policy
from edge.daemon.clock import system_clock
from edge.daemon.recording import (
    Onlooker,
    Order,
    Progress,
    RecordedSource,
    check_video,
    choose,
    record,
)
from edge.daemon.recording_service import held_note, held_sources
from edge.daemon.registry import load_driver
from edge.daemon.run_logs import begin_logs
from edge.model.names import Instant

ENDINGS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
MINUTE_S: Final = 60


def run_recording(
    *,
    folder: Path,
    minutes: float | None,
    names: tuple[str, ...],
    settings: Path,
    state: Path,
    with_video: bool,
    as_json: bool,
) -> None:
    """Record until the time is over or a signal comes, show how far it is, sum up."""
    told = load_settings(settings)
    if with_video:
        check_video(load_policy(told.store.policy)[0])
    chosen = frozenset(source.name for source in choose(told.sources, names))
    held = held_sources(state)
    order = Order(
        folder=folder,
        settings=told,
        names=names,
        lasts_s=None if minutes is None else minutes * MINUTE_S,
        find=load_driver,
        chance=random.SystemRandom().random,
        with_video=with_video,
        held=held,
    )
    is_watched = sys.stderr.isatty() and not as_json
    begin_logs(os.environ, level="error" if is_watched else "warning")
    _note(held_note(held, chosen))
    with _view(is_watched=is_watched) as onlooker:
        progress = asyncio.run(_until_stopped(order, onlooker))
    if as_json:
        write_json(progress)
    else:
        _sum_up(progress)


async def _until_stopped(order: Order, onlooker: Onlooker) -> Progress:
    """Record; a second signal ends the process at once, for whoever cannot wait."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()

    def stop() -> None:
        stopped.set()
        for number in ENDINGS:
            loop.remove_signal_handler(number)

    for number in ENDINGS:
        loop.add_signal_handler(number, stop)
    clock = system_clock(Instant(0))
    return await record(order, clock=clock, stopped=stopped, onlooker=onlooker)


@contextmanager
def _view(*, is_watched: bool) -> Iterator[Onlooker]:
    if not is_watched:
        yield lambda _: None
        return
    with Live(console=terminal(err=True), auto_refresh=False, transient=True) as live:
        yield partial(_show, live)


def _show(live: Live, progress: Progress) -> None:
    live.update(draw(progress), refresh=True)


def draw(progress: Progress) -> Table:
    """Draw how a recording goes."""
    heading = f"recording for {_clock(progress.seconds)}; Ctrl-C ends it"
    table = Table(title=heading, caption=escape("\n".join(progress.notes)))
    for name in ("source", "recorded", "state", "why", "what mends it"):
        table.add_column(name, justify="right" if name == "recorded" else "left")
    for one in progress.sources:
        why = one.reason if one.remedy else ""
        cells = (one.name, f"{one.recorded:,}", one.state, why, one.remedy)
        table.add_row(*(escape(cell) for cell in cells))
    return table


def _sum_up(progress: Progress) -> None:
    rows = [
        (one.name, f"{one.recorded:,}", _counts(one), one.state, one.remedy)
        for one in progress.sources
    ]
    columns = ("source", "recorded", "what was in it", "state", "what mends it")
    heading = f"Recorded {_clock(progress.seconds)} to {progress.folder}"
    write_table(heading, columns, rows, right=(1,))
    for note in progress.notes:
        _note(note)


def _counts(one: RecordedSource) -> str:
    closed = {"outside opening hours, not recorded": one.outside_hours}
    told = {**one.counts, **one.refused, **closed}
    return ", ".join(f"{count:,} {kind}" for kind, count in told.items() if count)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), MINUTE_S)
    hours, minutes = divmod(minutes, MINUTE_S)
    return f"{hours}:{minutes:02d}:{rest:02d}"


def _note(text: str) -> None:
    if text:
        terminal(err=True).print(f"note: {text}", markup=False, soft_wrap=True)
