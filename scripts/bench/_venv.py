"""This is where a bench that was started with any Python goes on with the project's own."""

import os
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent.parent / ".venv"


def _enter() -> None:
    python = HOME / "bin" / "python"
    if Path(sys.prefix).resolve() == HOME.resolve():
        return
    if not python.is_file():
        sys.exit("bench: there is no .venv yet; run scripts/test once, it sets it up")
    os.execv(python, [str(python), *sys.argv])  # noqa: S606 - the same script, another Python


_enter()  # before the imports that only the project's own Python can satisfy
