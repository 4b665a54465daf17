"""This is where the audit trail is kept: what was done with people's data, as a chain.

Each row's link is a keyed hash over the link before it and the row itself, and a sealed head says
where the chain ends. Who has the file but not the key can neither change a row, nor take one out,
nor cut the end off, without `verify` saying so. What may be cut is the beginning, when it was kept
long enough: an anchor within the chain then says which link the rest hangs on.

Rows name nobody: `subject` is a keyed mark, and `detail` holds counts and the words of settings.
"""

import hmac
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from edge.model.names import Instant
from edge.store import meta
from edge.store.engine import Connection
from edge.store.rows import MILLISECOND

ANCHOR: Final = "audit.cut"
"""What an anchor says was done: the trail's beginning was kept long enough."""
CUT_ROWS: Final = 5_000
"""Rows that one cut takes at most, so that nobody waits for the writer."""

_HEAD: Final = "audit.head"
_NOTHING: Final = bytes(32)
"""What the first row of all hangs on."""
_PAGE: Final = 1_000
_COLUMNS: Final = "number, at_ms, what, subject, detail, link"
_OLD: Final = "number < ifnull((SELECT min(number) FROM audit WHERE at_ms >= ?), 1 << 62)"
_CUT: Final = (
    "SELECT number, link FROM audit WHERE number = "
    f"(SELECT max(number) FROM (SELECT number FROM audit WHERE {_OLD} ORDER BY number LIMIT ?))"
)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was done."""

    number: int
    """From 1; a number that is missing in between was taken out."""
    at_ms: int
    """Milliseconds since 1970-01-01T00:00:00Z, by the appliance's clock."""
    what: str
    """A fixed word pair: `service.started`, `consent.withdrawn`, `erasure.completed`."""
    subject: bytes | None
    """The keyed mark of the person it is about."""
    detail: str
    """JSON, with sorted keys."""
    link: bytes


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the trail is as it was written."""

    entries: int
    """Entries that hang together from the beginning on."""
    broken_at: int | None = None
    """Number of the first entry that does not."""
    why: str = ""


def append(
    conn: Connection,
    *,
    at: Instant,
    what: str,
    key: bytes,
    subject: bytes | None = None,
    detail: Mapping[str, Any] | None = None,
) -> int:
    """Add an entry and give its number; to be called in the job whose doing it tells of.

    `key` is the trail's own (`edge.privacy.audit.audit_key`).
    """
    before = _link_before(conn)
    told = msgspec.json.encode(dict(detail or {}), order="sorted").decode()
    number = _last(conn) + 1
    entry = Entry(
        number=number,
        at_ms=at // MILLISECOND,
        what=what,
        subject=subject,
        detail=told,
        link=b"",
    )
    link = _link(key, before, entry)
    conn.execute(
        f"INSERT INTO audit ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",
        (number, entry.at_ms, what, subject, told, link),
    )
    meta.put(conn, _HEAD, _head(key, number, link))
    return number


def entries(reader: Connection, *, after: int = 0) -> Iterator[Entry]:
    """Give the entries behind a number, in order, page by page."""
    page = f"SELECT {_COLUMNS} FROM audit WHERE number > ? ORDER BY number LIMIT {_PAGE}"
    while rows := reader.execute(page, (after,)).fetchall():
        for row in rows:
            yield Entry(**dict(zip(Entry.__struct_fields__, row, strict=True)))
        after = rows[-1][0]


def verify(reader: Connection, *, key: bytes) -> Verdict:
    """Follow the chain from its beginning, or from the newest anchor's cut, to its sealed head.

    To be called with a reader that looks at one state of the file (in a transaction).
    """
    cut, link = _anchor(reader)
    number = cut
    for entry in entries(reader):
        number += 1
        if entry.number != number:
            return Verdict(entries=number - 1 - cut, broken_at=number, why="it was taken out")
        if not hmac.compare_digest(entry.link, _link(key, link, entry)):
            why = "it is not as it was written"
            return Verdict(entries=number - 1 - cut, broken_at=number, why=why)
        link = entry.link
    kept = number - cut
    if not _ends_here(reader, key, number=number, link=link):
        return Verdict(entries=kept, broken_at=number + 1, why="the end was taken off")
    return Verdict(entries=kept)


def cut(
    conn: Connection, *, before: Instant, at: Instant, key: bytes, limit: int = CUT_ROWS
) -> int:
    """Take off the entries that were written before a moment; give how many.

    An anchor follows where there were any. To be called in a job of the writer.
    """
    row = conn.execute(_CUT, (before // MILLISECOND, limit)).fetchone()
    if row is None:
        return 0
    through, link = row
    append(conn, at=at, what=ANCHOR, key=key, detail={"through": through, "link": link.hex()})
    return conn.execute("DELETE FROM audit WHERE number <= ?", (through,)).rowcount


def _anchor(reader: Connection) -> tuple[int, bytes]:
    """Give the last number that was cut off, and the link that the rest hangs on."""
    row = reader.execute(
        "SELECT detail FROM audit WHERE what = ? ORDER BY number DESC LIMIT 1", (ANCHOR,)
    ).fetchone()
    if row is None:
        return 0, _NOTHING
    try:
        told = msgspec.json.decode(row[0])
        return int(told["through"]), bytes.fromhex(told["link"])
    except (msgspec.DecodeError, KeyError, TypeError, ValueError):
        return 0, _NOTHING  # somebody wrote into it: the chain does not hang on this


def _ends_here(reader: Connection, key: bytes, *, number: int, link: bytes) -> bool:
    """Say whether the chain ends where its head says; an empty trail has none."""
    kept = meta.get(reader, _HEAD)
    if kept is None:
        return number == 0
    return hmac.compare_digest(kept, _head(key, number, link))


def _link(key: bytes, before: bytes, entry: Entry) -> bytes:
    """Give the link of a row; each part's length stands before it, so that none can move."""
    subject = entry.subject or b""
    parts = (
        before,
        str(entry.number).encode(),
        str(entry.at_ms).encode(),
        entry.what.encode(),
        subject,
        entry.detail.encode(),
    )
    told = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hmac.digest(key, b"entry" + told, "sha256")


def _head(key: bytes, number: int, link: bytes) -> str:
    return hmac.digest(key, b"head" + number.to_bytes(8, "big") + link, "sha256").hex()


def _last(conn: Connection) -> int:
    """Give the number given last, whether or not its entry was cut off since."""
    row: tuple[int] = conn.execute(
        "SELECT ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'audit'), 0)"
    ).fetchone()
    return row[0]


def _link_before(conn: Connection) -> bytes:
    row: tuple[bytes] | None = conn.execute(
        "SELECT link FROM audit ORDER BY number DESC LIMIT 1"
    ).fetchone()
    return _NOTHING if row is None else row[0]
