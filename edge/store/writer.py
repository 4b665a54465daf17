"""This is where everything that changes the store happens: one thread, one connection."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar

from edge.errors import StoreError
from edge.store.engine import Connection, SqliteError, is_busy, store_error

T = TypeVar("T")

QUEUE_JOBS: Final = 1_024
"""Jobs that may wait; at a commit of 10 ms and GROUP_JOBS a commit, under a second's work."""

GROUP_JOBS: Final = 128
"""Jobs that may share a transaction: enough to spread the cost of one sync to nothing."""


class Writer:
    """Runs jobs on the writing connection, those that are waiting together in one transaction.

    A job is a function of the connection and must have no other effect: where a shared transaction
    fails, its jobs are run again one by one, so that one that cannot be kept harms no neighbour.
    A job's future is resolved after the commit, in the writer's thread; it holds the job's result,
    what the job raised, or a StoreError where SQLite failed. A job must not wait for another job.
    """

    def __init__(
        self, conn: Connection, where: Path, *, capacity: int = QUEUE_JOBS, group: int = GROUP_JOBS
    ) -> None:
        """Take over a connection made by `connect_writer`; `start` begins to work."""
        self._conn = conn
        self._where = where
        self._group = group
        self._waiting: queue.Queue[_Work[Any] | None] = queue.Queue(capacity)
        self._door = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)

    def start(self) -> None:
        """Begin to work; jobs submitted before wait until then."""
        self._thread.start()

    def submit(self, job: Callable[[Connection], T]) -> Future[T]:
        """Have a job run inside a transaction; from any thread.

        While the queue is full this blocks until there is room: nothing is dropped here.
        Raises: StoreError after `close`.
        """
        return self._enqueue(_Work(job, alone=False))

    def submit_alone(self, job: Callable[[Connection], T]) -> Future[T]:
        """Have a job run with no transaction open, for what SQLite does only then (checkpoints)."""
        return self._enqueue(_Work(job, alone=True))

    def close(self) -> None:
        """Finish every job that was submitted, close the connection and end the thread."""
        with self._door:
            first = not self._closed
            self._closed = True
        if self._thread.ident is None:
            self.start()
        if first:
            self._waiting.put(None)
        self._thread.join()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _enqueue(self, work: "_Work[T]") -> Future[T]:
        with self._door:  # so that nothing is put behind the end mark
            if self._closed:
                raise StoreError("could not write", where=str(self._where), why="it is closed")
            self._waiting.put(work)
        return work.future

    def _run(self) -> None:
        """Work until the end mark; whatever ends this thread leaves no future unresolved."""
        with closing(self._conn):
            works: list[_Work[Any]] = []
            try:
                while works := self._next():
                    for alone, group in groupby(works, key=lambda work: work.alone):
                        self._perform(list(group), alone=alone)
            finally:
                self._refuse(works)
                self._refuse_rest()

    def _next(self) -> "list[_Work[Any]]":
        """Wait for a job and take those waiting behind it; empty at the end mark."""
        first = self._waiting.get()
        works = [] if first is None else [first]
        while works and len(works) < self._group:
            try:
                work = self._waiting.get_nowait()
            except queue.Empty:
                break
            if work is None:
                self._waiting.put(None)  # closed: nothing can have come behind it
                break
            works.append(work)
        return works

    def _perform(self, works: "list[_Work[Any]]", *, alone: bool) -> None:
        """Run jobs and resolve their futures."""
        wanted = [work for work in works if work.future.set_running_or_notify_cancel()]
        if alone:
            for work in wanted:
                work.attempt(self._conn)
                work.resolve(self._where)
            return
        why = self._transact(wanted)
        if why is not None and len(wanted) > 1 and not is_busy(why):
            for work in wanted:
                work.resolve(self._where, self._transact([work]))
            return
        for work in wanted:
            work.resolve(self._where, why)

    def _transact(self, works: "list[_Work[Any]]") -> SqliteError | None:
        """Run jobs in one transaction; give what kept it from being committed."""
        conn = self._conn
        try:
            conn.execute("BEGIN IMMEDIATE")
            for work in works:
                conn.execute("SAVEPOINT job")
                work.attempt(conn)
                # Fails where the error took the whole transaction with it (disk full).
                conn.execute("RELEASE job")
            conn.execute("COMMIT")
        except SqliteError as why:
            if conn.in_transaction:
                conn.execute("ROLLBACK")
            return why
        return None

    def _refuse_rest(self) -> None:
        """Refuse what is still waiting when the thread ends; nothing comes in afterwards."""
        while not self._door.acquire(timeout=0.05):
            self._drain()  # makes room for a submitter who holds the door before a full queue
        self._closed = True
        self._door.release()
        self._drain()

    def _drain(self) -> None:
        """Refuse every job in the queue."""
        while not self._waiting.empty():
            work = self._waiting.get_nowait()
            if work is not None and work.future.set_running_or_notify_cancel():
                self._refuse([work])

    def _refuse(self, works: "list[_Work[Any]]") -> None:
        """Refuse those jobs that nothing became of."""
        why = "the writer ended; the service's journal says what ended it"
        for work in works:
            if not work.future.done():
                work.future.set_exception(
                    StoreError("could not write", where=str(self._where), why=why)
                )


class _Work(Generic[T]):
    """A job, what became of it, and the future that waits for that."""

    def __init__(self, job: Callable[[Connection], T], *, alone: bool) -> None:
        self.alone = alone
        self.future: Future[T] = Future()
        self._job = job
        self._results: list[T] = []
        self._failure: BaseException | None = None

    def attempt(self, conn: Connection) -> None:
        """Run the job; what it raises is kept for its future and what it wrote is undone."""
        self._results.clear()
        self._failure = None
        with _Handover(self, conn):
            self._results.append(self._job(conn))

    def keep(self, failure: BaseException) -> None:
        """Keep what the job raised."""
        self._failure = failure

    def resolve(self, where: Path, why: SqliteError | None = None) -> None:
        """Give the future its result, what the job raised, or why nothing was committed."""
        failure = self._failure or why
        if isinstance(failure, SqliteError):
            told = store_error(failure, what="could not write", where=where)
            told.__cause__ = failure
            self.future.set_exception(told)
        elif failure is not None:
            self.future.set_exception(failure)
        else:
            self.future.set_result(self._results[0])


class _Handover(Generic[T]):
    """Hands whatever a job raises to the one who waits for it, and undoes what it wrote."""

    def __init__(self, work: _Work[T], conn: Connection) -> None:
        self._work = work
        self._conn = conn

    def __enter__(self) -> None:
        """Nothing to do: the savepoint is there."""

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None
    ) -> bool:
        """Keep the error; the neighbours in the transaction go on."""
        if why is None:
            return False
        self._work.keep(why)
        if self._conn.in_transaction:
            self._conn.execute("ROLLBACK" if self._work.alone else "ROLLBACK TO job")
        return True
