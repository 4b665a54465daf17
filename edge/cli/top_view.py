"""This is where the daemon's reports follow each other on the screen."""

import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.live import Live

from edge.cli.output import say, terminal
from edge.cli.status_view import draw, read_report
from edge.daemon.control_client import ask


def show(state: Path, *, period_s: float, times: int | None, as_json: bool) -> None:
    """Ask again and again: a live table on a terminal, a line a look elsewhere.

    Raises: ConfigError where no daemon answers, or it ended.
    """
    answers = _answers(state, period_s=period_s, times=times)
    screen = terminal()
    try:
        if as_json:
            for answer in answers:
                click.echo(msgspec.json.encode(answer).decode())
        elif screen.is_terminal:
            with Live(console=screen, screen=True, auto_refresh=False) as live:
                for answer in answers:
                    live.update(draw(read_report(answer)), refresh=True)
        else:
            for answer in answers:
                report = read_report(answer)
                say(f"{report.at}  {report.line()}")
    except KeyboardInterrupt:
        return  # how it is meant to end


def _answers(state: Path, *, period_s: float, times: int | None) -> Iterator[Any]:
    for look in count(1):
        yield ask(state, "status")
        if look == times:
            return
        time.sleep(period_s)
