"""This is where the store's few single values are kept by name: epoch, cursors, versions."""

from edge.store.engine import Connection


def get(conn: Connection, key: str) -> str | None:
    """Give the value under a key."""
    row: tuple[str] | None = conn.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else row[0]


def put(conn: Connection, key: str, value: str) -> None:
    """Keep a value under a key; to be called in a job of the writer."""
    conn.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        (key, value),
    )
