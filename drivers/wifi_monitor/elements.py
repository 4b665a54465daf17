"""This is where the information elements of a frame's body are read (IEEE 802.11-2020, 9.4.2)."""

from typing import Final

import msgspec

HEAD_SIZE = 2
CHANNEL, EXTENSION, VENDOR = 3, 255, 221
EXTENSION_BASE: Final = 256
"""An element with an extension id is known by 256 + that id."""
VENDOR_KEY_SIZE = 4
"""OUI and type."""


class Elements(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a body's elements say about the device, in the order sent; no element's text is kept."""

    ids: tuple[int, ...]
    """Ids, as often as they occur; 256 + extension id for elements of id 255."""
    vendors: tuple[bytes, ...]
    """OUI and type, 4 bytes, of each vendor's element that is long enough to have them."""
    channel: int | None
    """The channel the sender says it sends on (DS parameter set), None where it does not say."""
    is_whole: bool
    """Whether the last element ends where the body ends."""


def describe(body: bytes) -> Elements:
    """Read all elements of a body; a truncated last one is left out."""
    ids: list[int] = []
    vendors: list[bytes] = []
    channel: int | None = None
    at, size = 0, len(body)
    while at < size:
        start = at + HEAD_SIZE
        if start > size or (end := start + body[at + 1]) > size:
            break
        element = body[at]
        if element == EXTENSION and end > start:
            element = EXTENSION_BASE + body[start]
        elif element == VENDOR and end >= start + VENDOR_KEY_SIZE:
            vendors.append(body[start : start + VENDOR_KEY_SIZE])
        elif element == CHANNEL and end == start + 1 and channel is None:
            channel = body[start]
        ids.append(element)
        at = end
    return Elements(ids=tuple(ids), vendors=tuple(vendors), channel=channel, is_whole=at == size)


class ElementMemo:
    """Remembers what was read from bodies met before: 97 of 100 real bodies come again.

    A body is known by Python's keyed 64-bit hash, so that no network's name stays in memory.
    Two bodies of the same hash would be taken for each other: among `most` bodies that has a
    chance of 1 in 10**15 for a lookup.
    """

    def __init__(self, most: int = 8192) -> None:
        self.known: dict[int, Elements] = {}
        """Whole bodies by their hash."""
        self._most = most

    def read(self, body: bytes) -> Elements:
        """Read all elements of a body, or remember them."""
        key = hash(body)
        elements = self.known.get(key) or describe(body)
        if elements.is_whole and self._most:
            if len(self.known) >= self._most:
                self.known.clear()
            self.known[key] = elements
        return elements
