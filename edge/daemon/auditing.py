"""This is where the daemon writes down what it did, in the audit trail."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from edge.model.names import Instant
from edge.privacy.audit import audit_key
from edge.store import audit
from edge.store.database import Store
from edge.store.engine import Connection


class AuditTrail:
    """Adds entries, stamped with the moment they are asked for; it belongs to the event loop."""

    def __init__(
        self, store: Store, *, device_key: bytes | None, now: Callable[[], Instant]
    ) -> None:
        self.key = None if device_key is None else audit_key(device_key)
        """What the chain is made with; for jobs that write their own entries. Without the device's
        key nobody is known, and nothing is added."""
        self._store = store
        self._now = now

    def entry(
        self,
        what: str,
        *,
        subject: bytes | None = None,
        detail: Mapping[str, Any] | None = None,
        at: Instant | None = None,
    ) -> Callable[[Connection], int]:
        """Give the job that adds an entry; called within another job, both are kept or neither.

        Without a moment it is the present one; in the writer's thread the moment must be given.
        """
        stamp, key = self._now() if at is None else at, self.key

        def job(conn: Connection) -> int:
            if key is None:
                return 0
            return audit.append(conn, at=stamp, what=what, subject=subject, detail=detail, key=key)

        return job

    async def note(
        self,
        what: str,
        *,
        subject: bytes | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Add an entry; it is on the disk when this returns.

        Raises: StoreError where it could not be kept.
        """
        written = self._store.writer.submit(self.entry(what, subject=subject, detail=detail))
        # Shielded: whoever is cancelled while waiting for a job takes the job back.
        await asyncio.shield(asyncio.wrap_future(written))
