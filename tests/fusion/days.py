"""This is where tests write down a piece of a shop's day, one thing noticed a line.

10:00:00 in 1 by door-1
10:00:05-10:20:00/2 ble anna -60 by ble-entrance     every two seconds
10:00:30 badge 1 -60 by ble-entrance
10:01:00 link anna joins by ap
10:19:00 card anna by scanner
10:19:05 face anna by kiosk-cam
10:19:10 receipt R-1 23.90 anna by till
10:19:30 probe 17 by radar
10:19:40 alive by ble-floor
10:19:50 ble-floor is deaf
10:19:55 keeps anna presence_ble,visit_history by platform      "-" for nothing at all
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

import msgspec

from edge.fusion.fold import Fusion
from edge.fusion.state import State
from edge.fusion.tuning import Tuning
from edge.model.event import Event, EventData
from edge.model.names import SECOND, CustomerId, DoorName, Instant, SourceName, ZoneName
from edge.model.observation import (
    AnyObservation,
    ConsentChanged,
    CustomerHeard,
    DoorCounted,
    EvidenceKind,
    ProbeHeard,
    PurchaseMade,
    SignOfLife,
    SourceChanged,
    StaffHeard,
)
from edge.model.place import Door, Floor, PlacedSource, Zone, ZoneKind

MIDNIGHT: Final = 1_773_446_400 * SECOND
"""2026-03-14T00:00:00Z."""
PURPOSES: Final = ("presence_ble", "visit_history")
ZONES: Final = {
    "entrance": ZoneKind.ENTRANCE,
    "floor": ZoneKind.FLOOR,
    "checkout": ZoneKind.CHECKOUT,
}
SOURCES: Final = {
    "door-1": ("serial_line", "entrance"),
    "ble-entrance": ("ble_scan", "entrance"),
    "ble-floor": ("ble_scan", "floor"),
    "ble-checkout": ("ble_scan", "checkout"),
    "radar": ("wifi_monitor", "entrance"),
    "ap": ("wifi_link", None),
    "scanner": ("serial_line", "checkout"),
    "till": ("serial_line", "checkout"),
}
RECEIVERS: Final = ("ble-entrance", "ble-floor", "ble-checkout")
STRETCH: Final = re.compile(r"([\d:.]+)-([\d:.]+)/([\d.]+)")
Data = TypeVar("Data", bound=EventData)


def toy_floor(*, doors: tuple[str, ...] = ("door-1",), without: tuple[str, ...] = ()) -> Floor:
    """Give a small shop: an entrance with a counted door, a floor and a checkout."""
    return Floor(
        store="toy",
        timezone="Europe/Berlin",
        zones=tuple(Zone(name=ZoneName(name), kind=kind) for name, kind in ZONES.items()),
        doors=tuple(
            Door(name=DoorName(name), source=SourceName(name), zone=ZoneName("entrance"))
            for name in doors
        ),
        sources=tuple(
            PlacedSource(
                name=SourceName(name),
                driver=driver,
                zone=None if zone is None else ZoneName(zone),
            )
            for name, (driver, zone) in SOURCES.items()
            if name not in without
        ),
    )


def clock(text: str) -> Instant:
    """Give the moment of a time of day, as 10:00:05 or 10:00:05.250."""
    hours, minutes, seconds = text.split(":")
    whole_ms = round(float(seconds) * 1000) + 60_000 * (int(minutes) + 60 * int(hours))
    return Instant(MIDNIGHT + whole_ms * (SECOND // 1000))


def script(text: str) -> list[AnyObservation]:
    """Read a day; observations in the order of time, ties in the order of the lines."""
    found = [one for line in text.splitlines() if line.strip() for one in _line(line.split())]
    return sorted(found, key=lambda one: one.at)


def alive(source: str, start: str, end: str) -> list[AnyObservation]:
    """Give a sign of life every ten seconds."""
    return script(f"{start}-{end}/10 alive by {source}")


def begun(
    *, floor: Floor | None = None, tuning: Tuning | None = None, at: str = "09:00:00"
) -> Fusion:
    """Give a fold whose time has begun."""
    fusion = Fusion(floor or toy_floor(), state=State(epoch="e1"), tuning=tuning or Tuning())
    fusion.begin(clock(at))
    return fusion


def fold(fusion: Fusion, observations: Iterable[AnyObservation]) -> list[Event]:
    return [event for one in observations for event in fusion.step(one)]


def play(
    text: str,
    *,
    start: str = "09:00:00",
    end: str,
    floor: Floor | None = None,
    silent: tuple[str, ...] = (),
    awake: tuple[str, ...] = (),
) -> "Told":
    """Fold a day in a shop whose receivers, and those awake, live, but for the silent ones."""
    living = [name for name in (*RECEIVERS, *awake) if name not in silent]
    signs = [one for name in living for one in alive(name, start, end)]
    fusion = begun(floor=floor, at=start)
    told = fold(fusion, sorted([*signs, *script(text)], key=lambda one: one.at))
    return Told([*told, *fusion.finish(clock(end))], fusion)


class Told:
    """What fusion said of a day."""

    def __init__(self, events: list[Event], fusion: Fusion) -> None:
        self.events = events
        self.fusion = fusion

    def of(self, kind: type[Data]) -> list[tuple[str, Data]]:
        """Give the events of one type with the time of day at which they happened."""
        return [(_time(one.at), one.data) for one in self.events if isinstance(one.data, kind)]

    def data(self, kind: type[Data]) -> list[Data]:
        return [data for _, data in self.of(kind)]

    def times(self, kind: type[EventData]) -> list[str]:
        return [at for at, _ in self.of(kind)]


def encoded(events: Iterable[Event]) -> bytes:
    """Give events as bytes, so that equal means equal to the last digit."""
    return b"\n".join(
        msgspec.json.encode((one.at, one.recorded, one.visit, one.data.type, one.data))
        for one in events
    )


def _time(at: Instant) -> str:
    seconds, rest = divmod(at - MIDNIGHT, SECOND)
    whole = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{whole}.{rest // (SECOND // 1000):03}" if rest else whole


def _line(words: list[str]) -> Iterator[AnyObservation]:
    when, *rest = words
    if rest[1] == "is":
        source, build = rest[0], _change(rest[2])
    else:
        source, build = rest[-1], VERBS[rest[0]](*rest[1:-2])
    for at in _moments(when):
        yield build(at, SourceName(source))


def _moments(when: str) -> Iterator[Instant]:
    match = STRETCH.fullmatch(when)
    if match is None:
        yield clock(when)
        return
    first, last, step_s = clock(match[1]), clock(match[2]), float(match[3])
    yield from (Instant(at) for at in range(first, last + 1, round(step_s * SECOND)))


Build = Callable[[Instant, SourceName], AnyObservation]


def _in(people: str) -> Build:
    return lambda at, source: DoorCounted(at=at, source=source, entered=int(people))


def _out(people: str) -> Build:
    return lambda at, source: DoorCounted(at=at, source=source, left=int(people))


def _ble(who: str, dbm: str) -> Build:
    return _heard(who, EvidenceKind.BLE, signal_dbm=int(dbm))


def _link(who: str, what: str) -> Build:
    return _heard(who, EvidenceKind.LINK, leaving=what == "leaves")


def _card(who: str) -> Build:
    return _heard(who, EvidenceKind.CARD)


def _face(who: str) -> Build:
    return _heard(who, EvidenceKind.FACE)


def _heard(
    who: str, kind: EvidenceKind, *, signal_dbm: int | None = None, leaving: bool = False
) -> Build:
    return lambda at, source: CustomerHeard(
        at=at,
        source=source,
        customer=CustomerId(who),
        evidence=kind,
        purposes=PURPOSES,
        until=Instant(2**62),
        signal_dbm=signal_dbm,
        leaving=leaving,
    )


def _badge(number: str, dbm: str) -> Build:
    return lambda at, source: StaffHeard(
        at=at, source=source, badge=int(number), signal_dbm=int(dbm)
    )


def _receipt(reference: str, total: str, who: str | None = None) -> Build:
    return lambda at, source: PurchaseMade(
        at=at,
        source=source,
        receipt=reference,
        total=float(total),
        currency="EUR",
        customer=None if who is None else CustomerId(who),
    )


def _probe(bucket: str) -> Build:
    return lambda at, source: ProbeHeard(at=at, source=source, bucket=int(bucket), signal_dbm=-70)


def _keeps(who: str, what: str) -> Build:
    purposes = () if what == "-" else tuple(sorted(what.split(",")))
    return lambda at, source: ConsentChanged(
        at=at, source=source, customer=CustomerId(who), purposes=purposes
    )


def _alive() -> Build:
    return lambda at, source: SignOfLife(at=at, source=source, heard=1)


def _change(state: str) -> Build:
    return lambda at, source: SourceChanged(
        at=at, source=source, was="watching", now=state, reason="told so"
    )


VERBS: Final[dict[str, Callable[..., Build]]] = {
    "in": _in,
    "out": _out,
    "ble": _ble,
    "link": _link,
    "card": _card,
    "face": _face,
    "badge": _badge,
    "receipt": _receipt,
    "probe": _probe,
    "alive": _alive,
    "keeps": _keeps,
}
