"""This is where a rule is broken on purpose, in a copy, and a test is run there."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.conftest import ROOT

COPIED: Final = ("edge", "drivers", "tests", "config", "systemd", "scripts", "pyproject.toml")


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """One way to break a rule."""

    rule: str
    file: str
    old: str
    """What stands there, once."""
    new: str
    test: str
    """The file of the test, and behind `::` words of its name; it must fail."""
    is_slow: bool = False
    """Whether it takes so long that it is tried only where endurance is asked for."""

    def __str__(self) -> str:
        """Name it in the tests' report."""
        return f"{self.rule}-{Path(self.file).stem}"


def copy_tree(folder: Path) -> Path:
    """Give a copy of the checkout whose files are links, so that it costs next to nothing."""
    copy = folder / "copy"
    copy.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, copy_function=os.link, symlinks=True)
        else:
            os.link(source, copy / name)
    return copy


def break_rule(copy: Path, mutation: Mutation) -> None:
    """Write the mutation into the copy; the file is replaced, for it is a link."""
    path = copy / mutation.file
    text = path.read_text()
    draft = path.with_suffix(".broken")
    draft.write_text(text.replace(mutation.old, mutation.new))
    draft.replace(path)


def run_test(copy: Path, test: str) -> tuple[int, str]:
    """Run a test in the copy; give its exit status and what it said."""
    file, _, words = test.partition("::")
    chosen = ["-k", words] if words else []
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-x", "-q", "--tb=line"),
            *("-p", "no:cacheprovider", "-p", "no:cov", "-p", "no:xdist"),
            *(f"tests/{file}", *chosen),
        ],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr
