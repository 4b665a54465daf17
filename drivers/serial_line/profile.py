"""This is where a device profile is described and loaded: a new device is a file, not code.

A profile says how frames are cut out of the stream, how fields are found in a frame, and what the
fields mean. README.md of this folder explains every key; config/devices/ holds the shipped ones.
"""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from edge.driver.files import config_folder
from edge.driver.options import meant
from edge.errors import ConfigError


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a profile; a key it does not know is a fault."""


class Device(Table, frozen=True, kw_only=True):
    """How the serial port is set."""

    baud: int = 9600
    data_bits: Literal[7, 8] = 8
    parity: Literal["none", "even", "odd"] = "none"
    stop_bits: Literal[1, 2] = 1
    usb: list[str] = []
    """USB vendors ("05e0") or products ("303a:1001") that are most likely such a device."""


class Delimited(Table, frozen=True, kw_only=True, tag_field="kind", tag="delimited"):
    """Each frame ends with the same bytes."""

    delimiter: str = "0a"
    """In hex."""
    longest: int = 256
    """Most bytes in a frame."""


class Bracketed(Table, frozen=True, kw_only=True, tag_field="kind", tag="bracketed"):
    """Each frame stands between two bytes; what is outside of them is dropped."""

    start: str = "02"
    """One byte in hex; STX by itself."""
    end: str = "03"
    longest: int = 256


class Counted(Table, frozen=True, kw_only=True, tag_field="kind", tag="counted"):
    """Each frame starts with the same bytes and says how long it is."""

    start: str
    """In hex."""
    length_at: int
    """Place of the length from the frame's start."""
    length_size: Literal[1, 2] = 1
    """Bytes of the length, most significant first."""
    adds: int
    """Bytes of the whole frame that the length does not count."""
    checksum: Literal["none", "sum8"] = "none"
    """sum8: the last byte is the sum of all bytes before it, modulo 256."""
    longest: int = 256


Encoding = Literal["utf-8", "latin-1", "cp437", "hex"]


class ByPattern(Table, frozen=True, kw_only=True, tag_field="kind", tag="pattern"):
    """The whole frame fits one regular expression; its named groups are the fields."""

    pattern: str
    encoding: Encoding = "utf-8"
    """hex: the pattern looks at the frame as lower-case hex digits."""


class BySearch(Table, frozen=True, kw_only=True, tag_field="kind", tag="search"):
    """Each field has a regular expression of its own, found anywhere in the frame."""

    fields: dict[str, str]
    """Field to expression with one group; `^` and `$` are the ends of a line."""
    encoding: Encoding = "utf-8"
    remove: str = ""
    """Expression of what is taken out first, such as a printer's commands."""


class ByJson(Table, frozen=True, kw_only=True, tag_field="kind", tag="json"):
    """The frame is a JSON object."""

    fields: dict[str, str]
    """Field to path of keys, with dots between them."""


class DoorMeaning(Table, frozen=True, kw_only=True, tag_field="call", tag="door"):
    """People passed: fields direction and people, or entered and left."""

    directions: dict[str, Literal["entered", "left"]] = {}
    """What the words of `direction` mean; upper and lower case are the same."""
    base: Literal[10, 16] = 10
    """How numbers are written."""


class CardMeaning(Table, frozen=True, kw_only=True, tag_field="call", tag="card"):
    """A code was read: field code."""

    upper: bool = False
    """Whether letters are made upper case, for readers that print hex in either."""


class ReceiptMeaning(Table, frozen=True, kw_only=True, tag_field="call", tag="receipt"):
    """A till closed a receipt: fields receipt, total, currency, lane, card, items."""

    currency: str | None = None
    """Where the receipt does not name one."""
    decimal: Literal[".", ","] = "."
    """Decimal mark of totals written as text; the other one groups digits."""
    item: str | None = None
    """Path of the article reference within an item, where items are objects."""


class ProbeMeaning(Table, frozen=True, kw_only=True, tag_field="call", tag="probe"):
    """A probe request was heard: fields address and signal."""


class Example(Table, frozen=True, kw_only=True):
    """What the device sends and what must come of it; the tests run every one."""

    line: str | None = None
    hex: str | None = None
    """Bytes of the stream, delimiters and all."""
    expect: list[dict[str, Any]]
    """Calls, each with its arguments, and refusals (`refused`), in order; empty: a sign of life."""


class Profile(Table, frozen=True, kw_only=True):
    """A device that speaks over a serial line."""

    description: str
    device: Device = Device()
    framing: Delimited | Bracketed | Counted = Delimited()
    frame: ByPattern | BySearch | ByJson
    meaning: DoorMeaning | CardMeaning | ReceiptMeaning | ProbeMeaning
    heartbeats: list[str] = []
    """Expressions of whole frames that only say that the device lives; an empty one always does."""
    example: list[Example] = []


def profile_files(folders: Iterable[Path]) -> Mapping[str, Path]:
    """Give the profiles there are by name; an earlier folder's goes before a later one's."""
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.toml")):
            found.setdefault(path.stem, path)
    return found


def shipped_profiles() -> Path:
    """Give the folder of the shipped profiles."""
    return config_folder() / "devices"


def find_profile(name: str | None, folders: Iterable[Path], *, where: str) -> Path:
    """Give the file of a profile, without opening it.

    Raises: ConfigError when no name is given or no profile has it, with the names there are.
    """
    files = profile_files(folders)
    if name is None:
        raise ConfigError(
            "a serial line needs the profile of its device", where=where, remedy=meant("", files)
        )
    if name not in files:
        raise ConfigError(f"no profile is named {name!r}", where=where, remedy=meant(name, files))
    return files[name]


def load_profile(path: Path) -> Profile:
    """Read a profile.

    Raises: ConfigError when the file is not as the format says.
    """
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Profile)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise profile_fault(path, str(error)) from error
    except msgspec.ValidationError as error:
        raise profile_fault(path, str(error)) from error


def profile_fault(path: Path, why: str) -> ConfigError:
    """Give the error for a profile that cannot be used."""
    return ConfigError(
        "cannot use the device profile",
        where=str(path),
        why=why,
        remedy="mend the file; the README of drivers/serial_line explains every key",
    )
