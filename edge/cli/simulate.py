"""This is where `edge simulate` makes up a store's day."""

from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final, cast

import click

from edge.cli.output import EdgeCommand, json_option, write_json, write_table
from edge.errors import ConfigError

GROUP: Final = "store_edge.simulators"
DAY: Final = "store_day"


@click.command(cls=EdgeCommand)
@click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder for the recording; it must be empty or not there yet.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same bytes.")
@click.option("--visitors", type=click.IntRange(0), default=200, show_default=True)
@click.option("--hours", type=click.FloatRange(0.1, 24), default=12.0, show_default=True)
@click.option(
    "--probe-frames", type=click.IntRange(1), default=None, help="Scale the Wi-Fi traffic to this."
)
@json_option
def simulate(
    *,
    folder: Path,
    seed: int,
    visitors: int,
    hours: float,
    probe_frames: int | None,
    as_json: bool,
) -> None:
    """Make up a store's day as a recording, with truth; no hardware needed."""
    if folder.is_dir() and any(folder.iterdir()):
        raise ConfigError(
            "cannot write a recording",
            where=str(folder),
            why="the folder is not empty",
            remedy="name another folder, or remove this one",
        )
    folder.mkdir(parents=True, exist_ok=True)
    summary = _simulator()(
        folder, seed=seed, visitors=visitors, hours=hours, probe_frames=probe_frames
    )
    if as_json:
        write_json(summary)
        return
    rows = [(name.replace("_", " "), f"{value:,}") for name, value in _figures(summary)]
    write_table(f"A day was written to {folder}", ("what", "how many"), rows, right=(1,))


def _figures(summary: Any) -> list[tuple[str, int]]:
    figures = [(name, getattr(summary, name)) for name in summary.__struct_fields__]
    return [(name, value) for name, value in figures if isinstance(value, int)]


def _simulator() -> Callable[..., Any]:
    for entry in entry_points(group=GROUP, name=DAY):
        return cast("Callable[..., Any]", entry.load())
    raise ConfigError(
        "cannot make up a day",
        why=f"no entry point {DAY!r} of the group {GROUP!r} is installed",
        remedy="install store-edge again",
    )
