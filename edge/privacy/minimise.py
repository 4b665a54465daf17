"""This is where a profile is cut to what the edge may hold: no birth dates, no ages, no children.

The words are looked for in the keys of attributes, the dates in every value: a birth date under
another name is still one, and a date that is none is not worth the risk.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from edge.model.customer import Profile

AGE_WORDS: Final = frozenset(
    {"age", "ages", "aged", "alter", "edad", "leeftijd"}
    | {"born", "dob", "yob", "bd", "bday", "nato", "nata"}
    | {"minor", "minors", "child", "children", "kid", "kids", "son", "daughter", "baby"}
    | {"kinder", "hijo", "hijos", "enfant", "enfants"}
)
"""Words of a key that speak of an age, a birth or a child, in the stores' languages so far."""
AGE_STEMS: Final = ("birth", "geburt", "geboren", "naiss", "nacim", "nascit")
WORD: Final = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+")
DATE: Final = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d[-./ ]?\d\d[-./ ]?\d\d|\d{1,2}[-./ ]\d{1,2}[-./ ](?:19|20)?\d\d)(?!\d)"
)
"""A calendar date with its numbers in any of the usual orders."""


def minimal_profile(raw: Any) -> Profile:
    """Give what may be held of a profile as it came; whatever is not a text is dropped."""
    table = raw if isinstance(raw, Mapping) else {}
    segments = table.get("segments")
    attributes = table.get("attributes")
    return Profile(
        display_name=_text(table.get("display_name")),
        language=_text(table.get("language")),
        segments=tuple(
            one for one in (segments if isinstance(segments, list) else ()) if _is_plain(one)
        ),
        attributes={
            key: value
            for key, value in (attributes if isinstance(attributes, dict) else {}).items()
            if _is_plain(value) and not tells_age(key)
        },
    )


def tells_age(key: str) -> bool:
    """Say whether a key's words speak of an age, a birth or a child."""
    words = {word.lower() for word in WORD.findall(key)}
    lower = key.lower()
    return not words.isdisjoint(AGE_WORDS) or any(stem in lower for stem in AGE_STEMS)


def _text(value: Any) -> str:
    return value if isinstance(value, str) and _is_plain(value) else ""


def _is_plain(value: Any) -> bool:
    return isinstance(value, str) and DATE.search(value) is None
