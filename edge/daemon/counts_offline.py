"""This is where counts are published from a state folder whose daemon does not run."""

import asyncio
from pathlib import Path

from edge.daemon.auditing import AuditTrail
from edge.daemon.clock import system_clock
from edge.daemon.counts import CountsDesk, CountsOrder
from edge.daemon.keys import find_key
from edge.daemon.places import DATABASE
from edge.model.names import Instant
from edge.privacy.published import Release
from edge.store.database import Store


def release(folder: Path, order: CountsOrder) -> Release:
    """Release a day's figures; the caller holds the folder's lock.

    Raises: ConfigError where the order is refused; StoreError where the disk fails.
    """
    clock = system_clock(Instant(0))
    with Store.open(folder / DATABASE) as store:
        trail = AuditTrail(store, device_key=find_key(folder), now=clock.now)
        return asyncio.run(CountsDesk(store, trail=trail, now=clock.now).answer(order))
