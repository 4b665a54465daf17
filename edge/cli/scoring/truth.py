"""This is where a recording's truth.jsonl becomes stays, counts and occupancy."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from edge.cli.reporting.rows import moment_ms
from edge.errors import RecordingError
from edge.model.customer import Role
from edge.model.names import CustomerId

LATEST_S: Final = 253_402_300_799
"""Last second of the year 9999; a later time is a mistake, such as milliseconds for seconds."""
NO_ENTRIES: Final = "the truth has no `entered` lines"
REMEDY: Final = 'write one object a line, such as {"t": 1773478800.1, "kind": "entered"}'


class TruthLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line as it is written; fields that are not named here are passed over."""

    t: float | str
    """UTC epoch seconds, or an RFC 3339 text."""
    kind: str
    person: str | int | None = None
    customer: CustomerId | None = None
    reachable: bool | None = None
    """Whether the edge could have known this customer (a consent, something to be heard)."""
    role: Role = Role.CUSTOMER
    people: float | None = None
    zone: str | None = None


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A line with its time read."""

    at_ms: int
    line: TruthLine


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    """One time that one person spent in the store."""

    entered_ms: int
    left_ms: int | None = None
    """None where the truth does not say, or the person never left."""
    customer: CustomerId | None = None
    reachable: bool = False
    zones: tuple[tuple[int, str], ...] = ()
    """From when on (ms) the person was in which zone."""


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """What really happened; staff are left out of everything but their own set."""

    stays: tuple[Stay, ...] = ()
    """One for each `entered`, in order of time."""
    leavings_ms: tuple[int, ...] = ()
    """One for each `left`."""
    inside_before: int = 0
    """People whose first line says that they left."""
    occupancy: tuple[tuple[int, float], ...] = ()
    """From when on (ms) how many people were inside, where `occupancy` lines say so."""
    staff: frozenset[CustomerId] = frozenset()
    knows_zones: bool = False
    ignored: int = 0
    """Lines of a kind that is not known here."""


def read_truth(path: Path, *, staff: Collection[CustomerId] = ()) -> Truth:
    """Read a truth file.

    Raises: RecordingError naming the first line that cannot be read, and how many more there are.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RecordingError(
            "cannot read the truth",
            where=str(path),
            why=error.strerror or str(error),
            remedy="add truth.jsonl to the recording",
        ) from error
    return parse_truth(content.splitlines(), where=str(path), staff=staff)


def parse_truth(lines: Iterable[bytes], *, where: str, staff: Collection[CustomerId] = ()) -> Truth:
    """Make truth of its lines, in any order; blank lines are passed over.

    Raises: RecordingError as read_truth does.
    """
    marks: list[Mark] = []
    faults: list[tuple[int, str]] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            marks.append(_mark(line))
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            faults.append((number, str(error)))
    if faults:
        number, why = faults[0]
        more = f" (and {len(faults) - 1} more lines)" if len(faults) > 1 else ""
        raise RecordingError(
            "cannot read the truth", where=f"{where}, line {number}", why=why + more, remedy=REMEDY
        )
    return _truth(sorted(marks, key=lambda mark: mark.at_ms), staff=frozenset(staff))


def _mark(line: bytes) -> Mark:
    said = msgspec.json.decode(line, type=TruthLine)
    if isinstance(said.t, str):
        at_ms = moment_ms(said.t)
    elif 0 <= said.t <= LATEST_S:
        at_ms = round(said.t * 1000)
    else:
        raise ValueError(f"t is {said.t:g}, which is no time in UTC epoch seconds")
    if said.kind == "occupancy" and (said.people is None or said.people < 0):
        raise ValueError("an occupancy line needs people, 0 or more")
    if said.kind == "zone" and (said.person is None or said.zone is None):
        raise ValueError("a zone line needs a person and a zone")
    return Mark(at_ms=at_ms, line=said)


def _truth(marks: list[Mark], *, staff: frozenset[CustomerId]) -> Truth:
    by_kind: dict[str, list[Mark]] = defaultdict(list)
    for mark in marks:
        by_kind[mark.line.kind].append(mark)
    entered = by_kind["entered"]
    staff |= {
        mark.line.customer
        for mark in entered
        if mark.line.role is Role.STAFF and mark.line.customer
    }
    badges = {
        mark.line.person
        for mark in entered
        if mark.line.role is Role.STAFF or mark.line.customer in staff
    } - {None}
    visitors = [mark for mark in entered if not _is_staff(mark, staff, badges=badges)]
    left = [mark for mark in by_kind["left"] if not _is_staff(mark, staff, badges=badges)]
    return Truth(
        stays=_stays(visitors, left, zones=by_kind["zone"]),
        leavings_ms=tuple(mark.at_ms for mark in left),
        inside_before=_inside_before(visitors, left),
        occupancy=tuple((mark.at_ms, mark.line.people or 0.0) for mark in by_kind["occupancy"]),
        staff=staff,
        knows_zones=bool(by_kind["zone"]),
        ignored=sum(
            len(found)
            for kind, found in by_kind.items()
            if kind not in {"entered", "left", "occupancy", "zone"}
        ),
    )


def _is_staff(
    mark: Mark, staff: frozenset[CustomerId], *, badges: Collection[str | int | None]
) -> bool:
    line = mark.line
    return line.role is Role.STAFF or line.customer in staff or line.person in badges


def _stays(entered: list[Mark], left: list[Mark], *, zones: list[Mark]) -> tuple[Stay, ...]:
    """Pair each entering with the same person's next leaving."""
    says_reachable = any(mark.line.reachable is not None for mark in entered)
    entering, leaving, moving = (_by_person(marks) for marks in (entered, left, zones))
    stays: list[Stay] = []
    for mark in entered:
        person, line = mark.line.person, mark.line
        next_ms = _next_ms(entering, mark, until_ms=None)
        left_ms = _next_ms(leaving, mark, until_ms=next_ms)
        end_ms = left_ms if left_ms is not None else next_ms
        customer = line.customer is not None
        stays.append(
            Stay(
                entered_ms=mark.at_ms,
                left_ms=left_ms,
                customer=line.customer,
                reachable=customer and (line.reachable is True or not says_reachable),
                zones=tuple(
                    (at.at_ms, at.line.zone or "")
                    for at in (moving.get(person, ()) if person is not None else ())
                    if mark.at_ms <= at.at_ms and (end_ms is None or at.at_ms < end_ms)
                ),
            )
        )
    return tuple(stays)


def _inside_before(entered: list[Mark], left: list[Mark]) -> int:
    first_ms: dict[str | int | None, int] = {}
    for mark in entered:
        first_ms.setdefault(mark.line.person, mark.at_ms)
    leavers = {
        mark.line.person
        for mark in left
        if mark.at_ms < first_ms.get(mark.line.person, mark.at_ms + 1)
    }
    return len(leavers - {None})


def _by_person(marks: list[Mark]) -> Mapping[str | int | None, list[Mark]]:
    found: dict[str | int | None, list[Mark]] = defaultdict(list)
    for mark in marks:
        found[mark.line.person].append(mark)
    return found


def _next_ms(
    marks: Mapping[str | int | None, list[Mark]], after: Mark, *, until_ms: int | None
) -> int | None:
    """Find the same person's first of these marks after one, and not later than `until_ms`."""
    if after.line.person is None:
        return None
    later = (mark.at_ms for mark in marks.get(after.line.person, ()) if mark.at_ms > after.at_ms)
    found = next(later, None)
    return found if found is None or until_ms is None or found <= until_ms else None
