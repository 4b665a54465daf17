"""This is where the reference of the drivers and serial profiles is made."""

import inspect
import tomllib
from pathlib import Path

from edge.daemon.registry import driver_names, load_driver

HEAD = """# Drivers

This page is made by `scripts/reference` from the installed drivers and `config/devices/`.
A driver's own page says which files it reads, which settings it has, and what it does not use.
Its card says what was measured and what is missing.

| driver | what it reads | may be silent for | more |
|---|---|---|---|
"""

PROFILES = """
# Serial profiles

A device that speaks over a serial line is described by a file, not by code.
`profile = "NAME"` in its `[[source]]` chooses one.
[Add a serial device](../how-to/add-a-serial-device.md) shows how to write another.

| profile | device | what it means |
|---|---|---|
"""


def page(root: Path) -> str:
    """Give the page in Markdown."""
    drivers = "".join(_driver(name, root) for name in driver_names())
    profiles = "".join(_profile(path) for path in sorted((root / "config/devices").glob("*.toml")))
    return HEAD + drivers + PROFILES + profiles


def _driver(name: str, root: Path) -> str:
    kind = load_driver(name)
    if kind is None:
        raise LookupError(name)
    said = (inspect.getdoc(kind) or "").splitlines()[0]
    there = [
        f"[{word}](../../drivers/{name}/{file})"
        for word, file in (("page", "README.md"), ("card", "card.md"))
        if (root / "drivers" / name / file).is_file()
    ]
    return f"| `{name}` | {said} | {kind.quiet_after_s:.0f} s | {', '.join(there)} |\n"


def _profile(path: Path) -> str:
    profile = tomllib.loads(path.read_text(encoding="utf-8"))
    link = f"[`{path.stem}`](../../config/devices/{path.name})"
    return f"| {link} | {profile['description']} | {profile['meaning']['call']} |\n"
