"""This is where it is judged what the daemon made of a soak: claim by claim, with the figures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from drivers.wifi_monitor.refusals import DROPPED, NOT_A_PROBE
from edge.fusion.state import State
from edge.model.event import FootfallCounted, PurchaseRecorded, VisitIdentified
from edge.model.names import SECOND, Instant, SourceName
from edge.model.observation import EvidenceKind
from edge.privacy.moments import parse_moment
from edge.store.platform_store import StreamTotals
from edge.store.rows import LedgerRow
from tests.endurance import coverage
from tests.endurance.lines import AccessPoint, Bluetooth, Door, Radar, Scanner, Till
from tests.endurance.staged import Staged

CLOSE: Final = 0.02
"""How far coverage may lie beside what the other end saw."""
LONGEST_END_S: Final = 5.0
MOST_GROWTH_MB: Final = 10.0


@dataclass(frozen=True, kw_only=True)
class Lines:
    """The sources of the soak."""

    radar: Radar
    ble: Bluetooth
    door: Door
    scanner: Scanner
    till: Till
    ap: AccessPoint

    def all(self) -> tuple[Staged, ...]:
        return (self.radar, self.ble, self.door, self.scanner, self.till, self.ap)


@dataclass(frozen=True, kw_only=True)
class Story:
    """What was left when a soak was over."""

    lines: Lines
    pids: tuple[int, int]
    """At the start and before the end."""
    first: Mapping[str, Any]
    """The daemon's own report once everything ran."""
    last: Mapping[str, Any]
    """The same when everything was delivered, before it was told to end."""
    rows: Sequence[LedgerRow]
    state: State
    """What fusion remembers at the end."""
    received: Sequence[StreamTotals]
    broker_kills: int
    rss_mb: Sequence[float]
    """Evenly spread, the warm-up left out."""
    end_s: float
    exit_status: int
    log: str


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One thing that has to be so."""

    what: str
    wanted: str
    found: str
    holds: bool


def judge(story: Story) -> list[Claim]:
    """Look at everything."""
    return [
        *_of_the_process(story),
        *(claim for source in story.lines.all() for claim in _of_a_source(story, source)),
        *_of_what_was_counted(story),
        *_of_who_was_recognised(story),
        *_of_the_radio(story),
        *_of_the_platform(story),
    ]


def _of_the_process(story: Story) -> Iterator[Claim]:
    before, after = story.pids
    started, still = story.first["started"], story.last["started"]
    yield Claim(
        what="the daemon was never restarted",
        wanted=f"process {before}",
        found=f"process {after}",
        holds=before == after and started == still,
    )
    yield Claim(
        what="it ended on SIGTERM",
        wanted=f"0 within {LONGEST_END_S:.0f} s",
        found=f"{story.exit_status} after {story.end_s:.2f} s",
        holds=story.exit_status == 0 and story.end_s < LONGEST_END_S,
    )
    growth = _growth_mb(story.rss_mb)
    yield Claim(
        what="memory after warm-up",
        wanted=f"grows < {MOST_GROWTH_MB:.0f} MB",
        found=f"{story.rss_mb[0]:.1f} -> {story.rss_mb[-1]:.1f} MB ({growth:+.1f})",
        holds=growth < MOST_GROWTH_MB,
    )
    raw = {one for source in story.lines.all() for one in source.written.raw}
    named = sum(one in story.log for one in raw)
    yield _equal("identifiers in the log", 0, named)
    yield _equal("defects in the log", 0, story.log.count("defect") + story.log.count("Traceback"))


def _of_a_source(story: Story, source: Staged) -> Iterator[Claim]:
    told = coverage.changes(story.rows, source.name)
    yield _equal(
        f"{source.name}: faults recorded, down and up",
        len(source.outages),
        sum(coverage.is_recorded(outage, told) for outage in source.outages),
    )
    start, end = _moment(story.first["started"]), _moment(story.last["at"])
    span = {"first_at": source.first_at, "start": start, "end": end}
    seen = coverage.seen(source.outages, **span)
    as_told = coverage.told(told, **span)
    as_status = float(status_of(story, source.name)["coverage"])
    staged = coverage.staged(source.outages, **span)
    yield Claim(
        what=f"{source.name}: coverage",
        wanted=f"{seen:.1%} seen (mended {staged:.1%})",
        found=f"status {as_status:.1%}, ledger {as_told:.1%}",
        holds=max(abs(as_status - seen), abs(as_told - seen)) <= CLOSE,
    )


def _of_what_was_counted(story: Story) -> Iterator[Claim]:
    footfall = [row.data for row in story.rows if isinstance(row.data, FootfallCounted)]
    waiting = [
        tally for by_interval in story.state.tallies.values() for tally in by_interval.values()
    ]
    door = story.lines.door
    entered = sum(one.in_ for one in footfall) + sum(one.entered for one in waiting)
    left = sum(one.out for one in footfall) + sum(one.left for one in waiting)
    yield _equal("people counted in", door.entered, entered)
    yield _equal("people counted out", door.left, left)
    for one in footfall:
        yield _of_footfall(story, start=_moment(one.from_), end=_moment(one.to), found=one.coverage)
    # The running interval is told some minutes after its end; its coverage so far is remembered.
    start = max(story.state.footfall_from, door.first_at)
    end = _moment(story.last["at"])
    missed_s = sum(story.state.lives[SourceName(door.name)].down_s.values())
    yield _of_footfall(story, start=start, end=end, found=1 - missed_s * SECOND / (end - start))
    receipts = [row.data.receipt for row in story.rows if isinstance(row.data, PurchaseRecorded)]
    yield _equal("receipts, each once", sorted(story.lines.till.written.seen), sorted(receipts))


def _of_footfall(story: Story, *, start: int, end: int, found: float) -> Claim:
    door = story.lines.door
    seen = coverage.seen(door.outages, first_at=door.first_at, start=start, end=end)
    return Claim(
        what=f"coverage of the footfall of {(end - start) / SECOND:.0f} s",
        wanted=f"{seen:.1%} seen",
        found=f"{found:.1%}",
        holds=abs(found - seen) <= CLOSE,
    )


def _of_who_was_recognised(story: Story) -> Iterator[Claim]:
    for source, kind in (
        (story.lines.scanner, EvidenceKind.CARD),
        (story.lines.ap, EvidenceKind.LINK),
        (story.lines.ble, EvidenceKind.BLE),
    ):
        wanted = set(source.written.seen)
        known = _recognised(story, kind)
        yield _equal(f"{source.name}: customers heard", len(wanted), len(wanted & known))
    ble = story.lines.ble
    yield _equal("ble: adverts", ble.written.items, status_of(story, ble.name)["heard"])
    for serial in (story.lines.door, story.lines.scanner, story.lines.till):
        status = status_of(story, serial.name)
        found = (status["heard"], sum(status["refused"].values()))
        yield _equal(f"{serial.name}: lines heard, refused", (serial.written.items, 0), found)


def _of_the_radio(story: Story) -> Iterator[Claim]:
    radar = story.lines.radar
    status = status_of(story, radar.name)
    dropped, others = status["refused"].get(DROPPED, 0), status["refused"].get(NOT_A_PROBE, 0)
    yield _equal(
        f"radar: frames = heard + dropped ({dropped})",
        radar.written.items,
        status["heard"] + dropped,
    )
    yield _equal("radar: frames that are no probes", radar.written.items - radar.probes, others)
    drops = {source.name: status_of(story, source.name)["drops"] for source in story.lines.all()}
    yield _equal("sightings dropped by the mailbox", 0, sum(drops.values()))


def _of_the_platform(story: Story) -> Iterator[Claim]:
    yield _equal("events left in the outbox", 0, story.last["health"].get("outbox_depth", 0))
    yield _equal("ledgers at the platform", 1, len(story.received))
    stream = story.received[0]
    yield _equal("gaps, faulty events", (0, 0), (stream.gaps, stream.faulty))
    yield Claim(
        what=f"events acknowledged ({story.broker_kills} kills of the broker)",
        wanted=str(stream.last),
        found=f"{stream.through} ({stream.duplicates} copies left out)",
        holds=stream.through == stream.last,
    )
    # What the sources' own end adds is told after the good-bye at the latest, and stays for later.
    late = [row for row in story.rows if row.sequence > stream.through]
    yield _equal(
        "events after that, of the end itself",
        len(late),
        sum(row.at_ms * 1_000_000 >= _moment(story.last["at"]) for row in late),
    )


def status_of(story: Story, source: str) -> Mapping[str, Any]:
    """Give what the daemon's last report says of a source."""
    found: Mapping[str, Any] = next(one for one in story.last["sources"] if one["name"] == source)
    return found


def _moment(text: str) -> Instant:
    found = parse_moment(text)
    assert found is not None
    return found


def _recognised(story: Story, kind: EvidenceKind) -> set[str]:
    """Give the customers of whom such evidence is known: told, or remembered for their visit."""
    told = {
        row.data.customer
        for row in story.rows
        if isinstance(row.data, VisitIdentified)
        and any(one.kind == kind for one in row.data.evidence)
    }
    kept = {one.customer for one in story.state.presences.values() if kind in one.heard}
    return {str(one) for one in told | kept}


def _growth_mb(samples: Sequence[float]) -> float:
    """Compare the last tenth with the first, so that one odd sample says nothing."""
    some = max(1, len(samples) // 10)
    return sum(samples[-some:]) / some - sum(samples[:some]) / some


def _equal(what: str, wanted: Any, found: Any) -> Claim:
    if isinstance(wanted, list):
        return Claim(
            what=what, wanted=str(len(wanted)), found=str(len(found)), holds=wanted == found
        )
    return Claim(what=what, wanted=str(wanted), found=str(found), holds=wanted == found)
