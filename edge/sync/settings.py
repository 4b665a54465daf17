"""This is where it is said how the link and the whole exchange are set."""

from collections.abc import Callable

import msgspec

from edge.sync.address import Broker
from edge.sync.backoff import BackOff
from edge.sync.batch import BatchLimits
from edge.sync.messages import Outgoing
from edge.sync.topics import NodeAddress
from edge.sync.uplink_limits import UplinkLimits


class LinkSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach the broker."""

    broker: Broker
    client_id: str
    """Unique at the broker: of two clients with one name each throws the other out."""
    subscriptions: tuple[str, ...]
    will: Callable[[], Outgoing] | None = None
    """Gives what the broker publishes for us when we are lost; asked for each connection."""
    will_delay_s: int = 30
    """The broker waits so long before, so that a short cut raises no alarm."""
    session_s: int = 0
    """How long the broker keeps our subscriptions and messages for us while we are away."""
    keepalive_s: int = 30
    """A half-open connection is noticed after 1.9 times this (measured)."""
    connect_timeout_s: float = 10.0
    """For the network connection, and again for the broker's answers to us."""
    back_off: BackOff = BackOff()


class SyncSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the exchange with the platform is set."""

    broker: Broker
    address: NodeAddress
    version: str
    """Of the service, for `status`."""
    session: str
    """Random, new with each start of the service."""
    uplink: UplinkLimits = UplinkLimits()
    batch: BatchLimits = BatchLimits()
    back_off: BackOff = BackOff()
    keepalive_s: int = 30
    will_delay_s: int = 30
    connect_timeout_s: float = 10.0
    tick_s: float = 1.0
    """How often time-outs are looked at, and the outbox in case nobody said that it grew."""
