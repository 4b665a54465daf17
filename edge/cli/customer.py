"""This is where `edge customer` serves the data-protection desk: one person at a time."""

from pathlib import Path
from typing import Any, Final

import click

from edge.cli.asking import state_option
from edge.cli.lazy import LazyGroup
from edge.cli.output import EdgeCommand, json_option, say, write_json, write_table
from edge.cli.writing import write_new, written_file

NOTHING_HELD: Final = 69
"""The exit status where nothing is held about somebody (sysexits' EX_UNAVAILABLE)."""
GOES_ON: Final = 75
"""The exit status of an erasure that goes on by itself (sysexits' EX_TEMPFAIL)."""
COMMANDS: Final = {
    "export": ("edge.cli.customer:export", "Hand out everything that is held about somebody."),
    "forget": ("edge.cli.customer:forget", "Erase somebody."),
    "receipt": ("edge.cli.customer:receipt", "Write what somebody agreed to, for them to keep."),
    "show": ("edge.cli.customer:show", "Say in figures what is held about somebody."),
    "withdraw": ("edge.cli.customer:withdraw", "Take somebody's consents back."),
}


@click.group(cls=LazyGroup, lines=COMMANDS)
def customer() -> None:
    """Show, hand out, take back and erase what is held about one customer.

    The running daemon is asked; where it does not run, the commands work on its state folder. What
    is done is written into the audit trail, which names nobody.
    """


@click.command(cls=EdgeCommand)
@click.argument("customer")
@state_option
@json_option
def show(customer: str, state: Path, *, as_json: bool) -> None:
    """Say in figures what is held about CUSTOMER; the exit status is 69 where nothing is."""
    told = order(state, "show", customer)
    if as_json:
        write_json(told)
    else:
        say("something is held" if told["found"] else "nothing is held")
        rows = [(table, str(count)) for table, count in told["searched"].items()]
        write_table("Rows by table", ("table", "rows"), rows, right=(1,))
        say(f"allows: {', '.join(told['allows']) or 'nothing'}")
    _end_without(told)


@click.command(cls=EdgeCommand)
@click.argument("customer")
@state_option
@click.option(
    "--out",
    type=written_file(),
    help="The file, made for you alone; else standard output.",
)
def export(customer: str, state: Path, out: Path | None) -> None:
    """Hand out everything that is held about CUSTOMER, as JSON.

    Where nothing is held, the answer says where was looked, and the exit status is 69.
    """
    import msgspec  # noqa: PLC0415 - loads when it runs

    told = order(state, "export", customer)
    raw = msgspec.json.format(msgspec.json.encode(told), indent=2)
    if out is None:
        click.echo(raw)
    else:
        write_new(out, raw + b"\n", what="what is held")
        say(f"written to {out}")
    _end_without(told)


@click.command(cls=EdgeCommand)
@click.argument("customer")
@click.option("--purpose", multiple=True, help="Only this one; may be given more than once.")
@state_option
def receipt(customer: str, state: Path, purpose: tuple[str, ...]) -> None:
    """Write what CUSTOMER agreed to, for them to keep, as JSON-LD; no network is needed.

    It is in the terms of ISO/IEC TS 27560 and the Data Privacy Vocabulary. `lacking` names what a
    record does not say, and `withdrawn` what was withdrawn in this store since.
    """
    write_json(order(state, "receipt", customer, purposes=purpose))


@click.command(cls=EdgeCommand)
@click.argument("customer")
@click.option("--purpose", multiple=True, help="Only this one; may be given more than once.")
@state_option
@json_option
def withdraw(customer: str, state: Path, purpose: tuple[str, ...], *, as_json: bool) -> None:
    """Take CUSTOMER's consents back, at once and without the platform.

    They stay taken back until the platform sends a consent that was given later.
    """
    told = order(state, "withdraw", customer, purposes=purpose)
    if as_json:
        write_json(told)
    else:
        say(f"taken back: {', '.join(told['purposes'])}")
        say(f"still allowed: {', '.join(told['left']) or 'nothing'}")


@click.command(cls=EdgeCommand)
@click.argument("customer")
@state_option
@json_option
def forget(customer: str, state: Path, *, as_json: bool) -> None:
    """Erase CUSTOMER: record, key, name in every visit and event, and what lay in the log.

    The exit status is 69 where nothing was held, and 75 where it takes longer than 25 s, for then
    it goes on by itself. Have the platform erase them too: a newer record of it is a new one.
    """
    told = order(state, "forget", customer)
    if as_json:
        write_json(told)
    elif not told["was_known"]:
        say("nothing is held")
    else:
        say("erased" if told["is_complete"] else "it goes on; the receipt follows")
        say(f"the receipt is {told['request']}")
    if not told["was_known"]:
        click.get_current_context().exit(NOTHING_HELD)
    if not told["is_complete"]:
        click.get_current_context().exit(GOES_ON)


def order(state: Path, do: str, customer: str, *, purposes: tuple[str, ...] = ()) -> dict[str, Any]:
    """Have an order carried out, by the daemon where it runs, and give the answer.

    Raises: ConfigError where it is refused, StoreError where the disk fails.
    """
    from edge.daemon.customer_offline import carry_out  # noqa: PLC0415 - loads when it runs
    from edge.daemon.customer_orders import CustomerOrder  # noqa: PLC0415 - likewise
    from edge.daemon.ordering import have_done  # noqa: PLC0415 - likewise

    wanted = {"do": do, "customer": customer, "purposes": purposes}
    return have_done(state, wanted, name="customer", kind=CustomerOrder, offline=carry_out)


def _end_without(told: dict[str, Any]) -> None:
    if not told["found"]:
        click.get_current_context().exit(NOTHING_HELD)
