"""This is where the files of the database are searched for what must not be in them any more."""

import base64
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from edge.model.customer import Customer
from edge.privacy.tokens import read_address, read_key

SHORTEST: Final = 6
"""Bytes of the shortest needle: 100 MB of sealed bytes hold six given ones by chance once in
three million searches, and four given ones every fortieth time."""
PIECE: Final = 1 << 20
SUFFIXES: Final = ("", "-wal", "-journal")


class Needles(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for; it is kept in RAM only, and for the search only."""

    values: frozenset[bytes]
    words: tuple[str, ...]
    """What that is, in words that name nobody."""


def needles_of(name: str, mark: bytes, record: Customer | None) -> Needles:
    """Give what a person's traces would look like: their id, what they handed over, their mark."""
    values = {*_forms(name.encode()), *_forms(mark) - {mark}}
    words = ["the customer's id", "their mark in text"]
    if record is not None:
        words.append("what they handed over, and their name")
        values |= _forms(record.profile.display_name.encode())
        for token in record.tokens:
            values |= _forms(token.value.encode()) | _forms(token.key.encode())
            values |= _forms(read_address(token.value) or b"") | _forms(read_key(token.key) or b"")
    long_enough = frozenset(value for value in values if len(value) >= SHORTEST)
    return Needles(values=long_enough, words=tuple(words))


def marks_needles(mark: bytes) -> Needles:
    """Give what can be looked for when only the mark is known, after a restart."""
    return Needles(values=frozenset(_forms(mark) - {mark}), words=("their mark in text",))


def find(database: Path, needles: Iterable[Needles]) -> dict[int, int]:
    """Count for each one's needles the places in the files where one of them stands."""
    wanted = list(needles)
    counts = dict.fromkeys(range(len(wanted)), 0)
    for suffix in SUFFIXES:
        path = database.with_name(database.name + suffix)
        if path.exists():
            _search(path, wanted, counts)
    return counts


def _search(path: Path, wanted: list[Needles], counts: dict[int, int]) -> None:
    overlap = max((len(value) for one in wanted for value in one.values), default=1) - 1
    with path.open("rb") as file:
        tail = b""
        while piece := file.read(PIECE):
            window = tail + piece
            for place, one in enumerate(wanted):
                counts[place] += sum(
                    _count(window, value, start=len(tail) - len(value) + 1) for value in one.values
                )
            tail = window[-overlap:] if overlap else b""


def _count(window: bytes, value: bytes, *, start: int) -> int:
    """Count a value's places that were not in the window before."""
    found, place = 0, window.find(value, max(0, start))
    while place >= 0:
        found += 1
        place = window.find(value, place + 1)
    return found


def _forms(value: bytes) -> set[bytes]:
    """Give a value as it is, in hexadecimal and in base64; nothing of nothing."""
    if not value:
        return set()
    plain = base64.b64encode(value).rstrip(b"=")
    return {value, value.hex().encode(), value.hex().upper().encode(), plain}
