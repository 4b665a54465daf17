"""This is where the command `edge` begins; a command's own module loads when it is called."""

from typing import Final

import click

from edge import __version__
from edge.cli.lazy import LazyGroup

COMMANDS: Final = {
    "audit": ("edge.cli.audit:audit", "Read what the appliance did with people's data."),
    "backup": ("edge.cli.backup:backup", "Copy the database, without anybody in the copy."),
    "counts": ("edge.cli.counts:counts", "Publish figures that give nobody away."),
    "customer": ("edge.cli.customer:customer", "Show, hand out or erase what is held of somebody."),
    "decode": ("edge.cli.decode:decode", "Decode a recorded file and count what is in it."),
    "doctor": ("edge.cli.doctor:doctor", "Say what is wrong with this machine, and what mends it."),
    "drivers": ("edge.cli.drivers:drivers", "List the installed drivers."),
    "explain": ("edge.cli.explain:explain", "Tell a visit's story: the evidence, in words."),
    "face": ("edge.cli.face:face", "Enrol customers' faces, and look at face engines."),
    "key": ("edge.cli.key:key", "Look after the key that persons' data is sealed with."),
    "notice": ("edge.cli.notice:notice", "Write what customers have to be told."),
    "now": ("edge.cli.now:now", "Say in one sentence how things stand in the store."),
    "platform": ("edge.cli.platform:platform", "Run the reference platform, or talk as one."),
    "policy": ("edge.cli.policy:policy", "Say what is allowed now, and why."),
    "privacy": ("edge.cli.privacy:privacy", "Show, prove and steer what is done with people."),
    "record": ("edge.cli.record:record", "Record live sources, without anybody in them."),
    "reload": ("edge.cli.reload:reload", "Have the running daemon read its settings anew."),
    "replay": ("edge.cli.replay:replay", "Run a recording through the real pipeline."),
    "report": ("edge.cli.report:report", "Draw a day as one self-contained HTML page."),
    "run": ("edge.cli.run:run", "Run the store live, as the service does."),
    "score": ("edge.cli.score:score", "Hold a replay against the recording's truth."),
    "simulate": ("edge.cli.simulate:simulate", "Make up a store's day as a recording, with truth."),
    "sources": ("edge.cli.sources:sources", "Find sensors and write them into the settings."),
    "status": ("edge.cli.status:status", "Show how the running daemon is, and what mends it."),
    "support": ("edge.cli.support:support", "Tell support how it is, without anybody in it."),
    "top": ("edge.cli.top:top", "Show the running daemon live."),
    "watch": ("edge.cli.watch:watch", "Show what a source notices, without identifiers."),
}
"""Every command: where it lives and its line in the help."""

HELP: Final = """In-store edge appliance: consented presence sensing into visit events.

\b
Begin with:       edge simulate --out day && edge replay day && edge score day
On an appliance:  edge doctor && edge status
"""
"""The control character tells click to keep the lines as they are."""


@click.group(
    cls=LazyGroup,
    lines=COMMANDS,
    help=HELP,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="edge")
def main() -> None:
    """Begin every command."""
