"""This is where `edge key` looks after the key that everything of persons is sealed with."""

from pathlib import Path
from typing import Final

import click

from edge.cli.asking import state_option
from edge.cli.lazy import LazyGroup
from edge.cli.output import EdgeCommand, json_option, say, write_json

KEY_COMMANDS: Final = {
    "renew": (
        "edge.cli.key:renew",
        "Begin anew after a key was lost, or a damaged ledger replaced.",
    ),
    "show": ("edge.cli.key:show", "Say where the key lies, and whether it fits."),
}


@click.group(cls=LazyGroup, lines=KEY_COMMANDS)
def key() -> None:
    """Look after the key that everything of persons is sealed with."""


@click.command(cls=EdgeCommand)
@state_option
@json_option
def show(state: Path, *, as_json: bool) -> None:
    """Say where the device key lies, and whether it fits the database; never the key itself."""
    from edge.daemon.keys import key_of  # noqa: PLC0415 - loads when it runs
    from edge.daemon.places import DATABASE  # noqa: PLC0415 - loads when it runs

    found = key_of(state / DATABASE)
    if as_json:
        write_json({"place": found.place, "doubt": found.doubt, "remedy": found.remedy})
    elif found.key is not None:
        say(f"{found.place} fits the database")
    else:
        say(found.doubt or "there is no key yet; the first start makes one")
        if found.remedy:
            say(f"  {found.remedy}")


@click.command(cls=EdgeCommand)
@state_option
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask whether the key is lost for good.")
@json_option
def renew(state: Path, *, is_sure: bool, as_json: bool) -> None:
    """Give up what a lost key sealed; the next start takes a new key and asks for everybody.

    The service has to be stopped. Counts, visits and events stay; whom they are about is lost.
    Where the ledger stands in for another one, the key stays, and customers are known again.
    """
    from edge.daemon.renewal import renew_key  # noqa: PLC0415 - loads when it runs

    if not is_sure:
        click.confirm("Names in the ledger cannot be read ever again. Go on?", abort=True)
    given = renew_key(state)
    if as_json:
        write_json(given)
        return
    say(
        f"Given up: {given.customers:,} customers, whom {given.events:,} events are about, "
        f"{given.audit:,} entries of the audit trail."
    )
    if given.withdrawals:
        say(
            f"{given.withdrawals:,} consents taken back here were not confirmed by the platform: "
            "have the desk ask it"
        )
    if given.damaged:
        say(
            f"The damaged ledger stays in {given.damaged}. Consents that were taken back here and "
            "did not reach the platform are missing: have the desk ask it"
        )
    say("Now run: systemctl start store-edge")
