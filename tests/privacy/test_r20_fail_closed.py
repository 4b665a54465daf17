"""R20: whatever is broken, nobody is known then, people are counted on, and it is said."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.config.schema import Settings, StoreSettings
from edge.daemon.keys import KEY_FILE
from edge.daemon.live_store import open_live_store, why_locked
from edge.daemon.policy_force import force_of
from edge.daemon.run_fold import take_up
from edge.daemon.run_premises import Premises, open_premises
from edge.errors import StoreError
from edge.fusion.fold import resume
from edge.fusion.tuning import Tuning
from edge.model.event import Event, FootfallCounted
from edge.model.names import DoorName, Instant
from edge.store import customers, reading
from edge.store.database import Store
from edge.store.engine import connect_writer
from edge.store.ledger import LOCKED, Snapshot
from edge.store.schema import VERSION
from tests.fusion.days import toy_floor
from tests.privacy.kit import NOW
from tests.privacy.vaults import ANNA, BERT, EVERYBODY, fill, keep, names_read, stay

Break = Callable[[Path], object]


def settings(policy: str = "eu_strict") -> StoreSettings:
    return StoreSettings(id="toy-1", policy=policy)


def lose_key(state: Path) -> None:
    (state / KEY_FILE).unlink()


def swap_key(state: Path) -> None:
    (state / KEY_FILE).write_bytes(bytes(32))


def cut_key(state: Path) -> None:
    (state / KEY_FILE).write_bytes(b"short")


def open_key_to_all(state: Path) -> None:
    (state / KEY_FILE).chmod(0o644)


def change(state: Path, statement: str) -> None:
    conn = connect_writer(state / "edge.db")
    conn.execute(statement)
    conn.close()


def damage_keys(state: Path) -> None:
    change(state, "UPDATE person SET wrapped = zeroblob(64)")


def damage_records(state: Path) -> None:
    change(state, "UPDATE customer SET sealed = zeroblob(64)")


def counted() -> Event:
    data = FootfallCounted(
        door=DoorName("door-1"), from_="", to="", in_=3, out=2, coverage=1.0, calibration=0
    )
    return Event(at=NOW, recorded=NOW, data=data)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Make a live store's folder with two customers who were here."""
    with open_live_store(tmp_path, settings()) as store:
        fill(store)
    return tmp_path


def premises(store: Store, policy: str = "eu_strict") -> Premises:
    wanted = Settings(store=settings(policy))
    return open_premises(wanted, store, force=force_of(wanted, platform=None))


def known(store: Store, rules: Premises) -> int:
    """Give how many customers a start takes up."""
    reader = store.reader()
    try:
        return sum(one is not None for one in rules.book.read(reader))
    finally:
        reader.close()


@pytest.mark.parametrize("breaks", [lose_key, swap_key, cut_key, open_key_to_all])
def test_r20_without_its_key_nobody_is_known_people_are_counted_and_it_is_said(
    state: Path, breaks: Break, caplog: pytest.LogCaptureFixture
) -> None:
    breaks(state)

    with caplog.at_level(logging.ERROR), open_live_store(state, settings()) as store:
        rules = premises(store)
        first, last = store.ledger.append([counted()]).result()
        read = names_read(store)

        assert store.vault is None
        assert known(store, rules) == 0
        assert read["customers"] == read["visits"] == read["events"] == {None}
        assert last == first
        assert rules.locked is not None
        assert rules.locked.doubt
        assert rules.locked.remedy
    assert "nobody is recognised, counting goes on" in caplog.text


@pytest.mark.parametrize("breaks", [lose_key, swap_key])
def test_r20_what_the_key_sealed_is_all_there_when_the_key_is_back(
    state: Path, breaks: Break
) -> None:
    key = (state / KEY_FILE).read_bytes()
    breaks(state)
    with open_live_store(state, settings()) as store:
        store.ledger.append([counted()]).result()

    (state / KEY_FILE).write_bytes(key)
    (state / KEY_FILE).chmod(0o600)

    with open_live_store(state, settings()) as store:
        assert names_read(store)["customers"] == set(EVERYBODY)
        assert names_read(store)["events"] == {None, *EVERYBODY}


def test_r20_without_the_key_nothing_is_taken_in_of_anybody(state: Path) -> None:
    lose_key(state)

    with open_live_store(state, settings()) as store:
        with pytest.raises(StoreError, match="device key"):
            keep(store, ANNA, 2)
        store.ledger.append(stay(ANNA)).result()
        reader = store.reader()
        newest = list(reading.events(reader, after=10))
        reader.close()

    assert [getattr(row.data, "customer", None) for row in newest] == [None, "", None, "", None]


@pytest.mark.parametrize("breaks", [damage_keys, damage_records])
def test_r20_who_cannot_be_opened_is_not_known_and_is_counted(state: Path, breaks: Break) -> None:
    breaks(state)

    with open_live_store(state, settings()) as store:
        reader = store.reader()
        records = [row.record for row in customers.rows(reader)]
        reader.close()

        assert records == [None, None]
        assert known(store, premises(store)) == 0
        assert store.ledger.append([counted()]).result() == (11, 11)


def test_r20_one_damaged_person_leaves_the_others_known(state: Path) -> None:
    change(state, "UPDATE person SET wrapped = zeroblob(64) WHERE number = 1")

    with open_live_store(state, settings()) as store:
        assert names_read(store)["customers"] == {None, BERT}


def test_r20_a_damaged_person_is_known_again_when_the_platform_tells_of_them(state: Path) -> None:
    damage_keys(state)

    with open_live_store(state, settings()) as store:
        assert keep(store, ANNA, 2)
        assert names_read(store)["customers"] == {None, ANNA}


def test_r20_an_event_that_cannot_be_opened_never_holds_up_the_outbox(state: Path) -> None:
    damage_keys(state)

    with open_live_store(state, settings()) as store:
        reader = store.reader()
        waiting = store.outbox.peek(reader, after=0, limit=100)
        store.outbox.peek(reader, after=0, limit=100)
        reader.close()
        let_go = store.outbox.acknowledge(store.epoch, 10).result()

    assert [row.sequence for row in waiting] == list(range(1, 11))
    assert not any(getattr(row.data, "customer", None) for row in waiting)
    assert let_go == 10
    assert store.outbox.locked == 6


def test_r20_a_memory_that_cannot_be_opened_begins_anew_and_repeats_no_visit(state: Path) -> None:
    lose_key(state)
    with open_live_store(state, settings()) as store:
        snapshot = store.ledger.snapshot()
        assert snapshot is not None
        assert snapshot.state == LOCKED

    taken = take_up(snapshot, toy_floor(), tuning=Tuning(), epoch="e1", now=NOW)
    later = take_up(
        Snapshot(position=0, at=NOW, state=LOCKED),
        toy_floor(),
        tuning=Tuning(),
        epoch="e1",
        now=Instant(NOW + 10**12),
    )

    assert taken.events == ()
    assert "device key" in taken.note
    ordinals = [resume(one.fusion.snapshot()).ordinal for one in (taken, later)]
    assert ordinals[1] > ordinals[0] > 10**9


@pytest.mark.parametrize("policy", ["eu_strictt", "", "off"])
def test_r20_under_a_policy_that_cannot_be_read_nobody_is_known(state: Path, policy: str) -> None:
    with open_live_store(state, settings(policy)) as store:
        rules = premises(store, policy)

        assert rules.policy.name == "off"
        assert bool(rules.doubt) is (policy != "off")


def test_r20_a_newer_schema_is_put_aside_as_it_is_and_people_are_counted_on(state: Path) -> None:
    change(state, f"PRAGMA user_version = {VERSION + 1}")
    before = (state / "edge.db").read_bytes()

    with open_live_store(state, settings()) as store:
        assert store.vault is None
        assert store.ledger.last() == 0
        assert "stands in" in why_locked(store, settings()).doubt

    assert (state / "damaged" / "1" / "edge.db").read_bytes() == before


def test_r20_another_stores_newer_ledger_is_left_alone(state: Path) -> None:
    change(state, f"PRAGMA user_version = {VERSION + 1}")
    change(state, "UPDATE meta SET value = 'elsewhere' WHERE key = 'store'")
    before = (state / "edge.db").read_bytes()

    with pytest.raises(StoreError, match="made by a newer version") as told:
        open_live_store(state, settings())

    assert told.value.remedy
    assert (state / "edge.db").read_bytes() == before
