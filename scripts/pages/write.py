"""This is where the generated pages of docs/reference are put in their places."""

from pathlib import Path

from edge.sync.asyncapi import write_reference
from scripts.pages import commands, drivers, errors, events

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"


def pages() -> dict[str, str]:
    """Give every page that is made here, by its name below docs/reference."""
    return {
        "commands.md": commands.page(),
        "drivers.md": drivers.page(ROOT),
        "errors.md": errors.page(),
        "events.md": events.page(),
    }


def main() -> None:
    """Write everything, and say what was written."""
    made = pages()
    for name, text in made.items():
        (REFERENCE / name).write_text(text, encoding="utf-8")
    written = [*(REFERENCE / name for name in made), *write_reference(REFERENCE)]
    print(f"{len(written)} files were written to {REFERENCE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
