"""The pieces that settings of toy stores are put together from, in the words of a technician."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

ENTRANCE: Final = """
[[zone]]
name = "entrance"
kind = "entrance"
"""
CHECKOUT: Final = """
[[zone]]
name = "checkout"
kind = "checkout"
"""
DOOR: Final = """
[[door]]
name = "main"
source = "door-1"
zone = "entrance"
"""
PLATFORM: Final = """
[mqtt]
url = "{url}"
node = "{node}"
"""
SOURCE: Final = """
[[source]]
name = "{name}"
driver = "{driver}"
zone = "{zone}"
{more}
[source.options]
{options}
"""


def source(name: str, driver: str, *, options: str, zone: str = "entrance", more: str = "") -> str:
    """Give a source; `more` stands in its own table, `options` in that of its options."""
    return SOURCE.format(name=name, driver=driver, options=options, zone=zone, more=more)


def serial_sources(folder: Path) -> Iterator[str]:
    """Give a door counter, a scanner and a till, each on the port of its name in a folder."""
    serial = {
        "door-1": ("entrance", 'profile = "door-counter-csv"'),
        "scanner": ("checkout", 'profile = "scanner-plain"'),
        "till": ("checkout", 'profile = "till-json"\nlane = "1"'),
    }
    for name, (zone, more) in serial.items():
        port = f'port = "{folder / name}"'
        yield source(name, "serial_line", options=port, zone=zone, more=more)
