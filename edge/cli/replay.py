"""This is where `edge replay` runs a recording through the real pipeline."""

from pathlib import Path

import click

from edge.cli.output import EdgeCommand, json_option


def _speed(_ctx: click.Context, _param: click.Parameter, value: str) -> float | None:
    if value == "max":
        return None
    try:
        factor = float(value)
    except ValueError:
        factor = 0.0
    if not factor > 0:
        raise click.BadParameter("give max, or a factor of real time above 0, as 60")
    return factor


@click.command(cls=EdgeCommand)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--speed", callback=_speed, default="max", show_default=True, metavar="max|FACTOR")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write one CloudEvent a line to this file.",
)
@click.option("--mqtt", metavar="URL", help="Deliver to a platform: mqtt://host:port.")
@click.option(
    "--database",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Ledger to write; by default one for this recording under the user's state folder.",
)
@click.option("--node", default="replay", show_default=True, help="This device's name in topics.")
@click.option(
    "--deliver-within",
    "patience_s",
    type=click.FloatRange(0),
    default=120.0,
    show_default=True,
    help="Seconds to wait at the end for the platform's acknowledgement of everything.",
)
@click.option("--watch", is_flag=True, help="Show the store live while it runs.")
@json_option
def replay(**options: object) -> None:
    """Run FOLDER through the same decoders, fusion, ledger and sync as a live day.

    A replay that was killed goes on where it was; the same recording gives the same events.
    """
    from edge.cli.replaying import run_replay  # noqa: PLC0415 - the pipeline loads when it runs

    run_replay(**options)  # type: ignore[arg-type] # click hands over what is declared above
