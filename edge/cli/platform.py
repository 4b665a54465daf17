"""This is where `edge platform` stands: a reference of the platform's side, to try and to test."""

import asyncio
import random
import secrets
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

from edge.cli.output import EdgeCommand, json_option, write_json, write_table
from edge.errors import ConfigError, meant
from edge.store.platform_store import PlatformStore, StreamTotals, totals
from edge.sync import topics
from edge.sync.address import Broker, Tls, parse_url, tls_context
from edge.sync.messages import Outgoing
from edge.sync.payloads import Playbook
from edge.sync.platform import errand
from edge.sync.platform.customers_file import NO_CUSTOMERS, read_customers
from edge.sync.platform.service import Platform
from edge.sync.topics import NodeAddress, node_address

FILE = click.Path(path_type=Path, dir_okay=False)
PUBLISHED = {topics.CUSTOMERS: False, topics.PLAYBOOK: True, topics.DESIRED: True}
"""What `send` can publish, and whether the broker keeps it for later."""


class Group(click.Group):
    """A group whose commands say errors in full."""

    command_class = EdgeCommand


@click.group(cls=Group)
def platform() -> None:
    """Run the reference platform, or talk to an appliance as one."""


def broker_options(command: Any) -> Any:
    """Give a command the options that say which broker to use."""
    for option in (
        click.option("--key", type=FILE, help="Our key, PEM."),
        click.option("--certificate", type=FILE, help="Our certificate, PEM."),
        click.option("--ca", type=FILE, help="Whom to trust, PEM; else the system's authorities."),
        click.option("--url", required=True, help="The broker: mqtt://HOST:PORT or mqtts://…"),
    ):
        command = option(command)
    return command


@platform.command()
@broker_options
@click.option("--database", type=FILE, required=True, help="Where events are kept.")
@click.option("--customers", type=FILE, help="Messages about customers, one JSON object a line.")
@click.option("--playbook", type=FILE, help="Offers and rules, JSON.")
@json_option
def run(
    url: str,
    ca: Path | None,
    certificate: Path | None,
    key: Path | None,
    database: Path,
    customers: Path | None,
    playbook: Path | None,
    *,
    as_json: bool,
) -> None:
    """Store and acknowledge events, answer for customers; ends with Ctrl-C and prints totals."""
    broker = _broker(url, ca, certificate, key)
    known = read_customers(customers) if customers else NO_CUSTOMERS
    offers = _playbook(playbook) if playbook else b""
    store = PlatformStore.open(database)
    try:
        serving = Platform(
            broker, store, chance=random.SystemRandom().random, customers=known, playbook=offers
        )
        click.echo(f"serving {url}, events go to {database}; Ctrl-C ends it", err=True)
        asyncio.run(_serve(serving))
    finally:
        store.close()
    _print_totals(totals(database), as_json=as_json)


@platform.command()
@click.argument("node", metavar="STORE/NODE")
@click.argument("topic", type=click.Choice(sorted(PUBLISHED)))
@click.argument("file", type=FILE)
@broker_options
@click.option("--within", "within_s", default=10.0, show_default=True, help="Seconds to wait.")
@json_option
def send(
    node: str,
    topic: str,
    file: Path,
    url: str,
    ca: Path | None,
    certificate: Path | None,
    key: Path | None,
    within_s: float,
    *,
    as_json: bool,
) -> None:
    """Send FILE to an appliance: each line a message (customers), or the whole file one."""
    address, broker = _node(node), _broker(url, ca, certificate, key)
    raw = _read(file)
    pieces = raw.splitlines() if topic == topics.CUSTOMERS else [raw]
    messages = [piece for piece in pieces if piece.strip()]
    for payload in messages:
        message = Outgoing(topic=address.topic(topic), payload=payload, retain=PUBLISHED[topic])
        asyncio.run(
            errand.send(broker, message, within_s=within_s, chance=random.SystemRandom().random)
        )
    if as_json:
        write_json({"sent": len(messages), "topic": address.topic(topic)})
    else:
        click.echo(f"the broker took {len(messages)} messages for {address.topic(topic)}")


@platform.command()
@click.argument("node", metavar="STORE/NODE")
@click.argument("name")
@broker_options
@click.option("--data", default="{}", help="The command's data, a JSON object.")
@click.option("--transaction", help="Name of the request; the same again has no second effect.")
@click.option("--within", "within_s", default=10.0, show_default=True, help="Seconds to wait.")
@json_option
def command(
    node: str,
    name: str,
    url: str,
    ca: Path | None,
    certificate: Path | None,
    key: Path | None,
    data: str,
    transaction: str | None,
    within_s: float,
    *,
    as_json: bool,
) -> None:
    """Send a command such as `ping`, `status` or `resync` and print the answer."""
    response = asyncio.run(
        errand.command(
            _broker(url, ca, certificate, key),
            _node(node),
            name,
            data=_data(data),
            transaction=transaction or secrets.token_hex(8),
            within_s=within_s,
            chance=random.SystemRandom().random,
        )
    )
    if as_json:
        write_json(response)
    else:
        click.echo(f"{node} answers: {response.status}")
        click.echo(msgspec.json.format(msgspec.json.encode(response.error or response.data)))
    if response.status != "ok":
        click.get_current_context().exit(1)


@platform.command("totals")
@click.option("--database", type=FILE, required=True, help="What `run` was given.")
@json_option
def print_totals(database: Path, *, as_json: bool) -> None:
    """Count what arrived, what is missing and what came twice."""
    _print_totals(totals(database), as_json=as_json)


async def _serve(serving: Platform) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, serving.stop)
    try:
        await serving.run()
    except ExceptionGroup as group:
        error = meant(group)
        if error is None:
            raise
        raise error from group


def _print_totals(nodes: Mapping[str, list[StreamTotals]], *, as_json: bool) -> None:
    streams = [stream for node in nodes.values() for stream in node]
    if as_json:
        write_json(
            {
                "events": sum(stream.events for stream in streams),
                "duplicates": sum(stream.duplicates for stream in streams),
                "gaps": sum(stream.gaps for stream in streams),
                "faulty": sum(stream.faulty for stream in streams),
                "nodes": nodes,
            }
        )
        return
    rows = [
        (node, stream.epoch, *(f"{figure:,}" for figure in _figures(stream)))
        for node in sorted(nodes)
        for stream in nodes[node]
    ]
    columns = ("node", "epoch", "events", "acknowledged", "gaps", "copies left out", "faulty")
    write_table("Events received", columns, rows, right=range(2, len(columns)))


def _figures(stream: StreamTotals) -> tuple[int, int, int, int, int]:
    return stream.events, stream.through, stream.gaps, stream.duplicates, stream.faulty


def _broker(url: str, ca: Path | None, certificate: Path | None, key: Path | None) -> Broker:
    broker = parse_url(url, Tls(ca=ca, certificate=certificate, key=key))
    if broker.tls is not None:
        tls_context(broker.tls)  # tells at once what is wrong with the files
    return broker


def _node(text: str) -> NodeAddress:
    store, _, node = text.partition("/")
    return node_address(store, node)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(
            "cannot read the file", where=str(file), why=error.strerror or "", remedy="name another"
        ) from error


def _playbook(file: Path) -> bytes:
    raw = _read(file)
    try:
        msgspec.json.decode(raw, type=Playbook)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigError(
            "cannot use the playbook",
            where=str(file),
            why=str(error),
            remedy='write {"version": 1, "offers": […], "rules": […]}',
        ) from error
    return raw


def _data(text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigError(
            "cannot use the command's data",
            where="--data",
            why=str(error),
            remedy="""write a JSON object, such as '{"cursor": ""}'""",
        ) from error
