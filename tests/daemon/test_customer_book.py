import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.daemon.applying import Applied
from edge.daemon.customers import CustomerBook
from edge.model.names import Instant
from edge.privacy.keyring import Keyring
from edge.privacy.recogniser import Recogniser
from edge.store.database import Store
from tests.privacy.kit import CARD, KEY, NOW, SECRET, later, policy, put, signed

DEVICE_KEY = bytes(range(32))


class Office:
    """A store, its book of customers, and whoever recognises them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.recogniser = Recogniser((), policy=policy(), secret=SECRET)
        self.book = CustomerBook(store, platform_key=KEY, recogniser=self.recogniser)

    def hear(self, *deltas: dict[str, Any], cursor: str = "", at: Instant = NOW) -> Applied:
        raw = json.dumps({"cursor": cursor, "deltas": list(deltas)}).encode()
        return self.store.writer.submit(self.book.keep(raw, at=at)).result()

    def load(self) -> int:
        reader = self.store.reader()
        try:
            return self.book.load(reader)
        finally:
            reader.close()

    def knows(self, code: str = CARD) -> str | None:
        self.load()
        found = self.recogniser.by_card(code, later(1))
        return None if found is None else found.customer


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "edge.db", epoch="e1", cipher=Keyring(DEVICE_KEY)) as opened:
        yield opened


def word(version: int, *purposes: str, **changes: Any) -> dict[str, Any]:
    return signed(put(*purposes, version=version, **changes))


def erasure(version: int) -> dict[str, Any]:
    return {"op": "erase", "customer": "c-1", "version": version, "reason": "withdrawn"}


def test_a_customer_the_platform_tells_of_is_known_by_their_card(store: Store) -> None:
    office = Office(store)

    applied = office.hear(word(1, "visit_history"), cursor="17")

    assert (applied.cursor, applied.changed, applied.faults) == ("17", 1, ())
    assert office.knows() == "c-1"


def test_a_customer_survives_a_restart(store: Store) -> None:
    Office(store).hear(word(1, "visit_history"))

    assert Office(store).knows() == "c-1"


def test_an_older_word_about_a_customer_does_not_take_effect(store: Store) -> None:
    office = Office(store)
    office.hear(word(2))

    applied = office.hear(word(1, "visit_history"))

    assert applied.changed == 0
    assert office.knows() is None


def test_a_customer_who_was_erased_does_not_come_back_with_an_older_word(store: Store) -> None:
    office = Office(store)
    office.hear(word(1, "visit_history"))

    assert office.hear(erasure(3)).changed == 1
    assert office.hear(word(2, "visit_history")).changed == 0

    assert office.knows() is None


def test_a_withdrawal_takes_effect_with_the_next_load(store: Store) -> None:
    office = Office(store)
    office.hear(word(1, "visit_history"))
    assert office.knows() == "c-1"

    office.hear(word(2))

    assert office.knows() is None


def test_what_is_wrong_with_a_message_is_told_in_fixed_words(store: Store) -> None:
    office = Office(store)

    applied = office.hear({"op": "put", "customer": CARD}, put("visit_history"))

    assert len(applied.faults) == 2
    assert CARD not in "".join(applied.faults)
    assert office.knows() is None


def test_with_another_device_key_nobody_is_known_and_that_is_counted(store: Store) -> None:
    Office(store).hear(word(1, "visit_history"))
    store.close()

    with Store.open(store.path, cipher=Keyring(bytes(32))) as opened:
        other = Office(opened)

        assert other.load() == 1
        assert other.knows() is None


def test_what_is_kept_on_disk_does_not_show_the_card(store: Store) -> None:
    office = Office(store)
    office.hear(word(1, "visit_history"))

    kept = b"".join(path.read_bytes() for path in store.path.parent.iterdir())

    assert CARD.encode() not in kept
    assert b"Ada" not in kept
