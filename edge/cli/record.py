"""This is where `edge record` records live sources, and counts people beside them."""

from pathlib import Path

import click

from edge.cli.asking import state_option
from edge.cli.output import EdgeCommand, json_option

SETTINGS = Path("/etc/store-edge/edge.toml")


class Recording(click.Group):
    """A group whose first word may be a folder: then it is recorded to."""

    command_class = EdgeCommand

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give a command; every other word is a folder for `begin`."""
        return super().get_command(ctx, cmd_name) or begin

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take `FOLDER …` for `begin FOLDER …`."""
        words = args if args[0] in self.commands else ["begin", *args]
        return super().resolve_command(ctx, words)


def _names(_ctx: click.Context, _param: click.Parameter, value: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(",") if name.strip())


@click.group(cls=Recording, context_settings={"ignore_unknown_options": True})
def record() -> None:
    """Record live sources so that a day can be replayed, without anybody in it.

    `edge record FOLDER` is short for `edge record begin FOLDER`.
    """


@record.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--minutes",
    type=click.FloatRange(0, min_open=True),
    help="End by itself; without it, Ctrl-C or SIGTERM ends it.",
)
@click.option(
    "--sources",
    "names",
    callback=_names,
    default="",
    metavar="A,B",
    help="Record these sources only.",
)
@click.option(
    "--settings",
    type=click.Path(dir_okay=False, path_type=Path),
    default=SETTINGS,
    show_default=True,
    help="The store's settings; drop-ins lie in <name>.d/ beside it.",
)
@click.option(
    "--with-video",
    is_flag=True,
    help="Record cameras too, pictures of people and all; the policy must permit it.",
)
@state_option
@json_option
def begin(**options: object) -> None:
    """Record live sources to FOLDER, which is empty or not there yet.

    Addresses and codes are replaced under a key that is thrown away, names are blanked, nobody is
    looked up, and nothing is recorded outside opening hours. Cameras are left out unless ordered.

    The service may run meanwhile; what it holds for itself, as a serial port, is not recorded then.
    """
    from edge.cli.recording import run_recording  # noqa: PLC0415 - the daemon loads when it runs

    run_recording(**options)  # type: ignore[arg-type] # click hands over what is declared above


@record.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("kind", required=False, type=click.Choice(["entered", "left"]))
def tap(folder: Path, kind: str | None) -> None:
    """Count people by hand into the truth of FOLDER, for `edge score`.

    Without a kind it reads keys: i for in, o for out, q to end.
    """
    from edge.cli.tapping import run_tap  # noqa: PLC0415 - loads when it runs

    run_tap(folder, kind)
