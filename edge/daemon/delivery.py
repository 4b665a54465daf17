"""This is where a ledger's events are brought to the platform while it grows."""

import asyncio
import os
import random
import time
from collections.abc import Callable, Mapping
from functools import cache, partial
from types import MappingProxyType
from typing import Any, Final

import msgspec

from edge import __version__
from edge.daemon.applying import Applied
from edge.daemon.customers import CustomerBook
from edge.daemon.registry import driver_names
from edge.model.names import Instant
from edge.store.database import Store
from edge.store.rows import MILLISECOND
from edge.sync.address import Tls, parse_url
from edge.sync.backoff import BackOff
from edge.sync.payloads import Info
from edge.sync.ports import CommandHandler, Ports, SettingsPort
from edge.sync.session import Sync
from edge.sync.settings import SyncSettings
from edge.sync.topics import node_address

REPLAY_BACK_OFF: Final = BackOff(base_s=0.5, cap_s=10.0, drop_s=1.0)
"""A replay is alone at its broker, so it need not spread its attempts like a fleet."""
NO_COMMANDS: Final[Mapping[str, CommandHandler]] = MappingProxyType({})
CAPABILITIES: Final = ("visits", "footfall", "occupancy", "purchases")


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """Where events go."""

    url: str
    """`mqtt://host:port` or `mqtts://host:port`."""
    store: str
    node: str
    tls: Tls = Tls()
    """For `mqtts`."""
    back_off: BackOff = REPLAY_BACK_OFF
    patience_s: float = 120.0
    """How long to wait at the end for the platform to acknowledge everything."""


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the events."""

    acknowledged: int
    """Events of this ledger that the platform acknowledged."""
    waiting: int
    """Events that are still in the outbox."""


class Customers:
    """Takes in what the platform says about customers, while the daemon runs."""

    def __init__(
        self,
        store: Store,
        book: CustomerBook,
        *,
        now: Callable[[], Instant],
        changed: Callable[[Applied], None] | None = None,
    ) -> None:
        """Tell `changed` of each message that changed something, after it took effect."""
        self._store = store
        self._book = book
        self._now = now
        self._changed = changed

    async def apply(self, raw: bytes, *, is_behind_gap: bool = False) -> Applied:
        """Apply one message and tell the recogniser; returns after the commit.

        What took effect on the disk takes effect here even where nobody waits for it any more: a
        message that comes again finds nothing to change.
        """
        keep = partial(self._book.keep, raw, at=self._now(), is_behind_gap=is_behind_gap)
        # Checking the signatures of a full message takes 20 ms: the loop does not wait for it.
        job = await asyncio.to_thread(keep)
        kept = asyncio.wrap_future(self._store.writer.submit(job))
        kept.add_done_callback(self._take_effect)
        return await asyncio.shield(kept)

    def _take_effect(self, kept: asyncio.Future[Applied]) -> None:
        if kept.cancelled() or kept.exception() is not None:
            return  # nothing is on the disk; who waits for it is told
        applied = kept.result()
        self._book.tell(applied)
        if applied.told and self._changed is not None:
            self._changed(applied)


def delivery(
    destination: Destination,
    store: Store,
    *,
    policy: str,
    customers: Customers | None = None,
    now: Callable[[], Instant] = lambda: Instant(time.time_ns()),
    settings_schema: Callable[[], Mapping[str, Any]] = dict,
    notice: str = "",
    settings: SettingsPort | None = None,
    commands: Mapping[str, CommandHandler] = NO_COMMANDS,
) -> Sync:
    """Make the exchange with the platform; the caller runs it.

    Without `customers` the platform's messages about customers are not asked for, and without
    `settings` its wishes for settings; `settings_schema` is asked once the link stands, because it
    takes 50 ms; `notice` is the version of the notice to customers, and
    `commands` are those that the daemon carries out.
    Raises: ConfigError when the URL or a name cannot stand in a topic.
    """
    sync_settings = SyncSettings(
        broker=parse_url(destination.url, destination.tls),
        address=node_address(destination.store, destination.node),
        version=__version__,
        session=os.urandom(8).hex(),
        back_off=destination.back_off,
    )
    ports = Ports(
        info=_info(policy, schema=settings_schema, notice=notice, settings=settings),
        now_ms=lambda: now() // MILLISECOND,
        chance=random.SystemRandom().random,
        customers=customers,
        settings=settings,
        commands=commands,
    )
    return Sync(sync_settings, store, ports=ports)


def _info(
    policy: str,
    *,
    schema: Callable[[], Mapping[str, Any]],
    notice: str,
    settings: SettingsPort | None,
) -> Callable[[], Info]:
    """Give what tells of the appliance as it is at that moment; the schema is made once."""
    made = cache(schema)

    def info() -> Info:
        return Info(
            version=__version__,
            policy=policy,
            capabilities=CAPABILITIES,
            settings_version=0 if settings is None else settings.version,
            settings_schema=dict(made()),
            drivers=driver_names(),
            notice=notice,
        )

    return info
