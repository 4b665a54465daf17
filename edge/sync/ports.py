"""This is where it is said what the exchange asks of the rest of the appliance."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import msgspec

from edge.sync.backoff import Chance
from edge.sync.payloads import Desired, Info, Reported

CommandHandler = Callable[[Mapping[str, Any]], Awaitable[Any]]
"""Carries out a command with the request's data and gives what stands in the answer's.

Raises ConfigError or WireError to refuse, another EdgeError where it failed.
"""


class Applied(Protocol):
    """What became of a message about customers."""

    @property
    def faults(self) -> tuple[str, ...]:
        """Fixed texts for what was refused; never content."""


class CustomersPort(Protocol):
    """Who takes in what the platform says about customers."""

    async def apply(self, raw: bytes, *, is_behind_gap: bool = False) -> Applied:
        """Apply one message, its cursor in the same transaction; return after the commit.

        What came behind a gap comes again: only what takes something away must count at once.
        Applying a message twice, or an old one late, changes nothing.
        Raises: StoreError where it could not be kept.
        """


class SettingsPort(Protocol):
    """Who applies or refuses wanted settings."""

    @property
    def version(self) -> int:
        """The version in force; 0 where only the store's own settings count."""

    async def apply(self, desired: Desired) -> Reported | None:
        """Apply them as a whole, or say every fault; None where that will be told later."""


class Ports(msgspec.Struct, frozen=True, kw_only=True):
    """What the daemon gives to the exchange."""

    info: Callable[[], Info]
    """Gives what stands in `info`; asked at every connection, and with new settings."""
    now_ms: Callable[[], int]
    """Gives milliseconds since 1970 UTC."""
    chance: Chance
    customers: CustomersPort | None = None
    settings: SettingsPort | None = None
    commands: Mapping[str, CommandHandler] = {}
    """Commands beside `ping`, `status` and `resync`, by name."""
    playbook_changed: Callable[[], None] | None = None
    """Called after a newer playbook was kept."""
