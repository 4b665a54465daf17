"""This is where everything that can stand between a Bluetooth source and its radio is named.

A check, a start and a running source use the same words and the same remedies.
"""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from edge.driver.contract import Finding, Level
from edge.errors import EdgeError, SourceFault, SourceUnusable


class Trouble(StrEnum):
    """What stands in the way."""

    NO_BUS = "no bus"
    NO_SERVICE = "no service"
    DENIED = "denied"
    NO_ADAPTER = "no adapter"
    OFF = "off"
    TURNED_OFF = "turned off"
    BLOCKED = "blocked"
    SWITCHED_OFF = "switched off"
    NO_MONITORS = "no monitors"
    BUSY = "busy"
    NO_ANSWER = "no answer"
    REFUSED = "refused"
    DEAF = "deaf"


class Cure(msgspec.Struct, frozen=True, kw_only=True):
    """How a trouble is said, and what is done about it; `{adapter}` is put in."""

    what: str
    remedy: str
    error: type[EdgeError] = SourceFault
    """SourceFault where time may heal it, SourceUnusable where a technician has to act."""


CURES: Final = MappingProxyType(
    {
        Trouble.NO_BUS: Cure(
            what="the system's D-Bus cannot be reached", remedy="systemctl start dbus"
        ),
        Trouble.NO_SERVICE: Cure(
            what="BlueZ does not run",
            remedy="apt-get install bluez && systemctl enable --now bluetooth",
        ),
        Trouble.DENIED: Cure(
            what="BlueZ does not let this service in",
            remedy="usermod -aG bluetooth store-edge && systemctl restart store-edge",
            error=SourceUnusable,
        ),
        Trouble.NO_ADAPTER: Cure(
            what="there is no Bluetooth adapter {adapter}",
            remedy="plug it in, or set `adapter` to one that `bluetoothctl list` shows",
        ),
        Trouble.OFF: Cure(
            what="the Bluetooth adapter {adapter} is off",
            remedy="btmgmt --index {adapter} power on",
            error=SourceUnusable,
        ),
        Trouble.TURNED_OFF: Cure(
            what="the Bluetooth adapter {adapter} was turned off",
            remedy="btmgmt --index {adapter} power on",
        ),
        Trouble.BLOCKED: Cure(
            what="the Bluetooth adapter {adapter} is blocked",
            remedy="rfkill unblock bluetooth && btmgmt --index {adapter} power on",
            error=SourceUnusable,
        ),
        Trouble.SWITCHED_OFF: Cure(
            what="the Bluetooth adapter {adapter} is switched off at the machine",
            remedy="switch Bluetooth on with the machine's key or in its firmware",
            error=SourceUnusable,
        ),
        Trouble.NO_MONITORS: Cure(
            what="BlueZ offers no passive scanning on {adapter}",
            remedy='set mode = "auto", or start bluetoothd with --experimental',
            error=SourceUnusable,
        ),
        Trouble.BUSY: Cure(
            what="BlueZ is stuck in an earlier scan on {adapter}",
            remedy="systemctl restart bluetooth",
        ),
        Trouble.NO_ANSWER: Cure(what="BlueZ does not answer", remedy="systemctl restart bluetooth"),
        Trouble.REFUSED: Cure(
            what="BlueZ refused to scan on {adapter}", remedy="journalctl -u bluetooth -n 50"
        ),
        Trouble.DEAF: Cure(
            what="the Bluetooth adapter {adapter} hears nothing, even after it was off and on",
            remedy="unplug the adapter and plug it in again, or restart the machine",
        ),
    }
)

NAMES: Final = MappingProxyType(
    {
        "org.bluez.Error.InProgress": Trouble.BUSY,
        "org.bluez.Error.NotReady": Trouble.OFF,
        "org.bluez.Error.NotAuthorized": Trouble.DENIED,
        "org.freedesktop.DBus.Error.AccessDenied": Trouble.DENIED,
        "org.freedesktop.DBus.Error.NameHasNoOwner": Trouble.NO_SERVICE,
        "org.freedesktop.DBus.Error.NoReply": Trouble.NO_ANSWER,
        "org.freedesktop.DBus.Error.ServiceUnknown": Trouble.NO_SERVICE,
        "org.freedesktop.DBus.Error.Timeout": Trouble.NO_ANSWER,
        "org.freedesktop.DBus.Error.UnknownObject": Trouble.NO_ADAPTER,
    }
)
"""Trouble for each name of a D-Bus error; any other is a refusal."""


class Refused(Exception):  # noqa: N818 - BlueZ refused; whether that is an error is for the caller
    """BlueZ, or the way to it, did not do what was asked."""

    def __init__(self, trouble: Trouble, why: str = "") -> None:
        super().__init__(trouble, why)
        self.trouble = trouble
        self.why = why
        """Name of the D-Bus error, or of what went wrong; never content."""


def refused_by(error_name: str | None) -> Refused:
    """Give the refusal for the name of a D-Bus error."""
    return Refused(NAMES.get(error_name or "", Trouble.REFUSED), why=error_name or "")


def fault(trouble: Trouble, adapter: str, *, why: str = "") -> EdgeError:
    """Give the error that a running source raises."""
    cure = CURES[trouble]
    return cure.error(
        cure.what.format(adapter=adapter),
        where=adapter,
        why=why,
        remedy=cure.remedy.format(adapter=adapter),
    )


def finding(trouble: Trouble, adapter: str) -> Finding:
    """Give the line that a check prints."""
    cure = CURES[trouble]
    return Finding(
        level=Level.FAIL,
        what=cure.what.format(adapter=adapter),
        remedy=cure.remedy.format(adapter=adapter),
    )
