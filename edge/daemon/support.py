"""This is where it is gathered what support needs to know, without anybody in it."""

import asyncio
import io
import platform
import re
import tarfile
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from edge import __version__
from edge.daemon.control import SOCKET
from edge.daemon.control_client import ask
from edge.daemon.doctor.checkup import examine as examine_machine
from edge.daemon.doctor.machine import SERVICE, Machine
from edge.daemon.registry import driver_names
from edge.daemon.verify.appliance import Appliance, look
from edge.daemon.verify.rules import examine as examine_rules
from edge.daemon.verify.statement import make_statement
from edge.errors import EdgeError
from edge.store.schema import VERSION

LINES: Final = 1_000
"""Log lines: at the daemon's pace some weeks without trouble, or the hour of a trouble."""
MASKED: Final = "(not shown)"
SHOWN: Final = frozenset(
    {"id", "name", "kind", "driver", "profile", "zone", "source", "lane", "node"}
    | {"timezone", "policy", "opening", "platform_key", "languages"}
)
"""Settings whose texts are shown; numbers and switches are shown everywhere."""
ADDRESS: Final = re.compile(
    r"(?i)(?<![0-9a-f])[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}"
)
"""What reads like a radio address: a line of the log with one is left out, and counted."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the bundle."""

    name: str
    what: str
    """What is in it, in words."""
    content: bytes


async def gather(machine: Machine) -> tuple[Part, ...]:
    """Look at everything and change nothing."""
    appliance = await look(machine)
    findings = await examine_machine(machine)
    log = await _log(machine)
    statement = make_statement(appliance, examine_rules(appliance))
    held = appliance.kept.holdings
    counts = {"schema": VERSION, "holdings": held, "fault": appliance.kept.fault}
    return (
        _part("about.json", "versions of program, Python and system", _about()),
        _part("doctor.json", "what `edge doctor` found", findings),
        _part("status.json", "what `edge status` says", await asyncio.to_thread(_status, machine)),
        _part("privacy.json", "what `edge privacy verify` says", statement),
        _part(
            "settings.json", "the settings, without secrets, places and codes", _settings(appliance)
        ),
        _part("counts.json", "rows of each table, and no row", counts),
        Part(name="log.txt", what=f"the last {LINES} lines of the service's log", content=log),
    )


def pack(parts: Sequence[Part], *, at_s: int) -> bytes:
    """Put the parts into a .tar.gz, stamped with a moment in seconds since 1970."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for part in parts:
            entry = tarfile.TarInfo(f"store-edge/{part.name}")
            entry.size, entry.mtime, entry.mode = len(part.content), at_s, 0o600
            archive.addfile(entry, io.BytesIO(part.content))
    return packed.getvalue()


def masked(value: Any, *, is_shown: bool = False) -> Any:
    """Give settings without the texts that may be a secret, a code, a place or a name."""
    if isinstance(value, dict):
        return {key: masked(one, is_shown=key in SHOWN) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [masked(one, is_shown=is_shown) for one in value]
    if isinstance(value, bool | int | float) or value is None or is_shown:
        return value
    return MASKED


def without_addresses(log: str) -> str:
    """Leave out lines that hold what reads like a radio address, and say how many those were."""
    lines = log.splitlines()
    kept = [line for line in lines if ADDRESS.search(line) is None]
    left_out = len(lines) - len(kept)
    return "\n".join([*kept, f"{left_out} lines were left out", ""])


def _part(name: str, what: str, value: Any) -> Part:
    content = msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2)
    return Part(name=name, what=what, content=content)


def _about() -> dict[str, Any]:
    return {
        "store_edge": __version__,
        "python": platform.python_version(),
        "system": _release().get("PRETTY_NAME", platform.system()),
        "kernel": platform.release(),
        "machine": platform.machine(),
        "drivers": driver_names(),
    }


def _release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:  # a system without such a file
        return {}


def _status(machine: Machine) -> Any:
    if not (machine.state / SOCKET).exists():
        return {"fault": "no daemon runs"}
    try:
        return ask(machine.state, "status")
    except EdgeError as error:
        return {"fault": f"{error.what}: {error.why}"}


def _settings(appliance: Appliance) -> Any:
    if appliance.settings is None:
        return {"fault": "they cannot be used; doctor.json says why"}
    return masked(appliance.settings.model_dump(mode="json"))


async def _log(machine: Machine) -> bytes:
    words = ("journalctl", "--unit", SERVICE, "--lines", str(LINES), "--no-pager", "--output")
    ran = await machine.run((*words, "short-iso")) if machine.has_systemd else None
    if ran is None or ran.status:
        return b"systemd's journal gave no answer\n"
    return without_addresses(ran.output).encode()
