"""This is where the fields of a frame that may tell of a person get stand-ins."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

import msgspec

from drivers.serial_line.fields import MANY, at_path
from drivers.serial_line.profile import ByJson, ByPattern, Profile, ReceiptMeaning
from edge.driver.address import station_address
from edge.driver.disguise import disguised_address, disguised_text

CODES: Final = frozenset({"code", "card", "receipt"})
ADDRESS: Final = "address"
PERSONAL: Final = CODES | {ADDRESS}
"""The fields that may tell of a person: a card's or a code's number, the reference of a receipt,
an address."""

END: Final = "-"
"""Ends a receipt that was thinned out, so that the end of its last line is no edge, and is kept."""

Span = tuple[int, int, str]
"""Where a field begins and ends in a frame's text, and its name."""

Mask = Callable[[str], Iterator[str]]
"""Gives disguises of a frame's text, the one that tells least first; it may give none."""


def mask_for(profile: Profile, *, key: bytes) -> Mask:
    """Give the function that disguises the frames of a profile."""
    frame = profile.frame
    if isinstance(frame, ByPattern):
        return partial(_by_pattern, re.compile(frame.pattern, re.DOTALL), key)
    if isinstance(frame, ByJson):
        item = profile.meaning.item if isinstance(profile.meaning, ReceiptMeaning) else None
        return partial(_by_json, frame.fields, item, key)
    searches = {name: re.compile(text, re.MULTILINE) for name, text in frame.fields.items()}
    return partial(_by_search, searches, re.compile(frame.remove, re.DOTALL), key)


def disguised_field(name: str, value: str, *, key: bytes) -> str:
    """Give a stand-in for the text of a field, or the text itself where it tells of nobody."""
    if name in CODES:
        return disguised_text(value, key=key)
    address = station_address(value) if name == ADDRESS else None
    if address is None:
        return value
    figures = iter(disguised_address(address, key=key).hex())
    return "".join(next(figures) if sign.isalnum() else sign for sign in value)


def _by_pattern(pattern: re.Pattern[str], key: bytes, text: str) -> Iterator[str]:
    match = pattern.fullmatch(text)
    if match is None:
        return
    names = (name for name in pattern.groupindex if match[name] is not None)
    spans = [(*match.span(name), name) for name in names]
    yield _spliced(text, spans, key=key, outside=partial(disguised_text, key=key))
    yield _spliced(text, spans, key=key, outside=str)


def _by_search(
    searches: Mapping[str, re.Pattern[str]], remove: re.Pattern[str], key: bytes, text: str
) -> Iterator[str]:
    """Keep only the lines that hold a field; of each what stands behind its last field goes first.

    What a till prints besides is for the customer, and may name them.
    """
    clean = remove.sub("", text) if remove.pattern else text
    spans = [
        (*match.span(1), name)
        for name, search in searches.items()
        for number, match in enumerate(search.finditer(clean))
        if match[1] is not None and (number == 0 or name == MANY or name in PERSONAL)
    ]
    for is_cut in (True, False):
        yield "".join([*_lines(clean, spans, key=key, is_cut=is_cut), END])


def _lines(text: str, spans: list[Span], *, key: bytes, is_cut: bool) -> Iterator[str]:
    start = 0
    for line in text.splitlines(keepends=True):
        end = start + len(line)
        inside = [(a - start, b - start, name) for a, b, name in spans if start <= a and b <= end]
        if inside:
            kept = line[: max(b for _, b, _ in inside)] + "\n" if is_cut else line
            yield _spliced(kept, inside, key=key, outside=str)
        start = end


def _by_json(paths: Mapping[str, str], item: str | None, key: bytes, text: str) -> Iterator[str]:
    """Keep only the fields that the profile looks at."""
    whole = msgspec.json.decode(text)
    kept: dict[str, Any] = {}
    for name, path in paths.items():
        value = at_path(whole, path)
        if name == MANY and isinstance(value, list):
            _put(kept, path, [_article(item, one) for one in value])
        elif isinstance(value, str | int | float):
            _put(kept, path, _disguised_value(name, value, key=key))
    yield msgspec.json.encode(kept).decode()


def _article(path: str | None, item: object) -> object:
    """Give the reference in an item of a receipt; an empty table where there is none."""
    reference = at_path(item, path) if path is not None and isinstance(item, dict) else item
    return reference if isinstance(reference, str | int) else {}


def _disguised_value(name: str, value: str | float, *, key: bytes) -> str | float:
    """Give a stand-in for a field; a code that a device writes as a number becomes a text."""
    return disguised_field(name, str(value), key=key) if name in PERSONAL else value


def _put(table: dict[str, Any], path: str, value: object) -> None:
    *steps, last = path.split(".")
    for step in steps:
        table = table.setdefault(step, {})
    table[last] = value


def _spliced(text: str, spans: list[Span], *, key: bytes, outside: Callable[[str], str]) -> str:
    """Put stand-ins in the place of fields; of two that overlap the personal one counts."""
    chosen: list[Span] = []
    for start, end, name in sorted(spans, key=lambda span: span[2] not in PERSONAL):
        if all(end <= a or b <= start for a, b, _ in chosen):
            chosen.append((start, end, name))
    parts, at = [], 0
    for start, end, name in sorted(chosen):
        parts += [outside(text[at:start]), disguised_field(name, text[start:end], key=key)]
        at = end
    return "".join([*parts, outside(text[at:])])
