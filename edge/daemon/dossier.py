"""This is where all that is held about one person is put together, for them to have."""

from typing import Any, Final

import msgspec

from edge.daemon import erasing_book
from edge.fusion.consents import held_of
from edge.fusion.fold import resume
from edge.model.customer import Customer
from edge.model.moment import rfc3339
from edge.model.names import CustomerId, Instant
from edge.privacy.tokens import PURPOSE_OF
from edge.privacy.withdrawal import left_standing
from edge.store import belongings
from edge.store.audit import Entry
from edge.store.belongings import IMPERSONAL, Belongings
from edge.store.engine import Connection
from edge.store.reading import VisitRow
from edge.store.rows import MILLISECOND, LedgerRow

FACE_PURPOSE: Final = "face_recognition"
TRACES: Final = frozenset({"tombstone", "audit"})
"""What outlives an erasure, under a mark: that there was one, and that somebody was asked about."""


class Dossier(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that this appliance holds about one person; of others nothing."""

    customer: str
    at: str
    """When it was put together, RFC 3339."""
    found: bool
    """False where nothing is held: then `searched` is the proof. A tombstone and the audit trail do
    not count."""
    record: dict[str, Any] | None
    """What the platform sent: profile, consents, and what the person handed over, in full."""
    allows: tuple[str, ...]
    """Purposes that they allow; whether the store may use them is the policy's to say."""
    rests_on: dict[str, str]
    """The purpose for which each kind of token or template is held."""
    withdrawn: dict[str, str]
    """Purposes that they took back in this store, and when."""
    visits: tuple[dict[str, Any], ...]
    events: tuple[dict[str, Any], ...]
    """What was said of them, purchases among it; `sent` once the platform has it."""
    inside: dict[str, Any]
    """What is remembered of a visit that goes on, or has just ended."""
    erased_version: int | None
    """Up to which version of their record they were erased here."""
    erasures: tuple[str, ...]
    """Erasures that are under way."""
    trail: tuple[dict[str, Any], ...]
    """Entries of the audit trail about them."""
    searched: dict[str, int]
    """Rows about them by table; every table that can hold any was looked through."""
    impersonal: dict[str, str]
    """Tables that can hold nothing about a person, and why."""


def put_together(reader: Connection, customer: CustomerId, *, at: Instant) -> Dossier:
    """Give everything that is held about a person.

    Raises: StoreError where the store cannot be read, or the device's key is missing.
    """
    kept = belongings.gather(reader, customer)
    record = erasing_book.read(reader, customer)
    inside = _inside(belongings.remembered(reader), customer)
    withdrawn = {
        purpose: Instant(at_ms * MILLISECOND) for purpose, at_ms in kept.withdrawn_ms.items()
    }
    searched = kept.rows | {"snapshot": len(inside)}
    return Dossier(
        customer=customer,
        at=rfc3339(at),
        found=any(rows for table, rows in searched.items() if table not in TRACES),
        record=None if record is None else _plain(record),
        allows=left_standing(record, withdrawn, at=at),
        rests_on={} if record is None else _rests_on(record),
        withdrawn={purpose: rfc3339(since) for purpose, since in withdrawn.items()},
        visits=tuple(_visit(one) for one in kept.visits),
        events=_events(reader, kept),
        inside=inside,
        erased_version=kept.erased_version,
        erasures=kept.erasures,
        trail=tuple(_entry(one) for one in kept.entries),
        searched=searched,
        impersonal={name: why for name, why in IMPERSONAL.items() if name != "snapshot"},
    )


def _plain(record: Customer) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(record)
    return {**plain, "confirmed_at": rfc3339(Instant(record.confirmed_at))}


def _rests_on(record: Customer) -> dict[str, str]:
    found = {token.kind.value: str(PURPOSE_OF[token.kind]) for token in record.tokens}
    return found | ({"face": FACE_PURPOSE} if record.faces else {})


def _inside(state: bytes, customer: CustomerId) -> dict[str, Any]:
    if not state:
        return {}
    try:
        return held_of(resume(state), customer)
    except msgspec.MsgspecError:  # of another version: the next start forgets it
        return {}


def _visit(visit: VisitRow) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(visit)
    return {
        **{name: value for name, value in plain.items() if not name.endswith("_ms")},
        "started": rfc3339(Instant(visit.started_ms * MILLISECOND)),
        "ended": None if visit.ended_ms is None else rfc3339(Instant(visit.ended_ms * MILLISECOND)),
    }


def _events(reader: Connection, kept: Belongings) -> tuple[dict[str, Any], ...]:
    row: tuple[int | None] = reader.execute("SELECT min(sequence) FROM outbox").fetchone()
    first = row[0]
    return tuple(_event(one, is_sent=first is None or one.sequence < first) for one in kept.events)


def _event(row: LedgerRow, *, is_sent: bool) -> dict[str, Any]:
    return {
        "sequence": row.sequence,
        "type": row.data.type,
        "time": rfc3339(Instant(row.at_ms * MILLISECOND)),
        "sent": is_sent,
        "data": msgspec.to_builtins(row.data),
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "at": rfc3339(Instant(entry.at_ms * MILLISECOND)),
        "what": entry.what,
        "detail": msgspec.json.decode(entry.detail),
    }
