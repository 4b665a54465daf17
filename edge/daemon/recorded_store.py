"""This is where the store of a recording is put together again: floor, customers and sources."""

import os
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from edge.config.policies import load_policy
from edge.config.recorded import load_recorded_settings
from edge.config.schema import Settings, SourceSettings
from edge.daemon.customers import CustomerBook, platform_key
from edge.daemon.door import PrivacyDoor
from edge.daemon.faces import FaceDesk
from edge.daemon.gate_settings import check_gate
from edge.daemon.merge import Feed
from edge.daemon.premises import SECRET_BYTES, floor_of, rules_of, signal_floor, tuning_of
from edge.daemon.quiet import quiet_zones
from edge.daemon.registry import driver_names, load_driver
from edge.daemon.rules import Rules
from edge.driver.contract import Driver
from edge.driver.recording import RecordedSource, Recording
from edge.fusion.tuning import Tuning
from edge.model.names import Instant
from edge.model.observation import SourceChanged
from edge.model.place import Floor
from edge.privacy.pepper import Peppers, derived_peppers
from edge.privacy.policy import Policy
from edge.privacy.recogniser import Recogniser
from edge.privacy.templates import Templates
from edge.store.database import Store

RECORDED_LATENESS_S: Final = 30.0
"""Nobody waits for a recording's events, and files written by several programs are out of order by
more than live sources are."""


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True):
    """A store as its recording describes it, ready to be fed."""

    settings: Settings
    policy: Policy
    floor: Floor
    tuning: Tuning
    book: CustomerBook
    feeds: tuple[Feed, ...]
    doors: tuple[PrivacyDoor, ...]
    faces: FaceDesk
    warnings: tuple[str, ...]

    def close(self, at: Instant) -> None:
        """Let the doors tell the counts that they still hold."""
        for door in self.doors:
            door.close(at)


def rebuild(recording: Recording, *, store: Store, seed: bytes) -> Rebuilt:
    """Put a recorded store together; `seed` makes what is random the same each time.

    Raises: RecordingError, ConfigError that lists what must be mended.
    """
    settings, warnings = load_recorded_settings(recording)
    policy, doubt = load_policy(settings.store.policy)
    recogniser = Recogniser((), policy=policy, secret=os.urandom(SECRET_BYTES))
    rules = rules_of(
        settings.store,
        policy=policy,
        recogniser=recogniser,
        peppers=Peppers(period_s=policy.pepper_period_s, draw=derived_peppers(seed)),
        quiet=quiet_zones(settings),
    )
    book, faults = _customers(
        recording, settings, store=store, recogniser=recogniser, templates=rules.faces.templates
    )
    kinds = {name: load_driver(name) for name in {one.driver for one in settings.sources}}
    drivers = {name: kind for name, kind in kinds.items() if kind is not None}
    sources = {source.name: source for source in settings.sources}
    rules.faces.place(settings.sources)
    lined_up = [
        _line_up(recorded, sources[recorded.spec.name], rules=rules, drivers=drivers)
        for recorded in recording.sources
    ]
    told = (*warnings, *(() if doubt is None else (doubt,)), *faults)
    return Rebuilt(
        settings=settings,
        policy=policy,
        floor=floor_of(settings, drivers),
        tuning=tuning_of(settings, usual=Tuning(lateness_s=RECORDED_LATENESS_S)),
        book=book,
        feeds=tuple(feed for feed, _, _ in lined_up),
        doors=tuple(door for _, door, _ in lined_up),
        faces=rules.faces,
        warnings=told + tuple(warning for _, _, warning in lined_up if warning),
    )


def _customers(
    recording: Recording,
    settings: Settings,
    *,
    store: Store,
    recogniser: Recogniser,
    templates: Templates,
) -> tuple[CustomerBook, tuple[str, ...]]:
    """Apply the seed, exactly as if its messages had come from the platform."""
    book = CustomerBook(
        store,
        platform_key=platform_key(settings.store.platform_key),
        recogniser=recogniser,
        templates=templates,
    )
    faults: dict[str, int] = {}
    jobs = [
        store.writer.submit(book.keep(line, at=recording.started))
        for line in _seed_lines(recording)
    ]
    for job in jobs:
        for fault in job.result().faults:
            faults[fault] = faults.get(fault, 0) + 1
    reader = store.reader()
    try:
        unreadable = book.load(reader)
    finally:
        reader.close()
    if unreadable:
        faults["record on disk cannot be opened"] = unreadable
    return book, tuple(f"customers: {fault} ({count} x)" for fault, count in faults.items())


def _seed_lines(recording: Recording) -> Iterable[bytes]:
    if recording.seed is None:
        return
    with recording.seed.open("rb") as file:
        for line in file:
            if line.strip():
                yield line


def _line_up(
    recorded: RecordedSource,
    source: SourceSettings,
    *,
    rules: Rules,
    drivers: Mapping[str, type[Driver]],
) -> tuple[Feed, PrivacyDoor, str]:
    check_gate(source, rules.policy)
    feed = Feed()
    name = recorded.spec.name
    door = PrivacyDoor(
        name,
        rules=rules,
        floor_dbm=signal_floor(source),
        hand_over=feed.hand_over,
        defer=feed.hand_over,
    )
    kind = drivers.get(source.driver)
    if kind is None:
        reason = f"no driver {source.driver!r} is installed"
        feed.hand_over(
            SourceChanged(
                at=recorded.file.started,
                source=name,
                was="starting",
                now="parked",
                reason=reason,
                remedy=f"install one of: {', '.join(driver_names())}",
            )
        )
        return feed, door, f"source {name!r} is left out: {reason}"
    file = msgspec.structs.replace(recorded.file, is_open=rules.hours.is_open)
    feed.attach(kind(source.spec()).replay(file, door))
    return feed, door, ""
