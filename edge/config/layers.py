"""This is where settings files are read and laid over each other."""

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from edge.errors import ConfigError

Place = tuple[int | str, ...]
"""Where a value stands: `("store", "policy")`, `("source", 2, "zone")`."""


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """The tables of one file."""

    file: Path
    tables: dict[str, Any]


class Layered(msgspec.Struct, frozen=True, kw_only=True):
    """Several layers as one, and which file each value came from."""

    tables: dict[str, Any]
    origin: dict[Place, Path]

    def file_of(self, place: Place) -> Path | None:
        """Give the file that a value, or else the table around it, came from."""
        for end in range(len(place), 0, -1):
            if place[:end] in self.origin:
                return self.origin[place[:end]]
        return None


def read_layers(path: Path) -> list[Layer]:
    """Read a settings file and the drop-ins `<name>.d/*.toml` beside it, in their order.

    Raises: ConfigError when a file cannot be read or is not TOML.
    """
    folder = path.with_name(f"{path.name}.d")
    return [read_layer(file) for file in (path, *sorted(folder.glob("*.toml")))]


def read_layer(file: Path) -> Layer:
    """Read one file.

    Raises: ConfigError when it cannot be read or is not TOML.
    """
    try:
        return Layer(file=file, tables=tomllib.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise _unreadable(file, "there is no such file") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _unreadable(file, str(error)) from error


def lay_over(layers: list[Layer]) -> Layered:
    """Put layers over each other: a later value wins, entries of a list are known by their name."""
    layered = Layered(tables={}, origin={})
    for layer in layers:
        _merge_table(layered, layered.tables, layer.tables, file=layer.file, place=())
    return layered


def entries(tables: dict[str, Any], table: str) -> list[dict[str, Any]]:
    """Give the entries of a list of tables, as far as they are tables; none where it is no list."""
    listed = tables.get(table)
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _merge_table(
    layered: Layered, below: dict[str, Any], above: dict[str, Any], *, file: Path, place: Place
) -> None:
    for key, value in above.items():
        here = (*place, key)
        layered.origin[here] = file
        if isinstance(value, dict) and isinstance(below.get(key, {}), dict):
            _merge_table(layered, below.setdefault(key, {}), value, file=file, place=here)
        elif _is_list_of_tables(value) and _is_list_of_tables(below.get(key, [])):
            _merge_list(layered, below.setdefault(key, []), value, file=file, place=here)
        else:
            below[key] = value


def _merge_list(
    layered: Layered, below: list[Any], above: list[Any], *, file: Path, place: Place
) -> None:
    # Against what was below only: the same name twice in one file stays, and is a fault later.
    numbers = {name: number for number, entry in enumerate(below) if (name := _name_of(entry))}
    for entry in above:
        number = numbers.get(_name_of(entry), len(below))
        if number == len(below):
            below.append({})
        layered.origin[*place, number] = file
        _merge_table(layered, below[number], entry, file=file, place=(*place, number))


def _name_of(entry: dict[str, Any]) -> str:
    name = entry.get("name")
    return name if isinstance(name, str) else ""


def _is_list_of_tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(entry, dict) for entry in value)


def _unreadable(file: Path, why: str) -> ConfigError:
    return ConfigError("cannot read the settings", where=str(file), why=why, remedy="mend the file")
