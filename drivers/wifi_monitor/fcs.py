"""This is where it is decided whether a frame ends with a check sequence, and a good one.

Radios say so in a flag, and drivers lie about it both ways, in one capture even from frame to
frame. Anonymised captures carry sequences that fit no frame. So each answer is a setting.
"""

from enum import StrEnum
from zlib import crc32

from drivers.wifi_monitor.radio import BAD_FCS, HAS_FCS

FCS_SIZE = 4


class FcsMode(StrEnum):
    """Whether the last four bytes of a frame are its check sequence."""

    AUTO = "auto"
    """As the radio says, unless the elements end exactly where they would if it had lied."""
    FLAG = "flag"
    """As the radio says; no, where it does not say."""
    ALWAYS = "always"
    NEVER = "never"


class BadFcs(StrEnum):
    """What is done with a frame whose check sequence is wrong: its address may be garbage."""

    FLAGGED = "flagged"
    """Refuse what the radio found wrong."""
    CHECKED = "checked"
    """Refuse that, and what fails the check here; needs frames that carry their sequence."""
    KEEP = "keep"
    """Use every frame."""


class FcsRule:
    """The two settings of one source, put so that a frame costs no more than a mask."""

    def __init__(self, mode: FcsMode, bad: BadFcs) -> None:
        self.is_flexible = mode is FcsMode.AUTO
        """Whether the radio may be contradicted."""
        self.assumed = HAS_FCS if mode is FcsMode.ALWAYS else 0
        """Flags that count as set, whatever the radio says."""
        self.trusted = 0 if mode is FcsMode.NEVER else HAS_FCS
        """Flags that count at all."""
        self.refused = 0 if bad is BadFcs.KEEP else BAD_FCS
        """Flags of a radio for which a frame is refused."""
        self.checks = bad is BadFcs.CHECKED
        """Whether sequences are checked here."""

    def carries_fcs(self, flags: int) -> bool:
        """Whether a frame is said to end with its check sequence; `flags` are a radio's."""
        return bool(((flags or 0) | self.assumed) & self.trusted)

    def refuses(self, frame: bytes, *, start: int, flags: int) -> bool:
        """Whether a frame, which begins at `start`, is to be refused for its check sequence."""
        if flags and flags & self.refused:
            return True
        return self.checks and self.carries_fcs(flags) and not is_right(frame, start)


def is_right(frame: bytes, start: int) -> bool:
    """Whether the 802.11 frame that begins at `start` ends with its right check sequence."""
    return crc32(frame[start:-FCS_SIZE]) == int.from_bytes(frame[-FCS_SIZE:], "little")
