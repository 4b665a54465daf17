"""This is where faults in the settings are put into words: place, value, what was expected."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec
from pydantic import ValidationError

from edge.config.layers import Layered, Place
from edge.config.schema import Settings, table_at
from edge.driver.options import meant
from edge.errors import ConfigError

UNKNOWN_KEY: Final = "extra_forbidden"
MISSING_KEY: Final = "missing"
LONGEST_VALUE: Final = 60
"""Characters of a value that a fault repeats."""
CREDENTIALS: Final = re.compile(r"//[^/@]*@")
"""User and password in an address; they are never repeated."""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong in the settings."""

    place: Place
    what: str
    """Value and expectation, or the name that was meant."""
    is_unknown_key: bool = False

    def line(self, layered: Layered, path: Path) -> str:
        """Write the fault as one line: file, table, key, and what is wrong."""
        file = layered.file_of(self.place) or path
        return f"{file.name}: {spell(self.place, layered.tables)}: {self.what}"


def schema_faults(tables: dict[str, Any]) -> list[Fault]:
    """List everything that the schema finds wrong, in the order of the schema."""
    try:
        Settings.model_validate(tables)
    except ValidationError as error:
        return [_fault(detail) for detail in error.errors(include_url=False)]
    return []


def raise_faults(faults: Iterable[Fault], *, layered: Layered, path: Path) -> None:
    """Raise all faults as one error; nothing where there is none.

    Raises: ConfigError whose `why` has one line for each fault.
    """
    lines = [fault.line(layered, path) for fault in faults]
    if lines:
        raise ConfigError(
            "cannot use the settings",
            where=str(path),
            why="\n".join(dict.fromkeys(lines)),
            remedy="mend these lines; docs/reference/settings.md lists every setting",
        )


def spell(place: Place, tables: dict[str, Any]) -> str:
    """Write a place as a person would find it: `[[source]] "ble-floor" zone`."""
    match place:
        case (str() as table, int() as number, *keys):
            entry = _entry(tables, table, number)
            return " ".join([f"[[{table}]] {entry}", ".".join(map(str, keys))]).strip()
        case (table, *keys) if keys:
            return f"[{table}] {'.'.join(map(str, keys))}"
    return f"[{place[0]}]"


def _entry(tables: dict[str, Any], table: str, number: int) -> str:
    entry = tables[table][number]
    name = entry.get("name") if isinstance(entry, dict) else None
    return f'"{name}"' if isinstance(name, str) else f"number {number + 1}"


def _fault(detail: Any) -> Fault:
    place: Place = detail["loc"]
    if detail["type"] == UNKNOWN_KEY:
        return Fault(place=place, what=_unknown(place), is_unknown_key=True)
    if detail["type"] == MISSING_KEY:
        return Fault(place=place, what="it is missing")
    expected = detail["msg"].removeprefix("Value error, ")
    return Fault(place=place, what=f"{_shown(detail['input'])}: {expected}")


def _unknown(place: Place) -> str:
    table = table_at(place[:-1])
    keys = {field.alias or name for name, field in table.model_fields.items()} if table else set()
    return f"there is no such setting; {meant(str(place[-1]), keys)}"


def _shown(value: Any) -> str:
    text = CREDENTIALS.sub("//…@", repr(value))
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
