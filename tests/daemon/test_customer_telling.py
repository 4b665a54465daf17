"""What a message says takes effect at once, for those it speaks of, and leases are renewed."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.daemon.applying import confirmed
from edge.model.names import CustomerId
from edge.privacy.keyring import Keyring
from edge.privacy.signature import PlatformKey
from edge.privacy.signing import platform_key_text, sign
from edge.store.database import Store
from tests.daemon.test_customer_book import DEVICE_KEY, Office, erasure, word
from tests.privacy.kit import CARD, HOUR_S, KEY, PRIVATE, later, put

LEASE_S = 72 * HOUR_S
ALL = ("presence_ble", "visit_history")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "edge.db", epoch="e1", cipher=Keyring(DEVICE_KEY)) as opened:
        yield opened


class Told(Office):
    """An office that never reads the disk anew: it is told."""

    def tell(self, *deltas: dict[str, Any], after_s: float = 0, cursor: str = "") -> None:
        self.book.tell(self.hear(*deltas, cursor=cursor, at=later(after_s)))

    def recognises(self, *, after_s: float = 1) -> bool:
        return self.recogniser.by_card(CARD, later(after_s)) is not None

    def find_version(self) -> int | None:
        found = self.book.find(CustomerId("c-1"))
        return None if found is None else found.version


def test_a_message_takes_effect_without_reading_the_disk(store: Store) -> None:
    office = Told(store)

    office.tell(word(1, *ALL))
    known = office.recognises()
    office.tell(word(2))
    withdrawn = office.recognises()
    office.tell(word(3, *ALL))
    office.tell(erasure(4))

    assert (known, withdrawn, office.recognises()) == (True, False, False)
    assert office.book.purposes(CustomerId("c-1"), later(1)) == ()


def test_what_is_held_of_a_customer_is_found_and_what_they_allow(store: Store) -> None:
    office = Told(store)
    office.tell(word(5, *ALL))

    assert office.find_version() == 5
    assert office.book.purposes(CustomerId("c-1"), later(1)) == ALL
    assert office.book.find(CustomerId("c-2")) is None
    assert office.book.purposes(CustomerId("c-2"), later(1)) == ()


@pytest.mark.parametrize("again", range(4))
def test_r23_in_any_order_with_repeats_what_is_told_and_what_is_kept_agree(
    store: Store, again: int
) -> None:
    words = [word(1, *ALL), word(2, *ALL), erasure(3), word(4, "visit_history")]

    for number, order in enumerate(itertools.permutations([*words, words[again]])):
        with Store.open(store.path.with_name(f"{number}.db"), cipher=Keyring(DEVICE_KEY)) as fresh:
            office = Told(fresh)
            for one in order:
                office.tell(one)
            told = office.recognises(), office.find_version()
            anew = Told(fresh)
            anew.load()

            assert told == (anew.recognises(), anew.find_version()) == (True, 4)
        if number == 30:
            break


def test_the_same_version_signed_once_more_renews_the_lease_also_on_the_disk(store: Store) -> None:
    office = Told(store)
    office.tell(word(1, *ALL))

    office.tell(word(1, *ALL), after_s=LEASE_S)
    anew = Told(store)
    anew.load()

    assert office.recognises(after_s=LEASE_S + 60)
    assert anew.recognises(after_s=LEASE_S + 60)


def test_the_same_version_without_a_signature_renews_nothing(store: Store) -> None:
    office = Told(store)
    office.tell(word(1, *ALL))

    office.tell(put(*ALL, version=1), after_s=LEASE_S)

    assert office.recognises(after_s=LEASE_S)
    assert not office.recognises(after_s=LEASE_S + 60)


def test_that_nothing_is_newer_renews_every_lease_also_after_a_restart(store: Store) -> None:
    office = Told(store)
    office.tell(word(1, *ALL), cursor="17")

    office.tell(cursor="17", after_s=LEASE_S)
    anew = Told(store)
    anew.load()

    assert office.recognises(after_s=LEASE_S + 60)
    assert anew.recognises(after_s=LEASE_S + 60)
    assert not office.recognises(after_s=2 * LEASE_S + 60)


def test_an_empty_message_behind_a_gap_or_with_a_fault_confirms_nothing(store: Store) -> None:
    office = Told(store)
    office.tell(word(1, *ALL), cursor="17")

    office.tell(after_s=LEASE_S)  # no cursor: the exchange took it away, because of a gap
    office.tell({"op": "sing"}, cursor="18", after_s=LEASE_S)

    assert not office.recognises(after_s=LEASE_S + 60)
    reader = store.reader()
    assert confirmed(reader) is None
    reader.close()


def test_a_confirmation_does_not_bring_back_what_was_withdrawn(store: Store) -> None:
    office = Told(store)
    office.tell(word(1, *ALL), cursor="17")
    office.tell(word(2), cursor="18")

    office.tell(cursor="18", after_s=60)

    assert not office.recognises(after_s=61)


def test_what_is_read_from_the_disk_never_overrules_what_was_just_told(store: Store) -> None:
    office = Told(store)
    office.hear(word(1, *ALL))
    reader = store.reader()
    office.book.begin_loading(confirmed(reader))
    old = list(office.book.read(reader))
    reader.close()

    office.tell(erasure(2))
    for customer in old:
        office.book.take(customer)
    office.book.end_loading()

    assert not office.recognises()


def test_whom_a_dropped_key_vouched_for_is_not_known_until_the_new_one_does(store: Store) -> None:
    old, new = platform_key_text(PRIVATE), platform_key_text(bytes(32))
    Told(store).hear(word(1, *ALL))
    both, only_new = Told(store), Told(store)
    both.book = type(both.book)(
        store, platform_key=PlatformKey.parse([old, new]), recogniser=both.recogniser
    )
    only_new.book = type(both.book)(
        store, platform_key=PlatformKey.parse([new]), recogniser=only_new.recogniser
    )

    both.load()
    only_new.load()
    before = both.recognises(), only_new.recognises()
    delta = put(*ALL, version=1)
    both.tell({**delta, "signature": sign(delta, bytes(32))})
    only_new.load()

    assert before == (True, False)
    assert only_new.recognises()
    assert KEY.names < PlatformKey.parse([old, new]).names


def test_behind_a_gap_only_what_takes_something_away_counts_at_once(store: Store) -> None:
    office = Told(store)
    office.tell(word(1, *ALL), word(1, *ALL, customer="c-2"))
    behind = [word(2), {**erasure(9), "customer": "c-2"}, word(1, *ALL, customer="c-3")]

    raw = json.dumps({"deltas": behind}).encode()
    job = office.book.keep(raw, at=later(1), is_behind_gap=True)
    office.book.tell(store.writer.submit(job).result())

    assert office.find_version() == 2
    assert office.book.find(CustomerId("c-2")) is None
    assert office.book.find(CustomerId("c-3")) is None
