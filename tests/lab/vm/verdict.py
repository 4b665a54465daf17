"""This is where it is kept what was claimed, what was found, and how long it took."""

import sys
import time
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Verdict:
    """Claims in their order; `began` is monotonic seconds."""

    began: float
    _rows: list[tuple[bool, str, str, str]] = field(default_factory=list)

    def say(
        self, claim: str, expected: object, found: object, *, holds: bool | None = None
    ) -> None:
        """Hold what was found against what was expected; the same, unless `holds` says so."""
        right = expected == found if holds is None else holds
        self._rows.append((right, claim, str(expected), str(found)))

    def step(self, what: str) -> None:
        """Say in the log how far it came."""
        sys.stderr.write(f"{time.monotonic() - self.began:6.1f} s  {what}\n")
        sys.stderr.flush()

    @property
    def holds(self) -> bool:
        """Whether everything claimed is so; a story without claims proves nothing."""
        return bool(self._rows) and all(right for right, *_ in self._rows)

    def table(self) -> str:
        """Give the whole as a table."""
        head = ("", "what", "expected", "found")
        rows = [head, *(("ok" if right else "NO", *rest) for right, *rest in self._rows)]
        widths = [max(len(row[at]) for row in rows) for at in range(len(head))]
        lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
        took = f"{time.monotonic() - self.began:.0f} s in the machine\n"
        return "\n".join(lines) + "\n" + took
