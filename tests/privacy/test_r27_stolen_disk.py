"""R27: a stolen disk names nobody; with the device's key everything can be read."""

import shutil
from pathlib import Path

import pytest

from edge.model.event import ConsentWithdrawn, PurchaseRecorded, VisitIdentified
from edge.privacy.keyring import Keyring
from edge.store import reading
from edge.store.database import Store
from edge.store.engine import connect_reader
from edge.store.ledger import LOCKED
from edge.store.vault import Vault
from tests.privacy.vaults import (
    ANNA,
    DEVICE_KEY,
    EVERYBODY,
    RECEIPT,
    STATE,
    fill,
    forms,
    found_in,
    names_read,
    needles,
    open_store,
)


@pytest.fixture
def stolen(tmp_path: Path) -> Path:
    """Copy the files of a store under a running daemon, write-ahead log included."""
    home, loot = tmp_path / "home", tmp_path / "loot"
    home.mkdir()
    with open_store(home) as store:
        fill(store)
        shutil.copytree(home, loot)
    assert {file.name for file in loot.iterdir()} >= {"edge.db", "edge.db-wal"}
    return loot


def test_r27_no_byte_of_a_stolen_database_says_anything_of_anybody(stolen: Path) -> None:
    assert found_in(stolen, needles()) == []


def test_r27_the_search_would_find_what_lies_open(stolen: Path) -> None:
    (stolen / "note").write_bytes(b"call " + ANNA.encode() + b" back")

    assert {name for name, _ in found_in(stolen, needles())} == {"note"}


def test_r27_with_the_key_everything_of_the_same_files_can_be_read(stolen: Path) -> None:
    with open_store(stolen) as store:
        read = names_read(store)
        reader = store.reader()
        said = [row.data for row in reading.events(reader)]
        reader.close()

    assert read["customers"] == read["visits"] == set(EVERYBODY)
    assert read["events"] == {None, *EVERYBODY}
    assert read["state"] == read["answer"] == STATE
    assert {one.receipt for one in said if isinstance(one, PurchaseRecorded)} == {RECEIPT}


def test_r27_without_the_key_all_that_is_not_of_persons_can_be_read(stolen: Path) -> None:
    with open_store(stolen, key=None) as store:
        read = names_read(store)
        reader = store.reader()
        rows = list(reading.events(reader))
        visits = list(reading.visits(reader))
        reader.close()

    assert (read["customers"], read["visits"], read["events"]) == ({None}, {None}, {None})
    assert (read["state"], read["answer"]) == (LOCKED, None)
    assert [row.sequence for row in rows] == list(range(1, 11))
    assert len(visits) == 2
    assert {one.data.total for one in rows if isinstance(one.data, PurchaseRecorded)} == {23.9}
    assert all(
        row.is_locked is isinstance(row.data, VisitIdentified | PurchaseRecorded | ConsentWithdrawn)
        for row in rows
    )


def test_r27_a_persons_key_does_not_open_what_is_sealed_of_another(stolen: Path) -> None:
    reader = connect_reader(stolen / "edge.db", Vault(Keyring(DEVICE_KEY)))
    anna, bert = (Vault(Keyring(DEVICE_KEY)).find(reader, who) for who in EVERYBODY)
    reader.close()

    assert anna is not None
    assert bert is not None
    assert anna.number != bert.number
    assert anna.cipher.customer == ANNA


def test_r27_the_device_key_itself_is_never_in_the_database(stolen: Path) -> None:
    assert found_in(stolen, forms(DEVICE_KEY)) == []


def test_r27_a_replays_files_are_as_sealed_as_a_live_stores(tmp_path: Path) -> None:
    with Store.open(tmp_path / "edge.db", epoch="replay", cipher=Keyring(DEVICE_KEY)) as store:
        fill(store)

    assert found_in(tmp_path, needles()) == []
