"""This is where it is said what customers have to be told, from what is really done.

A notice is a value: which sensors, which purposes, for how long, who answers, and how to get out
of it. Its version is the SHA-256 of its canonical JSON (RFC 8785), the same that a consent record
carries. What the published notice does not say must not be sensed (`unannounced`).
"""

import hashlib
from collections.abc import Iterable
from typing import Final

import msgspec
import rfc8785

from edge.model.customer import Purpose
from edge.privacy.policy import FaceMode, Policy, Probes

FORMAT: Final = 1
FACE: Final = "face"
DOOR: Final = "door"
OTHER: Final = "other"
DESK: Final = "desk"
QUIET_CODE: Final = "quiet_code"
WITHDRAW_CODE: Final = "withdraw_code"
RADIOS: Final = frozenset({"probes", "ble", "link"})
"""What the code 'do not count' silences."""

_DRIVERS: Final = {
    "wifi_monitor": "probes",
    "wifi_link": "link",
    "ble_scan": "ble",
    "camera_face": FACE,
}
_PROFILES: Final = (
    ("door-counter", DOOR),
    ("till", "till"),
    ("scanner", "card"),
    ("wiegand", "card"),
    ("esp32-probe", "probes"),
)
"""What a serial device senses, by the beginning of its profile's name."""


class Notice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What customers have to be told."""

    format: int = FORMAT
    store: str
    controller: str
    contact: str
    url: str = ""
    languages: tuple[str, ...]
    policy: str
    sensing: tuple[str, ...]
    """What is sensed, sorted: `door`, `probes`, …, or `other:` and a driver's name."""
    purposes: tuple[str, ...]
    """What customers may consent to, sorted."""
    probes: Probes
    face: FaceMode
    visits_d: int
    templates_d: int
    audit_d: int
    optouts: tuple[str, ...]
    """How to get out of it, sorted."""
    quiet_s: int = 0
    """Seconds that the code 'do not count' gives; 0 without one."""
    paused: bool = False
    """Whether all sensing but door counters is switched off."""


class Published(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A notice as it was published."""

    version: str
    """The version that the notice had then; another content has another one."""
    published_at: str
    """RFC 3339."""
    notice: Notice


def version_of(notice: Notice) -> str:
    """Give a notice's version: 64 hexadecimal digits over everything it says."""
    return hashlib.sha256(rfc8785.dumps(msgspec.to_builtins(notice))).hexdigest()


def sensing_of(driver: str, profile: str | None) -> str:
    """Say what a source senses; of a driver that is not known here, its name is told."""
    if driver == "serial_line":
        found = (kind for start, kind in _PROFILES if (profile or "").startswith(start))
        return next(found, f"{OTHER}:{profile or driver}")
    return _DRIVERS.get(driver, f"{OTHER}:{driver}")


def unannounced(senses: str, published: Notice | None, *, is_required: bool) -> str:
    """Say why a source may not start; empty where it may.

    `published` is the notice that customers see, None where there is none; `is_required` is True
    where the settings name one. Without either, only faces are refused: they are biometric data
    from the first picture on (GDPR, article 9).
    """
    if published is not None:
        return (
            "" if senses in published.sensing else f"the published notice does not tell of {senses}"
        )
    if is_required:
        return "the published notice cannot be read"
    return "no notice tells customers of it" if senses == FACE else ""


def announced(policy: Policy, published: Notice | None, *, is_required: bool) -> Policy:
    """Give a policy without the purposes that customers were not told of."""
    if published is not None:
        told: Iterable[str] = published.purposes
    elif is_required:
        told = ()
    else:
        told = tuple(one for one in policy.max_stale_s if one is not Purpose.FACE_RECOGNITION)
    stale = {purpose: s for purpose, s in policy.max_stale_s.items() if purpose in set(told)}
    return msgspec.structs.replace(policy, max_stale_s=stale)


def decode_published(raw: bytes) -> Published | None:
    """Read a published notice; None where it cannot be read, or is not what it was published as."""
    try:
        found = msgspec.json.decode(raw, type=Published)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return found if found.version == version_of(found.notice) else None
