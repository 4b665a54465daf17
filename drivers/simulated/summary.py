"""This is where it is counted what a made-up day holds."""

from datetime import datetime
from pathlib import Path

import msgspec


class RadioCounts(msgspec.Struct, frozen=True, kw_only=True):
    """What the radar's file holds, and from whom."""

    probe_frames: int
    """Whole probe requests."""
    other_frames: int
    """Frames of other kinds, all whole."""
    damaged_frames: int
    passers: int
    """People who walked past outside."""


class DaySummary(msgspec.Struct, frozen=True, kw_only=True):
    """What was written, in figures."""

    folder: Path
    files: tuple[str, ...]
    """Names of the files in the folder, sorted."""
    started: datetime
    ended: datetime
    visitors: int
    """People who came in at least once, children included, staff not."""
    children: int
    staff: int
    visits: int
    """Times that a visitor came in."""
    members: int
    """Customers in the seed, staff and erased ones included."""
    known_visits: int
    """Visits whose person may be recognised."""
    reachable_visits: int
    """Known visits that also give evidence which may be used."""
    denied_visits: int
    """Visits of members who may not be recognised by anything."""
    purchases: int
    scans: int
    associations: int
    """Lines in the log of the store's own Wi-Fi."""
    door_lines: int
    """Lines of the door counters, signs of life left out."""
    adverts: int
    """BLE advertisements, once for each sensor that heard them."""
    probe_frames: int
    other_frames: int
    damaged_frames: int
    passers: int
    outages: int
