"""This is where a file lets go of what a lost device key sealed, or stands in no longer."""

from typing import Final

import msgspec

from edge.store import meta
from edge.store.damage import STANDS_IN
from edge.store.engine import Connection
from edge.store.vault import FINGERPRINT

_LET_GO: Final = (
    "UPDATE visit SET person = NULL, confidence = NULL, grade = NULL WHERE person IS NOT NULL",
    "DELETE FROM personal",
    "DELETE FROM customer",
    "DELETE FROM person",
    "DELETE FROM tombstone",
    "DELETE FROM withdrawal",
    "DELETE FROM audit",
    "UPDATE snapshot SET sealed = 1, state = x''",
    "UPDATE inbox SET answer = NULL",
    f"DELETE FROM meta WHERE key IN ('{FINGERPRINT}', 'customers.cursor', 'audit.head')",
    f"DELETE FROM meta WHERE key = '{STANDS_IN}'",
)


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What was given up, in rows."""

    customers: int
    """The platform tells of them again."""
    events: int
    """Events that no longer say whom they are about."""
    withdrawals: int
    """Consents taken back in the store that the platform had not confirmed yet."""
    audit: int
    """Entries of the audit trail; only the lost key could have verified them."""
    damaged: str = ""
    """Where the damaged ledger lies that this one stood in for; empty where it did not."""


def let_go(conn: Connection) -> Given:
    """Let go of what the lost key sealed or marked; to be called in a job of the writer.

    The next start takes a new key and asks the platform for everybody.
    """
    tables = {
        "customers": "customer",
        "events": "personal",
        "withdrawals": "withdrawal",
        "audit": "audit",
    }
    given = {
        name: int(conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
        for name, table in tables.items()
    }
    damaged = meta.get(conn, STANDS_IN) or ""
    for statement in _LET_GO:
        conn.execute(statement)
    return Given(**given, damaged=damaged)
