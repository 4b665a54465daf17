"""This is where a stream of bytes is cut into frames.

Any cut of the stream gives the same frames: a decision is made on the bytes from the oldest
pending one on, as soon as enough of them are there, and never on where a piece ends.
"""

from typing import Final, Protocol

from drivers.serial_line.profile import Bracketed, Counted, Delimited

OVERLONG: Final = "frame overlong"
HALF: Final = "half frame"
BAD_CHECKSUM: Final = "bad checksum"

Frames = list[bytes | str]
"""Frames without their delimiters; in place of each that was dropped stands the reason."""


class Framer(Protocol):
    """Cuts frames out of one device's stream; it holds one unfinished frame at most."""

    def feed(self, data: bytes) -> Frames:
        """Take the next piece of the stream, give the frames that it completed."""


def framer_for(framing: Delimited | Bracketed | Counted) -> Framer:
    """Give a framer for the start of a stream.

    Raises: ValueError when the framing's bytes are not hex or its figures cannot be.
    """
    if isinstance(framing, Delimited):
        return DelimitedFramer(_bytes(framing.delimiter), longest=framing.longest)
    if isinstance(framing, Bracketed):
        start, end = _bytes(framing.start), _bytes(framing.end)
        if len(start) != 1 or len(end) != 1:
            raise ValueError("start and end of a bracketed frame are one byte each")
        return BracketedFramer(start, end, longest=framing.longest)
    return CountedFramer(framing, start=_bytes(framing.start))


class DelimitedFramer:
    """Cuts frames that end with the same bytes."""

    def __init__(self, delimiter: bytes, *, longest: int) -> None:
        self._delimiter = delimiter
        self._longest = longest
        self._pending = bytearray()
        self._is_dropping = False

    def feed(self, data: bytes) -> Frames:
        """Take the next piece; the first frame may be half of one, which its pattern tells."""
        self._pending += data
        frames: Frames = []
        while (end := self._pending.find(self._delimiter)) >= 0:
            if not self._is_dropping:
                whole = bytes(self._pending[:end])
                frames.append(whole if end <= self._longest else OVERLONG)
            self._is_dropping = False
            del self._pending[: end + len(self._delimiter)]
        tail = len(self._delimiter) - 1
        if len(self._pending) > self._longest + tail:
            if not self._is_dropping:
                frames.append(OVERLONG)
            self._is_dropping = True
            del self._pending[: len(self._pending) - tail]
        return frames


class BracketedFramer:
    """Cuts frames that stand between two bytes; what is outside of them is noise."""

    def __init__(self, start: bytes, end: bytes, *, longest: int) -> None:
        self._start = start
        self._end = end
        self._longest = longest
        self._pending = bytearray()
        self._is_inside = False

    def feed(self, data: bytes) -> Frames:
        """Take the next piece; a start within a frame means that the frame before lost its end."""
        self._pending += data
        frames: Frames = []
        while self._is_inside or self._enter():
            places = [self._pending.find(mark) for mark in (self._start, self._end)]
            at = min((place for place in places if place >= 0), default=len(self._pending))
            if at > self._longest:
                frames.append(OVERLONG)
                self._is_inside = False
                del self._pending[:at]
                continue
            if at == len(self._pending):
                break
            is_end = self._pending.startswith(self._end, at)
            frames.append(bytes(self._pending[:at]) if is_end else HALF)
            self._is_inside = not is_end
            del self._pending[: at + 1]
        return frames

    def _enter(self) -> bool:
        """Drop bytes up to a start; say whether there is one."""
        _, start, inside = self._pending.partition(self._start)
        self._pending = inside
        self._is_inside = bool(start)
        return self._is_inside


class CountedFramer:
    """Cuts frames that say how long they are; after a false start it looks on one byte later."""

    def __init__(self, framing: Counted, *, start: bytes) -> None:
        self._framing = framing
        self._start = start
        self._head = framing.length_at + framing.length_size
        if framing.length_at < len(start) or framing.longest < self._head or framing.adds < 0:
            raise ValueError("the length stands behind the start and within the longest frame")
        self._pending = bytearray()

    def feed(self, data: bytes) -> Frames:
        """Take the next piece; frames are given whole, start and checksum included."""
        self._pending += data
        frames: Frames = []
        while self._align() and (size := self._size()) is not None:
            fault = OVERLONG if not self._head <= size <= self._framing.longest else None
            if fault is None:
                if len(self._pending) < size:
                    break
                fault = self._checksum_fault(size)
            frames.append(fault or bytes(self._pending[:size]))
            del self._pending[: 1 if fault else size]
        return frames

    def _align(self) -> bool:
        """Drop bytes until the pending ones begin with the start; say whether they do."""
        at = self._pending.find(self._start)
        if at < 0:
            at = max(0, len(self._pending) - len(self._start) + 1)
            del self._pending[:at]
            return False
        del self._pending[:at]
        return True

    def _size(self) -> int | None:
        """Give the length of the frame that the pending bytes begin, once it is there."""
        if len(self._pending) < self._head:
            return None
        stated = self._pending[self._framing.length_at : self._head]
        return int.from_bytes(stated, "big") + self._framing.adds

    def _checksum_fault(self, size: int) -> str | None:
        if self._framing.checksum == "none":
            return None
        is_sound = sum(self._pending[: size - 1]) & 0xFF == self._pending[size - 1]
        return None if is_sound else BAD_CHECKSUM


def _bytes(digits: str) -> bytes:
    mark = bytes.fromhex(digits)
    if not mark:
        raise ValueError("a frame needs bytes that mark it")
    return mark
