"""R33: everything held about one person is handed out, and of nobody else anything."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from edge.cli.customer import order
from edge.cli.main import main
from edge.daemon.dossier import Dossier, put_together
from edge.daemon.keys import KEY_FILE, device_key
from edge.daemon.places import DATABASE
from edge.errors import ConfigError
from edge.model.event import ConsentWithdrawn, ErasureCompleted, Event
from edge.model.names import CustomerId
from edge.privacy.keyring import Keyring
from edge.store import asked, audit, customers, withdrawals
from edge.store.belongings import COUNTED, IMPERSONAL
from edge.store.database import Store
from edge.store.engine import Connection
from tests.daemon.live.kit import driver_that, for_ever
from tests.daemon.live.running import daemon
from tests.privacy.erasures import (
    ANNA,
    BERT,
    DEVICE_KEY,
    Desk,
    heard,
    open_store,
    stay,
    told_of,
)
from tests.privacy.kit import CARD, NOW
from tests.privacy.live_shop import SETTINGS

NOBODY = CustomerId("customer-nobody-0000")
HUNDREDS = 3_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / KEY_FILE).write_bytes(DEVICE_KEY)
    (tmp_path / KEY_FILE).chmod(0o600)
    with open_store(tmp_path) as opened:
        yield opened


def plant(store: Store) -> Desk:
    """Leave a row about Anna, and one about Bert, in every table that can hold one."""
    desk = Desk(store)
    asyncio.run(desk.deliver(told_of(ANNA), told_of(BERT, tokens=[])))
    now = desk.clock.now()
    for number, who in enumerate((ANNA, BERT, ANNA), 1):
        store.ledger.append(stay(number, who, now)).result()
        said = ConsentWithdrawn(customer=who, purposes=("cross_store",), method="desk")
        store.ledger.append([Event(at=now, recorded=now, data=said)]).result()

    def rows(conn: Connection) -> None:
        for who in (ANNA, BERT):
            mark = conn.vault.cipher.mark(who)  # type: ignore[union-attr]
            withdrawals.put(conn, mark, ["cross_store"], at=NOW)
            audit.append(conn, at=NOW, what="customer.shown", key=b"k" * 32, subject=mark)
            conn.execute("INSERT INTO tombstone VALUES (?, 0)", (mark,))
            conn.execute(
                "INSERT INTO erasure (mark, request, reason, asked_ms) VALUES (?, ?, '', 1)",
                (mark, f"001/{len(who)}"),
            )

    store.writer.submit(rows).result()
    for who in (ANNA, BERT):
        desk.folder.offer(heard(who, now))
    asyncio.run(desk.folder.turn())
    return desk


def dossier(store: Store, who: CustomerId) -> Dossier:
    reader = store.reader()
    try:
        return put_together(reader, who, at=NOW)
    finally:
        reader.close()


def test_r33_a_row_in_every_table_is_found(store: Store) -> None:
    plant(store)

    found = dossier(store, ANNA)

    assert found.found
    assert all(found.searched.values())
    assert set(found.searched) == {*COUNTED, "snapshot"}


def test_r33_every_table_of_the_schema_is_searched_or_can_hold_nothing(store: Store) -> None:
    reader = store.reader()
    tables = {
        name
        for (name,) in reader.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
    }
    reader.close()

    assert tables == set(COUNTED) | set(IMPERSONAL)


def test_r33_a_table_that_points_to_a_person_is_searched(store: Store) -> None:
    reader = store.reader()
    pointing = {
        name
        for (name,) in reader.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if {"mark", "person", "subject"}
        & {row[1] for row in reader.execute(f'PRAGMA table_info("{name}")').fetchall()}
    }
    reader.close()

    assert pointing == set(COUNTED)


def test_r33_the_export_is_whole_and_in_full(store: Store) -> None:
    plant(store)

    found = dossier(store, ANNA)

    assert found.record is not None
    assert {one["kind"] for one in found.record["tokens"]} == {"card", "eid", "irk", "link"}
    assert CARD in json.dumps(found.record)
    assert found.record["profile"]["display_name"] == "Ada"
    assert found.rests_on["card"] == "visit_history"
    assert len(found.visits) == 3
    assert [one["data"]["receipt"] for one in found.events if "receipt" in one["data"]] == [
        "R-1",
        "R-3",
    ]
    assert found.inside["presence"]["customer"] == ANNA
    assert "cross_store" in found.withdrawn
    assert "cross_store" not in found.allows


def test_r33_nothing_of_anybody_else_is_in_it(store: Store) -> None:
    plant(store)

    raw = json.dumps(
        [dossier(store, ANNA).record, dossier(store, ANNA).events, dossier(store, ANNA).inside]
    )

    assert BERT not in raw
    assert "R-2" not in raw


def test_r33_of_somebody_unknown_it_is_proved_that_nothing_is_there(store: Store) -> None:
    plant(store)

    found = dossier(store, NOBODY)

    assert not found.found
    assert set(found.searched.values()) == {0}
    assert (found.record, found.visits, found.events, found.inside) == (None, (), (), {})


def test_r33_a_customer_of_thousands_of_events_is_handed_out_in_10_s(store: Store) -> None:
    desk = plant(store)
    for number in range(HUNDREDS):
        kept = store.ledger.append(stay(10 + number, ANNA, desk.clock.now()))
    kept.result()
    began = time.monotonic()

    found = dossier(store, ANNA)
    raw = json.dumps(list(found.events))

    assert time.monotonic() - began < 10
    assert raw.count('"receipt"') >= HUNDREDS


def edge(*words: str) -> tuple[int, Any]:
    done = CliRunner().invoke(main, words)
    return done.exit_code, done.output


def test_r33_the_command_hands_out_shows_and_erases_without_the_daemon(
    store: Store, tmp_path: Path
) -> None:
    plant(store)
    store.writer.submit(lambda conn: conn.execute("DELETE FROM erasure")).result()
    store.writer.submit(lambda conn: conn.execute("DELETE FROM audit")).result()
    store.close()
    state = ("--state", str(tmp_path))

    shown, figures = edge("customer", "show", ANNA, *state, "--json")
    handed, whole = edge("customer", "export", ANNA, *state)
    stopped, left = edge(
        "customer", "withdraw", ANNA, "--purpose", "presence_ble", *state, "--json"
    )
    gone, receipt = edge("customer", "forget", ANNA, *state, "--json")
    after, nothing = edge("customer", "show", ANNA, *state, "--json")
    again, _ = edge("customer", "forget", ANNA, *state)

    assert (shown, handed, stopped, gone, after, again) == (0, 0, 0, 0, 69, 69)
    assert json.loads(figures)["visits"] == 3
    assert CARD not in figures
    assert CARD in whole
    assert "presence_ble" not in json.loads(left)["left"]
    assert json.loads(receipt)["is_complete"] is True
    kept = {name: rows for name, rows in json.loads(nothing)["searched"].items() if rows}
    assert set(kept) == {"tombstone", "audit"}
    with open_store(tmp_path) as reopened:
        reader = reopened.reader()
        waiting = asked.pending(reader, limit=9)
        anna = customers.get(reader, ANNA)
        bert = customers.get(reader, BERT)
        reader.close()
        desk = Desk(reopened)
        (told,) = desk.receipts()
    assert (waiting, anna) == ([], None)
    assert bert is not None
    assert isinstance(told, ErasureCompleted)
    assert told.residue == 0


def test_r33_of_somebody_unknown_the_command_ends_with_69_however_often(
    store: Store, tmp_path: Path
) -> None:
    plant(store)
    store.writer.submit(lambda conn: conn.execute("DELETE FROM audit")).result()
    store.close()

    code, said = edge("customer", "export", NOBODY, "--state", str(tmp_path))
    again, trace = edge("customer", "export", NOBODY, "--state", str(tmp_path))

    assert (code, again) == (69, 69)
    assert set(json.loads(said)["searched"].values()) == {0}
    assert json.loads(trace)["searched"]["audit"] == 1


@pytest.mark.parametrize(
    ("who", "purpose", "why"),
    [(ANNA, "visits", "no such purpose"), (NOBODY, "visit_history", "nobody of this name")],
)
def test_r33_what_is_refused_without_the_daemon_is_told_as_with_it(
    store: Store, tmp_path: Path, who: CustomerId, purpose: str, why: str
) -> None:
    plant(store)
    store.close()
    words = ("customer", "receipt", who, "--purpose", purpose, "--state", str(tmp_path))

    status, told = edge(*words)

    assert status == ConfigError.exit_code
    assert why in told


def test_r33_a_file_that_is_there_is_not_overwritten(store: Store, tmp_path: Path) -> None:
    plant(store)
    store.close()
    out = tmp_path / "anna.json"

    first, _ = edge("customer", "export", ANNA, "--state", str(tmp_path), "--out", str(out))
    second, _ = edge("customer", "export", ANNA, "--state", str(tmp_path), "--out", str(out))

    assert (first, second) == (0, 78)
    assert out.stat().st_mode & 0o077 == 0
    assert json.loads(out.read_bytes())["customer"] == ANNA


def test_r33_a_folder_without_a_ledger_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    code, _ = edge("customer", "show", ANNA, "--state", str(tmp_path))

    assert code == 78
    assert list(tmp_path.iterdir()) == []


def test_r33_the_receipt_says_what_was_agreed_to_and_what_was_taken_back_since(
    store: Store, tmp_path: Path
) -> None:
    plant(store)
    store.close()

    code, said = edge(
        "customer", "receipt", ANNA, "--purpose", "visit_history", "--state", str(tmp_path)
    )

    told = json.loads(said)
    (receipt,) = told["receipts"]
    assert code == 0
    assert [one["dpv:hasPurpose"] for one in receipt["dpv:hasRecord"]] == ["visit_history"]
    assert set(told["withdrawn"]) == {"cross_store"}
    assert CARD not in said


async def test_r33_the_running_daemon_is_asked_and_does_what_the_desk_wants(folder: Path) -> None:
    scanner = driver_that(for_ever)
    state = folder / "state"
    state.mkdir(mode=0o700)
    with Store.open(state / DATABASE, cipher=Keyring(device_key(state))) as seeded:
        await Desk(seeded).deliver(told_of(ANNA))
        seeded.ledger.append(stay(1, ANNA, NOW)).result()

    async with daemon(folder, settings=SETTINGS, scanner=scanner):
        handed = await asyncio.to_thread(order, state, "export", ANNA)
        taken = await asyncio.to_thread(order, state, "withdraw", ANNA)
        gone = await asyncio.to_thread(order, state, "forget", ANNA)
        after = await asyncio.to_thread(order, state, "show", ANNA)

    assert handed["record"]["profile"]["display_name"] == "Ada"
    assert taken["left"] == []
    assert (gone["was_known"], gone["is_complete"]) == (True, True)
    assert after["found"] is False
    assert [path for path in state.iterdir() if ANNA.encode() in path.read_bytes()] == []
