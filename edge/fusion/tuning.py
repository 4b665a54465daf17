"""This is where fusion's figures stand, each with where it comes from."""

from typing import Final

import msgspec

from edge.model.observation import EvidenceKind

TIME_OUT_S: Final = {
    EvidenceKind.BLE: 120.0,
    EvidenceKind.CARD: 180.0,
    EvidenceKind.FACE: 180.0,
}
"""A phone's slowest advertising interval is far below two minutes; an act tells of somebody for
about as long as it takes from the till out. An association knows no silence: it lasts until its
end is told."""


class Tuning(msgspec.Struct, frozen=True, kw_only=True):
    """What fusion can be tuned by; durations in seconds."""

    lateness_s: float = 5.0
    """How late an observation may come and still be put in its place."""
    tick_s: float = 5.0
    """How often time-outs are looked at, in event time."""
    settle_s: float = 45.0
    """How long a door count waits before it is announced as a visit: a badge or a token heard in
    that time says whose it is, and most staff are taken out without a correction."""
    hold_s: float = 330.0
    """How long a count out waits for a token to fall silent before it ends the oldest unnamed
    visit. Must exceed the longest of the time-outs that claim counts out (BLE, staff)."""
    interval_s: int = 300
    """Length of an occupancy interval; a multiple of the pepper's period."""
    footfall_s: int = 900
    """Length of a footfall interval."""

    time_out_s: dict[EvidenceKind, float] = msgspec.field(default_factory=lambda: dict(TIME_OUT_S))
    """Silence after which a kind of evidence no longer says that somebody is there."""
    lost_s: float = 900.0
    """Silence after which a visit ends although nobody was counted out for it."""
    longest_s: float = 4 * 3600.0
    """Age at which an unnamed visit that nobody was counted out for is given up."""
    rejoin_s: float = 900.0
    """A token heard again within this time without a door count continues the visit before."""

    staff_absent_s: float = 180.0
    """Silence after which a badge that is heard again has come in, not moved about."""
    staff_window_s: float = 60.0
    """A badge and the door count it belongs to lie this close together."""

    staff_wait_s: float = 35.0
    """How long after a badge is first heard its door count is looked for; less than `settle_s`, so
    that most staff are taken out before a visit is announced."""

    member_share: float = 0.3
    """Share of visits by members before the store's own share is known."""
    member_share_weight: float = 20.0
    """How many visits that first share counts as."""


CONFIRMED = 0.95
PROBABLE = 0.5
