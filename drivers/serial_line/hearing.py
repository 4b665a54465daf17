"""This is where a live stream is heard: like a recorded one, but it may begin within a line."""

from typing import Final

import msgspec

from drivers.serial_line.line import Outcome, SerialDecoder
from drivers.serial_line.profile import Delimited

HALF_LINE: Final = "half a line"


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """A frame and what came of it."""

    outcome: Outcome
    frame: bytes | None
    """None where no whole frame came."""


class Hearing:
    """Hears one stream, from the opening of its port on.

    A first byte that comes within `midway_s` seconds may belong to a line that had begun before.
    """

    def __init__(self, decoder: SerialDecoder, *, midway_s: float) -> None:
        self._decoder = decoder
        self._midway_s = midway_s
        self._can_begin_midway = isinstance(decoder.profile.framing, Delimited)
        self._is_midway: bool | None = None

    def take(self, data: bytes, *, after_s: float) -> list[Heard]:
        """Hear the next piece, which came `after_s` seconds after the port was opened or set."""
        if self._is_midway is None:
            self._is_midway = self._can_begin_midway and after_s < self._midway_s
        return [self._hear(frame) for frame in self._decoder.cut(data)]

    def _hear(self, frame: bytes | str) -> Heard:
        is_first, self._is_midway = self._is_midway, False
        if isinstance(frame, str):
            return Heard(outcome=frame, frame=None)
        outcome = self._decoder.frame(frame)
        if is_first and outcome is not None and self._is_half(frame, outcome):
            return Heard(outcome=HALF_LINE, frame=None)
        return Heard(outcome=outcome, frame=frame)

    def _is_half(self, frame: bytes, outcome: Outcome) -> bool:
        return isinstance(outcome, str) or self._decoder.may_be_half(frame)
