"""This is where a recording finds out what a running service holds."""

from pathlib import Path
from typing import Final

import msgspec

from edge.daemon.control_client import ask
from edge.daemon.status import SourceStatus
from edge.errors import ConfigError

STOP_REMEDY: Final = (
    "the service may hold it; run: systemctl stop store-edge, or leave it out with --sources"
)


def held_sources(state: Path) -> frozenset[str]:
    """Give the sources that the daemon of a state folder listens to; none where none answers.

    A serial port has one listener at a time; radios are heard by both.

    Raises: ConfigError where a daemon is there that this user may not ask.
    """
    try:
        answer = ask(state, "sources")
    except ConfigError as error:
        if isinstance(error.__cause__, PermissionError):
            raise
        return frozenset()
    statuses = msgspec.convert(answer, tuple[SourceStatus, ...])
    return frozenset(one.name for one in statuses if one.state != "parked")


def held_note(held: frozenset[str], chosen: frozenset[str]) -> str:
    """Say which of the chosen sources a running service listens to; empty where there is none."""
    both = sorted(held & chosen)
    if not both:
        return ""
    return (
        f"the service runs and listens to {', '.join(both)}: a serial port or a network address "
        "that it holds cannot be recorded; run: systemctl stop store-edge"
    )
