"""This is where the bodies of webhooks are read: our own form, and Meraki's Scanning API 3."""

import hmac
from datetime import datetime
from typing import Any, Final

import msgspec

from drivers.wifi_link.accounting import WRONG_SECRET
from drivers.wifi_link.decode import LinkChange, link_change, read_change
from edge.model.names import SECOND, Instant

NOT_JSON: Final = "not JSON"
NOT_A_REPORT: Final = "not a report"
BAD_TIME: Final = "bad time"
OTHER_VERSION: Final = "other version"

MOST_CHANGES: Final = 1_000
"""In one body; an access point for a whole store holds a few hundred stations."""

GREATEST_SECOND: Final = 1e11
"""The year 5138; what is written in milliseconds lies beyond it."""

SIGNATURE_MARK: Final = "sha256="

Report = tuple[LinkChange | str, Instant | None]
"""A change, or the reason why there is none, and when it happened, where that is said."""


class _Record(msgspec.Struct, frozen=True):
    time: str | None = None


class _Observation(msgspec.Struct, frozen=True, rename="camel"):
    client_mac: str | None = None
    ssid: str | None = None
    latest_record: _Record | None = None
    locations: list[_Record] = []


class _Findings(msgspec.Struct, frozen=True):
    observations: list[_Observation] = []


class _Post(msgspec.Struct, frozen=True):
    """The part of a post of Meraki's cloud that is looked at; all else is skipped unread."""

    version: str | float = ""
    secret: str = ""
    type: str = ""
    data: _Findings = _Findings()


def is_signed(body: bytes, signature: str, *, secret: bytes) -> bool:
    """Whether a header holds the HMAC-SHA-256 of a body, in hex, with `sha256=` or without."""
    expected = hmac.digest(secret, body, "sha256").hex()
    told = signature.strip().lower().removeprefix(SIGNATURE_MARK)
    return hmac.compare_digest(expected.encode(), told.encode("utf-8", "replace"))


def is_secret(told: str, *, secret: bytes) -> bool:
    """Whether somebody knows the secret; takes the same time whatever they told."""
    return hmac.compare_digest(secret, told.encode("utf-8", "replace"))


def read_changes(body: bytes) -> list[Report] | str:
    """Read one change or a list of them: `{"event": …, "address": …, "t": …}`, `t` in seconds."""
    try:
        whole: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return NOT_JSON
    entries = whole if isinstance(whole, list) else [whole]
    if len(entries) > MOST_CHANGES or not all(isinstance(entry, dict) for entry in entries):
        return NOT_A_REPORT
    return [_report(entry) for entry in entries]


def read_meraki(body: bytes, *, secret: bytes, ssid: str) -> list[Report] | str:
    """Read the stations of one network in a post of the Scanning API.

    Stations of other networks and of none, which is to say passers-by, are passed over.
    """
    try:
        post = msgspec.json.decode(body, type=_Post)
    except msgspec.ValidationError:
        return NOT_A_REPORT
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return NOT_JSON
    if not is_secret(post.secret, secret=secret):
        return WRONG_SECRET
    if not str(post.version).startswith("3") or post.type != "WiFi":
        return OTHER_VERSION
    return [
        (link_change(one.client_mac, joined=True), _latest(one))
        for one in post.data.observations
        if one.ssid == ssid
    ]


def _report(entry: dict[str, Any]) -> Report:
    seconds = entry.get("t")
    if seconds is None:
        return read_change(entry), None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return BAD_TIME, None
    if not abs(seconds) <= GREATEST_SECOND:  # so written, this holds for NaN too
        return BAD_TIME, None
    return read_change(entry), Instant(round(seconds * 1_000) * (SECOND // 1_000))


def _latest(one: _Observation) -> Instant | None:
    """Give the latest moment at which a station was heard, None where none is said."""
    records = [*one.locations, *([one.latest_record] if one.latest_record else [])]
    moments = [moment for record in records if (moment := _moment(record.time)) is not None]
    return max(moments, default=None)


def _moment(text: str | None) -> Instant | None:
    try:
        told = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return (
        None
        if told.tzinfo is None
        else Instant(round(told.timestamp() * 1_000) * (SECOND // 1_000))
    )
