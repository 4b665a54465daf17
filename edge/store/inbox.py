"""This is where a message from the platform takes effect exactly once."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from edge.errors import StoreError
from edge.store.engine import Connection
from edge.store.writer import Writer

KEPT: Final = 10_000
"""Keys remembered of each kind. A broker redelivers what is in flight, at most 65,535 by MQTT 5
(3.3.4) and 20 with our receive maximum; a command a minute is remembered for a week."""

_PLAIN: Final = b"\0"
_SEALED: Final = b"\1"
"""How a kept answer begins."""

_SWEEP_EVERY: Final = 500
"""Messages between two sweeps; each looks through KEPT rows."""


class Inbox:
    """Remembers which messages were applied, in the transaction that applied them."""

    def __init__(self, writer: Writer, *, kept: int = KEPT) -> None:
        """Apply through the one writer and remember so many keys of each kind."""
        self._writer = writer
        self._kept = kept

    def apply(self, kind: str, key: str, job: Callable[[Connection], object]) -> Future[bool]:
        """Run a message's job, unless a message of this kind with this key was applied before.

        The future gives True where the job ran and False for a repeat; where the job raises, its
        effects are undone, the key is not remembered and the future raises the same.
        """

        def once(conn: Connection) -> bool:
            inserted = conn.execute(
                "INSERT INTO inbox (kind, key) VALUES (?, ?) ON CONFLICT DO NOTHING", (kind, key)
            )
            if not inserted.rowcount:
                return False
            job(conn)
            if inserted.lastrowid is not None and inserted.lastrowid % _SWEEP_EVERY == 0:
                _forget_oldest(conn, kind, self._kept)
            return True

        return self._writer.submit(once)


def keep_answer(conn: Connection, kind: str, key: str, answer: bytes) -> None:
    """Keep what was answered, for a repeat of the request; to be called in a job of the writer.

    An answer may say something of a person, so it is sealed; without the device's key nobody is
    known, and it is kept as it is.
    """
    kept = _PLAIN + answer
    if conn.vault is not None:
        kept = _SEALED + conn.vault.cipher.seal_own(answer, bound=_bound(kind, key))
    conn.execute("UPDATE inbox SET answer = ? WHERE kind = ? AND key = ?", (kept, kind, key))


def answer(reader: Connection, kind: str, key: str) -> bytes | None:
    """Give the answer kept for a message.

    None where it has none, was never applied, or the device's key does not open it.
    """
    row: tuple[bytes | None] | None = reader.execute(
        "SELECT answer FROM inbox WHERE kind = ? AND key = ?", (kind, key)
    ).fetchone()
    kept = None if row is None else row[0]
    if kept is None or kept.startswith(_PLAIN):
        return kept and kept[1:]
    if reader.vault is None:
        return None
    try:
        return reader.vault.cipher.open_own(kept[1:], bound=_bound(kind, key))
    except StoreError:  # the sender is told that nothing is known of it
        return None


def _bound(kind: str, key: str) -> bytes:
    return f"answer {kind} {key}".encode()


def _forget_oldest(conn: Connection, kind: str, kept: int) -> None:
    """Keep the newest keys of a kind."""
    conn.execute(
        "DELETE FROM inbox WHERE kind = ?1 AND place <= "
        "(SELECT place FROM inbox WHERE kind = ?1 ORDER BY place DESC LIMIT 1 OFFSET ?2)",
        (kind, kept),
    )
