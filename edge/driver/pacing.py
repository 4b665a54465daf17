"""This is where recorded records are handed over in small batches, in step with their own time."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from edge.driver.contract import RecordedFile
from edge.driver.outlet import Outlet
from edge.model.names import SECOND, Instant

Record = TypeVar("Record")

MARGIN_NS: Final = 3_600 * SECOND
"""How far outside a recording a record's time may lie: clocks of sensors drift, and a store that
changes to summer time by hand is an hour off. Further away it is another recording's."""

BATCH_RECORDS: Final = 512
"""Most records in a batch, from the driver contract."""

BATCH_SPAN_NS: Final = SECOND // 4
"""Longest stretch of time in a batch: as long as the daemon's intake waits, so that a source of
few records does not run ahead of the others in the same recording."""

OUTSIDE: Final = "outside the recording"


def paced(
    entries: Iterable[tuple[int, Record] | str],
    file: RecordedFile,
    *,
    outlet: Outlet,
    take: Callable[[Instant, Record], None],
) -> Iterator[Instant]:
    """Give each record to `take`, in the order of the file, and yield after each small batch.

    An entry is a record with its moment (ns since 1970), or a text: the reason why a record
    could not be read, which is counted at the moment of the record before it. Records further
    than an hour outside the recording are counted and not handed over. What is yielded is the
    moment of the last record handed over.
    """
    earliest, latest = file.started - MARGIN_NS, file.ended + MARGIN_NS
    first = now = file.started
    waiting = 0
    for entry in entries:
        if waiting >= BATCH_RECORDS:
            yield now
            waiting = 0
        if isinstance(entry, str):
            outlet.refuse(now, entry)
        elif not earliest <= entry[0] <= latest:
            outlet.refuse(now, OUTSIDE)
        else:
            at = Instant(entry[0])
            if waiting and abs(at - first) >= BATCH_SPAN_NS:
                yield now
                waiting = 0
            first = at if not waiting else first
            now = at
            take(at, entry[1])
        waiting += 1
    if waiting:
        yield now
