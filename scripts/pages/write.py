"""This is where the generated pages of docs/reference are put in their places."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from edge.sync.asyncapi import write_reference
from scripts.pages import commands, drivers, errors, events

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"


PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "commands.md": commands.page,
    "drivers.md": partial(drivers.page, ROOT),
    "errors.md": errors.page,
    "events.md": events.page,
}
"""What makes each page, by its name below docs/reference."""


def main() -> None:
    """Write everything, and say what was written."""
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")
    schemas = write_reference(REFERENCE)
    print(f"{len(PAGES) + len(schemas)} files were written to {REFERENCE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
