"""This is where it is judged, from the bytes alone, whether a port is set to its device's rate.

At a wrong rate a receiver takes its samples in the middle of other bits: runs of 00, FF, 80 and
F8, bytes above 7F, and hardly ever a line end. Every judgement is made on bytes that came in and
none on silence: a door in a quiet hour sends nothing at any rate.
"""

from collections.abc import Sequence
from enum import Enum, auto
from typing import Final

from drivers.serial_line.line import Outcome, encoding_of
from drivers.serial_line.profile import Bracketed, Counted, Delimited, Profile

COMMON_BAUDS: Final = (9600, 115200, 19200, 38400, 57600, 4800, 2400, 1200, 230400)
"""In the order in which they are tried: what devices of shops leave the factory with, first."""

JUDGED_BYTES: Final = 64
"""Bytes at the set rate before it is doubted. A plug that is pushed in and a device that is
switched on give up to about 20 bytes of noise."""

TRIED_BYTES: Final = 16
"""Bytes at a rate that is tried; a line of a door counter is 5 of them."""

TRUST: Final = 4
"""Once the device was understood, this many times as many bytes are needed to doubt its rate."""

LEAST_SEVEN_BIT: Final = 48
"""Bytes that tell parity from noise: three quarters of random bytes are text in seven bits."""

TEXT: Final = frozenset(range(0x20, 0x7F)) | frozenset(b"\t\r\n\x02\x03\x1b\x1d")
"""Letters, digits and marks, what lies between lines, and what begins a printer's command."""


ASCII_END: Final = 0x80


class Verdict(Enum):
    """What has to be done about the rate."""

    TRY_NEXT = auto()
    """Set the port to the rate of `SpeedWatch.baud`, another one than before."""
    FOUND = auto()
    """The device speaks at `SpeedWatch.baud`, which is not the rate that its settings say."""
    SEVEN_BITS = auto()
    """The rate is right, and each byte has seven bits and a parity."""
    NONE_FITS = auto()
    """No rate gives anything that the profile understands."""


class SpeedWatch:
    """Follows what comes in at one rate after the other; it decides, and sets nothing."""

    def __init__(self, profile: Profile, *, baud: int, can_change: bool) -> None:
        self.baud = baud
        self._set_baud = baud
        self._can_change = can_change
        self._encoding = encoding_of(profile)
        self._text = TEXT | _marks(profile)
        self._judged = _judged_bytes(profile, self._encoding)
        self._untried = [one for one in COMMON_BAUDS if one != baud]
        self._is_trying = False
        self._is_trusted = False
        self._clear()

    def take(self, data: bytes, outcomes: Sequence[Outcome]) -> Verdict | None:
        """Take in a piece that came at the present rate, and what came of it."""
        self._size += len(data)
        self._garbled += self._garble(data)
        self._seven_bit += sum(byte & 0x7F in TEXT for byte in data)
        if any(self._is_understood(outcome) for outcome in outcomes):
            return self._settle()
        if self._is_trying and self._size >= TRIED_BYTES and self._garbled * 20 <= self._size:
            return self._settle()
        needed = (
            TRIED_BYTES if self._is_trying else self._judged * (TRUST if self._is_trusted else 1)
        )
        if self._size < needed:
            return None
        if self._garbled * 4 >= self._size:
            return self._doubt()
        if self._size >= 2 * needed:
            self._clear()
        return None

    def _settle(self) -> Verdict | None:
        """Take the present rate for the device's own."""
        self._clear()
        is_found = self._is_trying and self.baud != self._set_baud
        self._is_trusted, self._is_trying = True, False
        return Verdict.FOUND if is_found else None

    def _doubt(self) -> Verdict:
        """Leave a rate at which nothing was understood."""
        is_seven_bit = self._seven_bit * 20 >= self._size * 19
        if not self._is_trying and self._size >= LEAST_SEVEN_BIT and is_seven_bit:
            return Verdict.SEVEN_BITS
        self._clear()
        if not self._can_change or not self._untried:
            return Verdict.NONE_FITS
        self._is_trying = True
        self.baud = self._untried.pop(0)
        return Verdict.TRY_NEXT

    def _garble(self, data: bytes) -> int:
        """Count the bytes that no device of this profile sends at the right rate."""
        if self._encoding == "hex":
            return len(data)
        if self._encoding != "utf-8":
            return sum(byte not in self._text for byte in data)
        whole = data.decode("utf-8", "ignore").encode()
        strays = sum(byte < ASCII_END and byte not in self._text for byte in whole)
        return len(data) - len(whole) + strays

    def _is_understood(self, outcome: Outcome) -> bool:
        """Whether an outcome proves the rate; an empty line of text may be noise."""
        return not isinstance(outcome, str) and (outcome is not None or self._encoding == "hex")

    def _clear(self) -> None:
        self._size = self._garbled = self._seven_bit = 0


def _marks(profile: Profile) -> frozenset[int]:
    """Give the bytes that mark frames."""
    framing: Delimited | Bracketed | Counted = profile.framing
    if isinstance(framing, Delimited):
        return frozenset(bytes.fromhex(framing.delimiter))
    if isinstance(framing, Bracketed):
        return frozenset(bytes.fromhex(framing.start + framing.end))
    return frozenset(bytes.fromhex(framing.start))


def _judged_bytes(profile: Profile, encoding: str) -> int:
    """Give how many bytes at the set rate are judged.

    Where any byte may be meant, as in a printer's logo, only as many as a whole frame may have
    say anything.
    """
    return JUDGED_BYTES if encoding == "utf-8" else max(JUDGED_BYTES, profile.framing.longest)
