"""This is where what a recording says about itself is put into TOML."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(tables: Mapping[str, Any]) -> str:
    """Write values first, then `[table]`s, then each entry of a list of tables as `[[table]]`.

    Values are those of settings: texts, numbers, truths, moments, lists and tables of them; what
    lies deeper than a table of a table stands in braces. None is left out.
    """
    told = {key: value for key, value in tables.items() if value is not None}
    lines = list(_pairs({key: one for key, one in told.items() if not _is_tables(one)}))
    for name, value in told.items():
        if isinstance(value, Mapping):
            lines += ["", f"[{_key(name)}]", *_pairs(value)]
        elif _is_tables(value):
            for entry in value:
                lines += ["", f"[[{_key(name)}]]", *_pairs(entry)]
    return "\n".join([*lines, ""]).lstrip("\n")


def _is_tables(value: object) -> bool:
    if isinstance(value, list | tuple):
        return bool(value) and all(isinstance(one, Mapping) for one in value)
    return isinstance(value, Mapping)


def _pairs(table: Mapping[str, Any]) -> Iterator[str]:
    told = ((key, value) for key, value in table.items() if value is not None)
    return (f"{_key(key)} = {_value(value)}" for key, value in told)


def _key(name: str) -> str:
    return name if BARE.fullmatch(name) else _quoted(name)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return f"{{{', '.join(_pairs(value))}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(one) for one in value)}]"
    return str(value)


def _quoted(text: str) -> str:
    """Quote as JSON does, which is TOML's way too, but for the delete sign."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
