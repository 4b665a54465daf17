"""What was done with people's data is written down so that nobody can unwrite it."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.daemon.auditing import AuditTrail
from edge.daemon.gates import GateSums
from edge.daemon.status import SourceStatus
from edge.model.names import SECOND, Instant
from edge.privacy.audit import audit_key
from edge.privacy.keyed import customer_mark
from edge.store import audit
from edge.store.database import Store
from edge.store.engine import Connection, connect_writer
from tests.privacy.kit import NOW, SECRET, later

KEY = audit_key(SECRET)
DAY = 86_400 * SECOND


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "edge.db") as opened:
        yield opened


def write(store: Store, count: int = 1, *, start: Instant = NOW, step_s: float = 1) -> None:
    """Write entries about somebody, one each `step_s` seconds."""
    for number in range(count):
        at = Instant(start + round(number * step_s * SECOND))
        store.writer.submit(
            lambda conn, at=at, number=number: audit.append(
                conn,
                at=at,
                what="consent.withdrawn",
                subject=customer_mark(SECRET, "c-1"),
                detail={"rows": number},
                key=KEY,
            )
        ).result()


def verdict(store: Store, key: bytes = KEY) -> audit.Verdict:
    reader = store.reader()
    try:
        return audit.verify(reader, key=key)
    finally:
        reader.close()


def numbers(store: Store) -> list[int]:
    reader = store.reader()
    try:
        return [entry.number for entry in audit.entries(reader)]
    finally:
        reader.close()


def tamper(store: Store, *statements: str) -> None:
    """Write into the file behind the store's back, as somebody with the disk would."""
    conn: Connection = connect_writer(store.path)
    for statement in statements:
        conn.execute(statement)
    conn.close()


def test_r31_an_empty_trail_and_an_untouched_one_hold(store: Store) -> None:
    before = verdict(store)
    write(store, 3)

    assert before == audit.Verdict(entries=0)
    assert verdict(store) == audit.Verdict(entries=3)


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("at_ms", "at_ms + 1"),
        ("what", "'consent.Withdrawn'"),
        ("subject", "cast(x'00' || substr(subject, 2) AS BLOB)"),
        ("subject", "NULL"),
        ("detail", "replace(detail, '1', '7')"),
        ("link", "cast(x'00' || substr(link, 2) AS BLOB)"),
    ],
)
def test_r31_one_changed_byte_is_found_and_its_entry_named(
    store: Store, column: str, change: str
) -> None:
    write(store, 3)

    tamper(store, f"UPDATE audit SET {column} = {change} WHERE number = 2")

    assert verdict(store) == audit.Verdict(
        entries=1, broken_at=2, why="it is not as it was written"
    )


def test_r31_an_entry_that_was_taken_out_is_missed(store: Store) -> None:
    write(store, 3)

    tamper(store, "DELETE FROM audit WHERE number = 2")

    assert verdict(store) == audit.Verdict(entries=1, broken_at=2, why="it was taken out")


@pytest.mark.parametrize("gone", ["number = 3", "number > 1", "number > 0"])
def test_r31_an_end_that_was_taken_off_is_missed(store: Store, gone: str) -> None:
    write(store, 3)

    tamper(store, f"DELETE FROM audit WHERE {gone}")

    assert verdict(store).broken_at is not None


def test_r31_a_beginning_that_was_taken_off_is_missed(store: Store) -> None:
    write(store, 3)

    tamper(store, "DELETE FROM audit WHERE number = 1")

    assert verdict(store).broken_at == 1


def test_r31_two_entries_that_changed_places_are_found(store: Store) -> None:
    write(store, 3)

    tamper(
        store,
        "UPDATE audit SET number = 9 WHERE number = 1",
        "UPDATE audit SET number = 1 WHERE number = 2",
        "UPDATE audit SET number = 2 WHERE number = 9",
    )

    assert verdict(store).broken_at == 1


def test_r31_without_the_key_no_chain_can_be_built(store: Store) -> None:
    write(store, 2)

    forged = audit_key(bytes(32))
    store.writer.submit(
        lambda conn: audit.append(conn, at=NOW, what="consent.given", key=forged)
    ).result()

    assert verdict(store).broken_at == 3
    assert verdict(store, key=forged).broken_at == 1


def test_r31_a_trail_names_nobody(store: Store) -> None:
    write(store, 1)

    reader = store.reader()
    (entry,) = audit.entries(reader)
    reader.close()

    assert entry.subject == customer_mark(SECRET, "c-1")
    assert json.loads(entry.detail) == {"rows": 0}
    store.scrub().result()
    assert b"c-1" not in store.path.read_bytes()


@pytest.mark.parametrize(("shift_s", "left"), [(-1, [1, 2, 3]), (0, [1, 2, 3]), (1, [2, 3, 4])])
def test_r28_the_trail_is_cut_where_it_was_kept_long_enough(
    store: Store, shift_s: int, left: list[int]
) -> None:
    write(store, 3, step_s=3600)

    before = later(shift_s)
    store.writer.submit(
        lambda conn: audit.cut(conn, before=before, at=later(9e3), key=KEY)
    ).result()

    assert numbers(store) == left
    assert verdict(store) == audit.Verdict(entries=3)


def test_r31_a_trail_that_was_cut_many_times_still_holds_and_still_finds(store: Store) -> None:
    for day in range(5):
        write(store, 4, start=Instant(NOW + day * DAY))
        now = Instant(NOW + day * DAY)
        store.writer.submit(
            lambda conn, now=now: audit.cut(
                conn, before=Instant(now - DAY), at=now, key=KEY, limit=3
            )
        ).result()

    held = verdict(store)
    tamper(store, "UPDATE audit SET detail = '{}' WHERE number = 21")

    assert (held.broken_at, numbers(store)[0]) == (None, 10)
    assert verdict(store).broken_at == 21


def test_r31_an_anchor_that_was_moved_does_not_hide_what_was_taken(store: Store) -> None:
    write(store, 4, step_s=3600)
    store.writer.submit(
        lambda conn: audit.cut(conn, before=later(1), at=later(9e5), key=KEY)
    ).result()

    tamper(
        store,
        "DELETE FROM audit WHERE number = 2",
        "UPDATE audit SET detail = replace(detail, '\"through\":1', '\"through\":2') "
        "WHERE what = 'audit.cut'",
    )

    assert verdict(store).broken_at is not None


def status(name: str, **faces: int) -> SourceStatus:
    return SourceStatus(
        name=name,
        driver="camera_face",
        zone=None,
        state="watching",
        since="",
        reason="",
        remedy="",
        rate=0.0,
        heard=0,
        refused={},
        faces=faces,
        drops=0,
        coverage=1.0,
        starts=1,
    )


def test_r31_openings_of_a_gate_are_summed_up_and_name_nobody(store: Store) -> None:
    now = [status("cam", seen=9, encoded=3, matched=1), status("quiet", seen=40)]
    trail = AuditTrail(store, device_key=SECRET, now=lambda: NOW)
    sums = GateSums(trail, statuses=lambda: now)

    asyncio.run(sums.tell())
    now[0] = status("cam", seen=12, encoded=5, matched=1)
    asyncio.run(sums.tell())
    asyncio.run(sums.tell())

    reader = store.reader()
    told = [(one.what, one.subject, one.detail) for one in audit.entries(reader)]
    reader.close()
    assert told == [
        ("gate.opened", None, '{"cam":{"encoded":3,"matched":1}}'),
        ("gate.opened", None, '{"cam":{"encoded":2}}'),
    ]
