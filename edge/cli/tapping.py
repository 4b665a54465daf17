"""This is where people are counted by key presses, one key a person."""

import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from edge.daemon.clock import system_clock
from edge.daemon.recording_taps import Count, Tap, add_tap
from edge.errors import ConfigError
from edge.model.names import Instant

KEYS: Final = {"i": Tap.ENTERED, "o": Tap.LEFT}
ENDS: Final = frozenset({"q", "\x04", ""})
"""q, Ctrl-D, and the end of the input."""


def run_tap(folder: Path, kind: str | None) -> None:
    """Count one person, or read keys until the end."""
    clock = system_clock(Instant(0))
    if kind is not None:
        _say(add_tap(folder, Tap(kind), clock=clock))
        click.echo("")
        return
    if not sys.stdin.isatty():
        raise ConfigError(
            "cannot read keys",
            where="standard input",
            why="it is no terminal",
            remedy="name the kind: edge record tap FOLDER entered",
        )
    with single_keys():
        # Not before: keys that came earlier are dropped.
        click.echo("i: somebody came in   o: somebody went out   q: end")
        count_keys(lambda: sys.stdin.read(1), lambda tap: add_tap(folder, tap, clock=clock))
    click.echo("")


def count_keys(read: Callable[[], str], add: Callable[[Tap], Count]) -> None:
    """Take keys until one ends it; keys without a meaning are passed over."""
    while (key := read().lower()) not in ENDS:
        if key in KEYS:
            _say(add(KEYS[key]))


@contextmanager
def single_keys() -> Iterator[None]:
    """Have the terminal give each key at once, and as before afterwards."""
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _say(count: Count) -> None:
    told = f"in {count.entered}, out {count.left}, inside {count.inside}"
    click.echo(f"\r{told}   ", nl=False)
