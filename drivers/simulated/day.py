"""This is where a store's day is made up and written as a recording, with its truth."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from drivers.simulated.dice import Dice
from drivers.simulated.floor import TIMEZONE
from drivers.simulated.manifest import SETTINGS, recording_toml, settings_toml
from drivers.simulated.recorded import (
    write_ble,
    write_log,
    write_radar,
    write_seed,
    write_serial,
    write_truth,
)
from drivers.simulated.script import Script, write_script
from drivers.simulated.summary import DaySummary, RadioCounts
from drivers.simulated.truth import may_be_known
from edge.driver.recording import MANIFEST
from edge.errors import ConfigError, RecordingError

STARTED: Final = datetime(2026, 3, 14, 8, 0, tzinfo=UTC)
"""A Saturday, 09:00 in the store: the hour decides when the peaks come."""
HOUR_S: Final = 3600.0
SHORTEST_H: Final = 0.25
LONGEST_H: Final = 14.0
"""Nights are not modelled."""
BLE_DONE: Final = 0.3
"""Share of the work that is done when the advertisements are written."""


def write_day(
    folder: Path,
    *,
    seed: int,
    visitors: int,
    progress: Callable[[float], None] | None = None,
    hours: float = 12.0,
    probe_frames: int | None = None,
    started: datetime = STARTED,
) -> DaySummary:
    """Make up a day and write it into `folder`, which is created where it is missing.

    The same arguments give the same bytes. `visitors` are people, children included. `progress`
    is told the share of the work that is done, 0..1. `probe_frames` is the fewest probe requests
    the radar hears: the street outside gets as busy as that takes. `started` has a time zone.

    Raises: ConfigError for a figure out of range, RecordingError where a recording is already.
    """
    _check(folder, visitors=visitors, hours=hours, probe_frames=probe_frames or 0)
    report = progress or _nobody_asked
    folder.mkdir(parents=True, exist_ok=True)
    whole = started.astimezone(UTC).replace(microsecond=0)
    script = write_script(
        Dice(seed=seed), visitors=visitors, started=whole, length_s=round(hours * HOUR_S)
    )
    lines = (write_serial(script, folder), write_log(script, folder))
    key = write_seed(script, folder)
    write_truth(script, folder)
    adverts = write_ble(script, folder)
    report(BLE_DONE)
    radio = write_radar(
        script,
        folder,
        until_frames=probe_frames or 0,
        progress=lambda share: report(BLE_DONE + (1 - BLE_DONE) * share),
    )
    _write_manifest(script, folder, key)
    report(1.0)
    return _summary(script, folder, radio=radio, adverts=adverts, lines=lines)


def _check(folder: Path, *, visitors: int, hours: float, probe_frames: int) -> None:
    if not SHORTEST_H <= hours <= LONGEST_H:
        raise ConfigError(
            f"cannot make up a day of {hours:g} hours",
            remedy=f"give {SHORTEST_H:g} to {LONGEST_H:g} hours",
        )
    if visitors < 1 or probe_frames < 0:
        raise ConfigError(
            f"cannot make up a day with {visitors} visitors and {probe_frames} probe requests",
            remedy="give 1 or more visitors, and 0 or more probe requests",
        )
    if (folder / MANIFEST).exists():
        raise RecordingError(
            "cannot write a day",
            where=str(folder),
            why="there is a recording already",
            remedy="name another folder",
        )


def _write_manifest(script: Script, folder: Path, key: str) -> None:
    zone = ZoneInfo(TIMEZONE)
    opens, closes = (at.astimezone(zone) for at in (script.started, script.ended))
    settings = settings_toml(opening=f"{opens:%H:%M}-{closes:%H:%M}")
    (folder / SETTINGS).write_text(settings, encoding="utf-8", newline="\n")
    recording = recording_toml(started=script.started, ended=script.ended, platform_key=key)
    # Written last: a folder with this file is a whole recording.
    (folder / MANIFEST).write_text(recording, encoding="utf-8", newline="\n")


def _summary(
    script: Script, folder: Path, *, radio: RadioCounts, adverts: int, lines: tuple[int, int]
) -> DaySummary:
    guests = [one for one in script.deeds if not one.visit.person.staff]
    people = [person for group in script.cast.groups for person in group]
    members = [one for one in guests if one.visit.person.member is not None]
    known = [one for one in members if may_be_known(one.visit.person.member)]
    door_lines, associations = lines
    return DaySummary(
        folder=folder,
        files=tuple(sorted(path.name for path in folder.iterdir())),
        started=script.started,
        ended=script.ended,
        visitors=len(people),
        children=sum(not person.adult for person in people),
        staff=len(script.cast.staff),
        visits=len(guests),
        members=len(script.cast.members),
        known_visits=len(known),
        reachable_visits=sum(bool(one.via) for one in known),
        denied_visits=len(members) - len(known),
        purchases=sum(one.pays_at is not None for one in guests),
        scans=sum(one.scans_at is not None for one in guests),
        associations=associations,
        door_lines=door_lines,
        adverts=adverts,
        probe_frames=radio.probe_frames,
        other_frames=radio.other_frames,
        damaged_frames=radio.damaged_frames,
        passers=radio.passers,
        outages=len(script.outages.by_source),
    )


def _nobody_asked(share: float) -> None:
    """Take the progress where nobody wants to know it."""
