"""One thread writes: what waits shares a transaction, and a failing job harms no neighbour."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from edge.errors import StoreError, WireError
from edge.store.engine import Connection, SqliteError, connect_reader, connect_writer, sqlite
from edge.store.writer import Writer

PAGES = "PRAGMA max_page_count = {}"


@pytest.fixture
def conn(path: Path) -> Connection:
    made = connect_writer(path)
    made.execute("CREATE TABLE note (line TEXT)")
    return made


@pytest.fixture
def statements(conn: Connection) -> list[str]:
    """Collect what the writing connection is told to do."""
    seen: list[str] = []
    conn.set_trace_callback(seen.append)
    return seen


@pytest.fixture
def waiting(conn: Connection, path: Path) -> Iterator[Writer]:
    """Give a writer that has not begun, so that what is submitted waits."""
    writer = Writer(conn, path)
    yield writer
    writer.close()


def note(line: str) -> Callable[[Connection], str]:
    """Make a job that writes a line."""

    def job(conn: Connection) -> str:
        conn.execute("INSERT INTO note VALUES (?)", (line,))
        return line

    return job


def fail(conn: Connection) -> None:
    """Write a line and then find that the message was wrong."""
    conn.execute("INSERT INTO note VALUES ('half')")
    raise WireError("refused a message")


def lines(path: Path) -> list[str]:
    reader = connect_reader(path)
    found = [row[0] for row in reader.execute("SELECT line FROM note ORDER BY rowid")]
    reader.close()
    return found


def test_jobs_that_wait_share_one_transaction(
    waiting: Writer, path: Path, statements: list[str]
) -> None:
    futures = [waiting.submit(note(f"line {number}")) for number in range(20)]

    waiting.start()

    assert [future.result() for future in futures] == [f"line {number}" for number in range(20)]
    assert statements.count("COMMIT") == 1
    assert lines(path) == [f"line {number}" for number in range(20)]


def test_a_transaction_takes_no_more_jobs_than_it_may(
    conn: Connection, path: Path, statements: list[str]
) -> None:
    writer = Writer(conn, path, group=8)
    futures = [writer.submit(note("line")) for _ in range(20)]

    with writer:
        for future in futures:
            future.result()

    assert statements.count("COMMIT") == 3


def test_a_failing_job_is_undone_and_its_neighbours_are_kept(waiting: Writer, path: Path) -> None:
    before, failing, after = (
        waiting.submit(note("a")),
        waiting.submit(fail),
        waiting.submit(note("b")),
    )

    waiting.start()

    assert (before.result(), after.result()) == ("a", "b")
    with pytest.raises(WireError, match="refused a message"):
        failing.result()
    assert lines(path) == ["a", "b"]


def test_a_future_is_resolved_after_the_commit(waiting: Writer, path: Path) -> None:
    seen: list[list[str]] = []
    future = waiting.submit(note("a"))
    future.add_done_callback(lambda _: seen.append(lines(path)))

    waiting.start()
    waiting.close()

    assert seen == [["a"]]


def test_an_error_of_sqlite_is_a_store_error(waiting: Writer, path: Path) -> None:
    waiting.start()

    failing = waiting.submit(lambda conn: conn.execute("INSERT INTO nowhere VALUES (1)"))

    with pytest.raises(StoreError, match="no such table") as caught:
        failing.result()
    assert caught.value.where == str(path)


def test_a_job_that_ends_the_shared_transaction_harms_no_neighbour(
    waiting: Writer, path: Path
) -> None:
    def end(conn: Connection) -> None:
        conn.execute("INSERT INTO note VALUES ('half')")
        conn.execute("ROLLBACK")

    before, ending, after = (
        waiting.submit(note("a")),
        waiting.submit(end),
        waiting.submit(note("b")),
    )

    waiting.start()

    assert (before.result(), after.result()) == ("a", "b")
    assert isinstance(ending.exception(), StoreError)
    assert lines(path) == ["a", "b"]


def test_a_full_disk_loses_nothing_and_deleting_still_works(
    waiting: Writer, conn: Connection
) -> None:
    waiting.start()
    waiting.submit(note("kept")).result()
    pages = conn.execute("PRAGMA page_count").fetchone()[0]
    waiting.submit_alone(lambda own: own.execute(PAGES.format(pages + 2)).close()).result()

    big = waiting.submit(lambda own: own.execute("INSERT INTO note VALUES (zeroblob(99999))"))
    small = waiting.submit(lambda own: own.execute("DELETE FROM note").rowcount)

    with pytest.raises(StoreError, match="full") as caught:
        big.result()
    assert "free space" in caught.value.remedy
    assert small.result() == 1


def test_a_full_disk_fails_only_the_job_that_does_not_fit(
    waiting: Writer, conn: Connection, path: Path, statements: list[str]
) -> None:
    pages = conn.execute("PRAGMA page_count").fetchone()[0]
    conn.execute(PAGES.format(pages + 2)).close()
    jobs: list[Future[str]] = [waiting.submit(note("a"))]
    big = waiting.submit(note("x" * 99_999))
    jobs.append(waiting.submit(note("b")))

    waiting.start()

    assert [job.result() for job in jobs] == ["a", "b"]
    assert isinstance(big.exception(), StoreError)
    assert lines(path) == ["a", "b"]
    assert "BEGIN IMMEDIATE" in statements


def test_a_file_held_by_another_program_is_a_store_error_with_a_remedy(
    waiting: Writer, conn: Connection, path: Path
) -> None:
    conn.execute("PRAGMA busy_timeout = 1").close()
    other = connect_writer(path)
    other.execute("BEGIN IMMEDIATE")
    futures = [waiting.submit(note("a")), waiting.submit(note("b"))]

    waiting.start()

    for future in futures:
        with pytest.raises(StoreError, match="end the other program"):
            future.result()
    other.execute("ROLLBACK")
    other.close()
    assert waiting.submit(note("c")).result() == "c"


def test_closing_finishes_what_was_submitted(waiting: Writer, path: Path) -> None:
    futures = [waiting.submit(note(f"{number}")) for number in range(300)]

    waiting.start()
    waiting.close()

    assert all(future.done() for future in futures)
    assert len(lines(path)) == 300


def test_a_cancelled_job_is_not_run(waiting: Writer, path: Path) -> None:
    unwanted, wanted = waiting.submit(note("unwanted")), waiting.submit(note("wanted"))
    assert unwanted.cancel()

    waiting.start()

    assert wanted.result() == "wanted"
    assert lines(path) == ["wanted"]


def test_a_full_queue_makes_the_submitter_wait_and_drops_nothing(
    conn: Connection, path: Path
) -> None:
    writer = Writer(conn, path, capacity=2)
    submitted: list[Future[str]] = []

    def submit() -> None:
        for number in range(5):
            submitted.append(writer.submit(note(f"{number}")))  # noqa: PERF401 - seen as it grows

    submitter = threading.Thread(target=submit)
    submitter.start()
    submitter.join(timeout=0.1)
    assert submitter.is_alive()
    assert len(submitted) == 2

    with writer:
        submitter.join()

    assert [future.result() for future in submitted] == ["0", "1", "2", "3", "4"]
    assert lines(path) == ["0", "1", "2", "3", "4"]


def test_many_threads_may_submit(waiting: Writer, path: Path) -> None:
    waiting.start()
    threads = [
        threading.Thread(target=lambda: [waiting.submit(note("x")) for _ in range(50)])
        for _ in range(8)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    waiting.close()

    assert len(lines(path)) == 400


def test_a_job_alone_runs_outside_any_transaction(waiting: Writer) -> None:
    together = waiting.submit(lambda conn: conn.in_transaction)
    alone = waiting.submit_alone(lambda conn: conn.in_transaction)

    waiting.start()

    assert (together.result(), alone.result()) == (True, False)


def test_a_job_alone_that_fails_leaves_no_transaction_open(waiting: Writer, path: Path) -> None:
    def begin_and_fail(conn: Connection) -> None:
        conn.execute("BEGIN")
        fail(conn)

    waiting.start()
    failing = waiting.submit_alone(begin_and_fail)
    after = waiting.submit(note("a"))

    assert isinstance(failing.exception(), WireError)
    assert after.result() == "a"
    assert lines(path) == ["a"]


def test_closing_a_writer_that_never_began_still_does_what_was_submitted(
    waiting: Writer, path: Path
) -> None:
    future = waiting.submit(note("a"))

    waiting.close()

    assert future.result() == "a"
    assert lines(path) == ["a"]


class Broken(Connection):
    """A connection that can neither commit nor go back, as when the disk is pulled out."""

    def execute(self, sql: str, *parameters: Any) -> Any:
        if sql in {"COMMIT", "ROLLBACK"}:
            raise SqliteError("disk I/O error")
        return super().execute(sql, *parameters)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_writer_that_dies_leaves_nobody_waiting(path: Path) -> None:
    writer = Writer(sqlite.connect(path, factory=Broken, check_same_thread=False), path, capacity=2)
    begun = writer.submit(lambda conn: conn.in_transaction)
    refused: list[StoreError] = []

    def submit_until_refused() -> None:
        try:
            while True:
                writer.submit(lambda conn: conn.in_transaction)
        except StoreError as error:
            refused.append(error)

    submitter = threading.Thread(target=submit_until_refused)
    submitter.start()
    writer.start()
    submitter.join(timeout=10)
    writer.close()

    with pytest.raises(StoreError, match="the writer ended"):
        begun.result(timeout=10)
    assert not submitter.is_alive()
    assert len(refused) == 1
