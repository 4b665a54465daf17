"""This is where fields are found in a frame, the way the device's profile says."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from drivers.serial_line.profile import ByJson, ByPattern, BySearch

NO_MATCH: Final = "no match"
NOT_TEXT: Final = "not text"
NOT_JSON: Final = "not JSON"

MANY: Final = "items"
"""The one field of which a frame may hold several."""

ESCAPE: Final = "\x1b"
"""Begins a printer's command, so it is no edge."""
EDGES: Final = "".join(map(chr, range(0x21))).replace(ESCAPE, "") + "\x7f"
"""White space and control characters, which devices put around a frame."""

Fields = Mapping[str, Any]
FieldFinder = Callable[[str], Fields | str]
"""Gives the fields in a frame's text, or the reason why there are none."""


def frame_text(frame: bytes, encoding: str) -> str | None:
    """Give a frame as the text its profile looks at; None where its bytes are no such text."""
    if encoding == "hex":
        return frame.hex()
    try:
        return frame.decode(encoding).strip(EDGES)
    except UnicodeDecodeError:
        return None


def finder_for(frame: ByPattern | BySearch | ByJson) -> FieldFinder:
    """Give the function that finds a frame's fields.

    Raises: ValueError when an expression of the profile cannot be compiled.
    """
    try:
        if isinstance(frame, ByPattern):
            return _pattern_finder(frame)
        if isinstance(frame, BySearch):
            return _search_finder(frame)
    except re.error as error:
        raise ValueError(f"{error.pattern!r} is no regular expression: {error}") from error
    return _json_finder(frame)


def field_names(frame: ByPattern | BySearch | ByJson) -> set[str]:
    """Give the names of the fields that a profile can find."""
    if isinstance(frame, ByPattern):
        return set(re.compile(frame.pattern).groupindex)
    return set(frame.fields)


def _pattern_finder(frame: ByPattern) -> FieldFinder:
    fullmatch = re.compile(frame.pattern, re.DOTALL).fullmatch

    def find(text: str) -> Fields | str:
        match = fullmatch(text)
        return NO_MATCH if match is None else match.groupdict()

    return find


def _search_finder(frame: BySearch) -> FieldFinder:
    searches = {name: re.compile(text, re.MULTILINE) for name, text in frame.fields.items()}
    wrong = [name for name, search in searches.items() if search.groups != 1]
    if wrong:
        raise ValueError(f"the expression of {wrong[0]} needs exactly one group")
    remove = re.compile(frame.remove, re.DOTALL)

    def find(text: str) -> Fields | str:
        clean = remove.sub("", text) if frame.remove else text
        found = {name: search.findall(clean) for name, search in searches.items()}
        fields = {
            name: values if name == MANY else values[0] for name, values in found.items() if values
        }
        return fields or NO_MATCH

    return find


def _json_finder(frame: ByJson) -> FieldFinder:
    decode = msgspec.json.Decoder().decode

    def find(text: str) -> Fields | str:
        try:
            whole = decode(text)
        except (msgspec.DecodeError, RecursionError):
            return NOT_JSON
        if not isinstance(whole, dict):
            return NO_MATCH
        return {name: at_path(whole, path) for name, path in frame.fields.items()}

    return find


def at_path(whole: object, path: str) -> object:
    """Give what stands at a path of keys with dots between them, None where there is nothing."""
    for key in path.split("."):
        if not isinstance(whole, dict):
            return None
        whole = whole.get(key)
    return whole
