"""This is where `edge run` starts the daemon."""

from pathlib import Path

import click

from edge.cli.output import EdgeCommand

LEVELS = ("debug", "info", "warning", "error")


@click.command(cls=EdgeCommand)
@click.option(
    "--settings",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("/etc/store-edge/edge.toml"),
    show_default=True,
    help="The store's settings; drop-ins lie in <name>.d/ beside it.",
)
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("/var/lib/store-edge"),
    show_default=True,
    help="Where ledger, key and control socket lie; one daemon alone works on it.",
)
@click.option(
    "--trust-clock",
    is_flag=True,
    help="Take the system's clock for synchronised: something else than this machine keeps it.",
)
@click.option("--log-level", type=click.Choice(LEVELS), default="info", show_default=True)
def run(settings: Path, state: Path, log_level: str, *, trust_clock: bool) -> None:
    """Run the store live until SIGTERM or Ctrl-C; SIGHUP reads the settings anew.

    It starts without broker, network or adapter, and `edge status` says what is missing.
    """
    from edge.cli.running import run_daemon  # noqa: PLC0415 - the daemon loads when it runs

    run_daemon(settings, state, level=log_level, trust_clock=trust_clock)
