"""Everybody's key is made once, is gone when it is thrown away, and is never another device's."""

from pathlib import Path

import pytest

from edge.errors import StoreError
from edge.model.names import CustomerId
from edge.privacy.keyring import Keyring, PersonKey
from edge.store import customers, vault
from edge.store.database import Store
from edge.store.engine import Connection
from edge.store.vault import Vault
from tests.privacy.vaults import ANNA, BERT, DEVICE_KEY, fill, keep, names_read, open_store


def number(store: Store, who: CustomerId) -> int:
    return store.writer.submit(
        lambda conn: vault.need_vault(conn, what="look").admit(conn, who).number
    ).result()


def throw_away(store: Store) -> None:
    def job(conn: Connection) -> None:
        conn.execute("DELETE FROM person")

    store.writer.submit(job).result()


def test_a_person_keeps_their_key_over_a_restart(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        first = number(store, ANNA), number(store, BERT)

    with open_store(tmp_path) as store:
        again = number(store, ANNA), number(store, BERT)

    assert first == again
    assert first[0] != first[1]


def test_a_number_that_was_a_persons_is_never_another_persons(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        gone = number(store, ANNA)
        throw_away(store)

        assert number(store, BERT) > gone


def test_a_key_of_a_transaction_that_was_undone_is_not_remembered(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:

        def fails(conn: Connection) -> None:
            customers.put(conn, ANNA, version=1, record=b"lost")
            raise StoreError("could not go on")

        with pytest.raises(StoreError, match="could not go on"):
            store.writer.submit(fails).result()

        assert keep(store, ANNA)
        assert names_read(store)["customers"] == {ANNA}


def test_with_another_devices_key_nothing_is_read_and_nothing_is_replaced(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        fill(store)

    with open_store(tmp_path, key=bytes(32)) as store:
        assert store.vault is None
        assert names_read(store)["customers"] == {None}
        with pytest.raises(StoreError, match="device key"):
            keep(store, ANNA, 2)

    with open_store(tmp_path) as store:
        assert names_read(store)["customers"] == {ANNA, BERT}


def test_what_takes_the_key_says_so_with_a_remedy(tmp_path: Path) -> None:
    with open_store(tmp_path, key=None) as store, pytest.raises(StoreError) as told:
        keep(store, ANNA)

    assert "edge doctor" in told.value.remedy


def test_opened_keys_are_forgotten_when_one_is_thrown_away(tmp_path: Path) -> None:
    opened: list[bytes] = []

    class Counting(Keyring):
        def unwrap(self, mark: bytes, wrapped: bytes) -> PersonKey:
            opened.append(mark)
            return super().unwrap(mark, wrapped)

    with Store.open(tmp_path / "edge.db", cipher=Counting(DEVICE_KEY)) as store:
        number(store, ANNA)
        opened.clear()
        for _ in range(3):
            number(store, ANNA)
        before = len(opened)
        assert isinstance(store.vault, Vault)
        store.vault.close_keys()
        number(store, ANNA)

    assert (before, len(opened)) == (1, 2)


def test_who_is_told_of_again_after_an_erasure_gets_another_key(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        keep(store, ANNA)
        first = number(store, ANNA)
        throw_away(store)
        keep(store, ANNA, 2)

        assert number(store, ANNA) > first
        assert names_read(store)["customers"] == {ANNA}
