"""This is where `edge notice` writes what customers have to be told, from the settings in force."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from edge.cli.asking import settings_option, state_option
from edge.cli.lazy import LazyGroup
from edge.cli.output import EdgeCommand, json_option, say, write_json
from edge.cli.writing import write_over

if TYPE_CHECKING:
    from edge.privacy.notice import Notice

NOTICE_COMMANDS: Final = {
    "publish": (
        "edge.cli.notice:publish",
        "Write the notice that customers are shown from now on.",
    ),
}


class NoticeGroup(EdgeCommand, LazyGroup):
    """A group that is a command too; it says its errors in full."""


@click.group(cls=NoticeGroup, lines=NOTICE_COMMANDS, invoke_without_command=True)
@settings_option
@state_option
@click.option("--lang", metavar="de,en,…", help="The languages; else those of the settings.")
@click.option(
    "--kind",
    type=click.Choice(("sign", "page")),
    default="sign",
    show_default=True,
    help="The sign for the door, or the page that its code leads to.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The file.")
@json_option
@click.pass_context
def notice(ctx: click.Context, /, settings: Path, state: Path, **wanted: Any) -> None:
    """Write what customers have to be told: which sensors, what for, how long, the ways out.

    It follows from the settings and the policy in force, so that it says what is really done: the
    sign (A4) or the whole page as one self-contained HTML file, ready to print.
    """
    if ctx.invoked_subcommand is None:
        _show(settings, state, **wanted)


def _show(
    settings: Path, state: Path, *, lang: str | None, kind: str, out: Path | None, as_json: bool
) -> None:
    from edge.config.notices import load_notice_words  # noqa: PLC0415 - loads when it runs
    from edge.privacy.notice import version_of  # noqa: PLC0415 - likewise
    from edge.privacy.notice_page import page, sign  # noqa: PLC0415 - likewise

    told = _live(settings, state)
    version = version_of(told)
    if as_json:
        write_json({"version": version, "notice": told})
        return
    names = told.languages if lang is None else tuple(lang.replace(" ", "").split(","))
    languages = [(name, load_notice_words(name)) for name in names]
    if kind == "page":
        text = page(told, languages, version=version)
    else:
        text = sign(told, languages, version=version, code=_code(told.url))
    if out is None:
        click.echo(text, nl=False)
    else:
        write_over(out, text.encode(), what="the notice")


@click.command(cls=EdgeCommand)
@settings_option
@state_option
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file that [notice] published names; else notice.json in the state folder.",
)
@json_option
def publish(settings: Path, state: Path, out: Path | None, *, as_json: bool) -> None:
    """Write the notice with its version into a file: this is what customers are shown from now on.

    Hang the sign out first. A source that the published notice does not tell of does not start.
    """
    from edge.daemon.clock import system_clock  # noqa: PLC0415 - loads when it runs
    from edge.daemon.notices import publish_notice  # noqa: PLC0415 - likewise
    from edge.model.names import Instant  # noqa: PLC0415 - likewise

    file = state / "notice.json" if out is None else out
    version = publish_notice(_live(settings, state), file, at=system_clock(Instant(0)).now())
    if as_json:
        write_json({"version": version, "file": file})
        return
    say(f"version {version} is published in {file}")
    say(f'the settings need: [notice] published = "{file}"; then run: edge reload')


def _live(settings: Path, state: Path) -> "Notice":
    """Give the notice of the settings and of all that the policy permits.

    What is in force cannot be asked: a purpose comes into force once a notice has told of it.
    """
    from edge.daemon.notices import notice_of  # noqa: PLC0415 - loads when it runs
    from edge.daemon.policy_force import read_force  # noqa: PLC0415 - likewise

    found = read_force(settings, state)
    return notice_of(found.settings, found.force.permitted)


def _code(url: str) -> str:
    """Give the drawing of the code that leads to the page; empty where there is no page."""
    if not url:
        return ""
    import segno  # noqa: PLC0415 - loads when it runs

    drawn: str = segno.make(url, error="m", micro=False).svg_inline(scale=4, border=4)
    return drawn
