"""This is where it is said how the exchange is, at a glance."""

from collections.abc import Mapping

import msgspec


class SyncState(msgspec.Struct, frozen=True, kw_only=True):
    """The exchange at a glance; counts are since the start of the service."""

    is_up: bool
    uplink: str
    """offline, listening, flowing, probing or held."""
    is_answered: bool
    """False while the platform has not said what it knows of withdrawals: events that speak of
    people wait for that."""
    acknowledged: int
    """Sequence up to which the platform confirmed, as far as this run knows."""
    depth: int
    """Events that wait in the outbox."""
    counts: Mapping[str, int]


def counts_of(**parts: msgspec.Struct) -> dict[str, int]:
    """Give the counts of the parts of the exchange under one name each, as `uplink.resent`."""
    return {
        f"{part}.{name}": value
        for part, counts in parts.items()
        for name, value in msgspec.structs.asdict(counts).items()
    }
