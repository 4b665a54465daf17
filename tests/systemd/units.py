"""What stands in the units, setting by setting."""

from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "systemd"
UNIT = FOLDER / "store-edge.service"
UNITS = sorted(FOLDER.glob("*.service"))


def lines_of(unit: Path) -> dict[str, list[str]]:
    """Give every setting of a unit with its values, in their order."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in unit.read_text().splitlines():
        if line and not line.startswith(("#", "[")):
            name, _, value = line.partition("=")
            found[name].append(value)
    return found


def only(name: str, unit: Path = UNIT) -> str:
    (value,) = lines_of(unit)[name]
    return value
