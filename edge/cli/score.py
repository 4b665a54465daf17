"""This is where `edge score` holds a recording's events against its truth."""

from pathlib import Path

import click

from edge.cli.output import EdgeCommand, json_option


@click.command(cls=EdgeCommand)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--events",
    "told",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Score the CloudEvents of this file, one a line, instead of a fresh replay.",
)
@json_option
def score(folder: Path, told: Path | None, *, as_json: bool) -> None:
    """Replay FOLDER into a ledger of its own and compare it with FOLDER/truth.jsonl.

    A part of the truth that is missing gives figures without a value and with the reason.
    """
    from edge.cli.scoring.run import run_score  # noqa: PLC0415 - the pipeline loads when it runs

    run_score(folder, told, as_json=as_json)
