"""This is where it is said what the privacy doors of all sources share."""

from collections.abc import Callable

import msgspec

from edge.daemon.faces import FaceDesk
from edge.daemon.hours import OpeningHours
from edge.daemon.quiet import QuietZones
from edge.model.names import SourceName
from edge.privacy.pepper import Peppers
from edge.privacy.policy import OFF, Policy
from edge.privacy.recogniser import Recogniser
from edge.privacy.templates import Templates


def at_once(act: Callable[[], None]) -> None:
    """Do it now."""
    act()


def nobodys_desk() -> FaceDesk:
    """Give a desk without cameras, at which nobody is known."""
    nobody = Recogniser((), policy=OFF, secret=bytes(32))
    return FaceDesk(Templates(nobody, policy=OFF), policy=OFF)


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What the doors of all sources share."""

    policy: Policy
    recogniser: Recogniser
    peppers: Peppers
    hours: OpeningHours
    withdraw_source: SourceName | None = None
    """The scanner at which every card takes its customer's consents back."""
    quiet: QuietZones = msgspec.field(default_factory=QuietZones)
    """Where somebody does not want to be counted just now."""
    faces: FaceDesk = msgspec.field(default_factory=nobodys_desk)
    once_read: Callable[[Callable[[], None]], None] = at_once
    """Does something when every customer on the disk is known."""
    """The consent gates of the store's cameras."""
