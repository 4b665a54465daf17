"""A message from the platform takes effect exactly once."""

from pathlib import Path

from edge.errors import WireError
from edge.store import inbox, meta
from edge.store.database import Store
from edge.store.engine import Connection


def count(conn: Connection) -> None:
    """Do something whose repetition shows."""
    meta.put(conn, "count", str(int(meta.get(conn, "count") or 0) + 1))


def count_and_fail(conn: Connection) -> None:
    count(conn)
    raise WireError("refused a message")


def test_a_repeated_message_does_nothing(store: Store, reader: Connection) -> None:
    outcomes = [store.inbox.apply("customers", "417", count).result() for _ in range(3)]

    assert outcomes == [True, False, False]
    assert meta.get(reader, "count") == "1"


def test_a_repeat_after_a_restart_does_nothing(path: Path) -> None:
    with Store.open(path) as store:
        store.inbox.apply("customers", "417", count).result()

    with Store.open(path) as store:
        again = store.inbox.apply("customers", "417", count).result()

    assert again is False


def test_the_same_key_of_another_kind_is_another_message(store: Store, reader: Connection) -> None:
    store.inbox.apply("customers", "1", count).result()

    assert store.inbox.apply("playbook", "1", count).result() is True
    assert meta.get(reader, "count") == "2"


def test_a_message_that_failed_left_nothing_and_may_come_again(
    store: Store, reader: Connection
) -> None:
    failed = store.inbox.apply("customers", "417", count_and_fail)
    assert isinstance(failed.exception(), WireError)
    assert meta.get(reader, "count") is None

    assert store.inbox.apply("customers", "417", count).result() is True


def test_a_repeated_request_finds_the_answer_of_the_first(store: Store, reader: Connection) -> None:
    store.inbox.apply("restart", "t-1", count).result()
    before = inbox.answer(reader, "restart", "t-1")

    store.writer.submit(lambda conn: inbox.keep_answer(conn, "restart", "t-1", b"ok")).result()

    assert before is None
    assert inbox.answer(reader, "restart", "t-1") == b"ok"
    assert inbox.answer(reader, "restart", "t-2") is None


def test_the_inbox_forgets_its_oldest_keys_and_no_other_kinds(
    store: Store, reader: Connection
) -> None:
    kept = 100
    own = inbox.Inbox(store.writer, kept=kept)
    own.apply("playbook", "7", count).result()

    applied = [own.apply("customers", str(number), count) for number in range(2_000)]

    assert all(future.result() for future in applied)
    rows = reader.execute("SELECT count(*) FROM inbox WHERE kind = 'customers'").fetchone()[0]
    assert kept <= rows <= kept + 500
    assert own.apply("customers", "1999", count).result() is False
    assert own.apply("playbook", "7", count).result() is False
