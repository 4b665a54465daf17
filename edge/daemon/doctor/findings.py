"""This is where findings are made and put under the name of the check that made them."""

from collections.abc import Iterable
from pathlib import Path
from shlex import quote
from typing import Final

import msgspec

from edge.driver.contract import Finding, Level

SEVERITY: Final = {Level.OK: 0, Level.WARN: 1, Level.FAIL: 2}
"""Exit status of `edge doctor` where this is the worst that it found."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the doctor's answer."""

    check: str
    """What was looked at: `settings`, `broker tls`, `source till-1`."""
    level: Level
    what: str
    """How it stands; nothing of a person."""
    remedy: str = ""
    """A command, or words with the command in backticks; empty where nothing has to be done."""


def ok(what: str) -> Finding:
    """Say that something is as it should be."""
    return Finding(level=Level.OK, what=what)


def warn(what: str, remedy: str) -> Finding:
    """Say that something works now and will not for ever, or not in full."""
    return Finding(level=Level.WARN, what=what, remedy=remedy)


def fail(what: str, remedy: str) -> Finding:
    """Say that something does not work."""
    return Finding(level=Level.FAIL, what=what, remedy=remedy)


def lines(check: str, findings: Iterable[Finding]) -> tuple[Line, ...]:
    """Put findings under the name of their check."""
    return tuple(
        Line(check=check, level=found.level, what=found.what, remedy=found.remedy)
        for found in findings
    )


def severity(found: Iterable[Line]) -> int:
    """Give the exit status: 0 all is well, 1 with warnings, 2 with failures."""
    return max((SEVERITY[line.level] for line in found), default=0)


def shown(path: Path) -> str:
    """Write a path as a shell takes it."""
    return quote(str(path))
