"""This is where `edge counts` publishes figures that give nobody away."""

from pathlib import Path
from typing import Any, Final

import click

from edge.cli.asking import state_option
from edge.cli.lazy import LazyGroup
from edge.cli.output import EdgeCommand, write_table
from edge.cli.writing import write_over
from edge.privacy.published import THRESHOLD

COUNTS_COMMANDS: Final = {
    "publish": ("edge.cli.counts:publish", "Publish a day's footfall with noise and a threshold."),
}
COLUMNS: Final = ("hour", "door", "entered", "left", "coverage")


@click.group(cls=LazyGroup, lines=COUNTS_COMMANDS)
def counts() -> None:
    """Publish figures that give nobody away."""


@click.command(cls=EdgeCommand)
@click.option("--day", required=True, metavar="YYYY-MM-DD", help="A day that is over.")
@click.option(
    "--epsilon",
    default="1",
    show_default=True,
    help="What the figures cost of the day's budget of 1; more is nearer to the truth.",
)
@click.option(
    "--k",
    "threshold",
    type=click.IntRange(min=0),
    default=THRESHOLD,
    show_default=True,
    metavar="K",
    help="A figure below K is left out.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file, ending in .csv or .json; else a table is shown.",
)
@state_option
def publish(day: str, epsilon: str, threshold: int, out: Path | None, state: Path) -> None:
    """Publish the footfall of a day, hour by hour and door by door.

    Every figure carries noise (discrete Laplace, for two visits of one person), and one below K is
    left out. The same order gives the same figures again and costs nothing. Once the day's budget
    is spent, no other order is taken; the exit status is 78 then.
    """
    told = _order(state, {"day": day, "epsilon": epsilon, "threshold": threshold})
    if out is None:
        rows = [tuple(_word(one[name]) for name in COLUMNS) for one in told["figures"]]
        write_table(f"{told['store']} {day}", COLUMNS, rows, right=(2, 3, 4))
        return
    if out.suffix == ".csv":
        lines = [",".join(COLUMNS)]
        lines += [",".join(_field(one[name]) for name in COLUMNS) for one in told["figures"]]
        text = "\r\n".join([*lines, ""]).encode()
    else:
        import msgspec  # noqa: PLC0415 - loads when it runs

        text = msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n"
    write_over(out, text, what="the figures")


def _order(state: Path, wanted: dict[str, Any]) -> dict[str, Any]:
    """Have figures released, by the daemon where it runs."""
    from edge.daemon.counts import CountsOrder  # noqa: PLC0415 - loads when it runs
    from edge.daemon.counts_offline import release  # noqa: PLC0415 - likewise
    from edge.daemon.ordering import have_done  # noqa: PLC0415 - likewise

    return have_done(state, wanted, name="counts", kind=CountsOrder, offline=release)


def _word(value: Any) -> str:
    return "-" if value is None else str(value)


def _field(value: Any) -> str:
    """Write a value as RFC 4180 has it."""
    text = "" if value is None else str(value)
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if set(text) & set(',"\r\n') else text
