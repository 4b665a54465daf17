"""This is where the newest playbook of the platform is kept."""

import msgspec

from edge.store.engine import Connection


class KeptPlaybook(msgspec.Struct, frozen=True, kw_only=True):
    """A playbook as it came."""

    version: int
    body: bytes
    """The message's own bytes."""


def put(conn: Connection, *, version: int, body: bytes) -> bool:
    """Keep a playbook; False where it is no newer than the one that is there.

    To be called in a job of the writer.
    """
    done = conn.execute(
        "INSERT INTO playbook VALUES (1, ?, ?) ON CONFLICT DO UPDATE SET "
        "version = excluded.version, body = excluded.body WHERE excluded.version > version",
        (version, body),
    )
    return done.rowcount > 0


def current(reader: Connection) -> KeptPlaybook | None:
    """Give the playbook in force."""
    row = reader.execute("SELECT version, body FROM playbook").fetchone()
    return None if row is None else KeptPlaybook(version=row[0], body=row[1])
