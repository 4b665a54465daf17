"""This is where the bytes of a capture file come from: plain or inflated, in large pieces."""

import zlib
from typing import BinaryIO

from edge.model.names import Instant

Packet = tuple[Instant, int, bytes, int]
"""(at_ns, link_type, data, original_length), as Capture gives it."""

NO_TIME = Instant(0)
"""Moment of a packet whose record carries none (pcapng's simple packet block)."""

PIECE = 1 << 18
"""Bytes asked of the file, and most that one step of inflating may give: a small file that
inflates to gigabytes costs no more memory than any other."""

GZIP_MAGIC = b"\x1f\x8b"
GZIP_WINDOW = 31
"""zlib's `wbits` for a gzip wrapper with the largest window."""

LONGEST_PACKET = 262_144
"""Bytes; libpcap's MAXIMUM_SNAPLEN. A greater length is a damaged record."""


class Stream:
    """Bytes of one file, inflated where they are gzip; damage is kept as a reason, not raised."""

    def __init__(self, file: BinaryIO) -> None:
        self.damage: str | None = None
        """First reason why bytes are missing or make no sense."""
        self._file = file
        self._ahead = b""
        self._packed = b""
        self._inflater: zlib._Decompress | None = None
        self._is_started = False

    def blame(self, reason: str) -> None:
        """Keep the first reason; what follows a damage is mostly its consequence."""
        self.damage = self.damage or reason

    def peek(self, size: int) -> bytes:
        """Give up to `size` bytes without taking them."""
        while len(self._ahead) < size and (more := self._next()):
            self._ahead += more
        return self._ahead[:size]

    def take(self, size: int) -> bytes:
        """Take `size` bytes, or fewer where the stream ends before."""
        taken = self.peek(size)
        self._ahead = self._ahead[size:]
        return taken

    def more(self, rest: bytes) -> bytes:
        """Take the next piece and put it behind `rest`; empty at the end.

        A rest at the end belongs to a record that was never written to its end.
        """
        piece = self._ahead or self._next()
        self._ahead = b""
        if piece:
            return rest + piece
        if rest:
            self.blame("record cut short")
        return b""

    def _next(self) -> bytes:
        if not self._is_started:
            self._is_started = True
            self._packed = self._take()
            if self._packed.startswith(GZIP_MAGIC):
                self._inflater = zlib.decompressobj(GZIP_WINDOW)
        if self._inflater is None:
            piece, self._packed = self._packed, b""
            return piece or self._take()
        return self._inflate(self._inflater)

    def _take(self) -> bytes:
        try:
            return self._file.read(PIECE)
        except OSError:
            self.blame("file unreadable")
            return b""

    def _inflate(self, inflater: "zlib._Decompress") -> bytes:
        """Give the next inflated bytes; a file may hold several gzip members, one after another."""
        while True:
            if inflater.eof:
                self._packed = (inflater.unused_data or self._take()).lstrip(b"\0")
                if not self._packed.startswith(GZIP_MAGIC):
                    return b""
                inflater = self._inflater = zlib.decompressobj(GZIP_WINDOW)
            packed = self._packed or self._take()
            if not packed:
                self.blame("gzip cut short")
                return b""
            before = inflater.copy()
            try:
                piece = inflater.decompress(packed, PIECE)
            except zlib.error:
                self._inflater, self._packed = None, b""
                self.blame("gzip damaged")
                self._file.seek(0, 2)
                return _salvage(before, packed)
            self._packed = inflater.unconsumed_tail
            if piece:
                return piece


def _salvage(inflater: "zlib._Decompress", packed: bytes) -> bytes:
    """Give what can be inflated before the damage, found by going byte by byte."""
    whole = bytearray()
    for place in range(len(packed)):
        try:
            whole += inflater.decompress(packed[place : place + 1])
        except zlib.error:
            break
    return bytes(whole)
