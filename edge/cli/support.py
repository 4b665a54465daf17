"""This is where `edge support` helps somebody far away to understand this appliance."""

import asyncio
from pathlib import Path
from typing import Final

import click

from edge.cli.asking import state_option
from edge.cli.lazy import LazyGroup
from edge.cli.machine import settings_option, this_machine
from edge.cli.output import EdgeCommand, json_option, say, write_json
from edge.cli.writing import write_new, written_file

SUPPORT_COMMANDS: Final = {
    "bundle": (
        "edge.cli.support:bundle",
        "Pack what support needs to know, without anybody in it.",
    ),
}


@click.group(cls=LazyGroup, lines=SUPPORT_COMMANDS)
def support() -> None:
    """Tell support how this appliance is, without anybody in it."""


@click.command(cls=EdgeCommand)
@click.argument("file", type=written_file())
@settings_option
@state_option
@json_option
def bundle(file: Path, settings: Path, state: Path, *, as_json: bool) -> None:
    """Pack versions, findings, status, settings, counts and log lines into FILE, a .tar.gz.

    No row of the database is in it, no key, no secret, no name of a network, and nothing of a
    person. It says what it holds; FILE is not overwritten. Run it as root.
    """
    from edge.daemon.support import gather, pack  # noqa: PLC0415 - loads when it runs

    machine = this_machine(settings, state)
    parts = asyncio.run(gather(machine))
    write_new(file, pack(parts, at_s=machine.now_ns() // 10**9), what="the bundle")
    if as_json:
        write_json({part.name: {"what": part.what, "bytes": len(part.content)} for part in parts})
        return
    for part in parts:
        say(f"{part.name:<14} {len(part.content):>9,} bytes  {part.what}")
    say(f"written to {file}; look through it before you hand it over: tar -xzf {file}")
