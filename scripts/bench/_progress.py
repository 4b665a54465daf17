"""This is where a long bench says on standard error how far it has come."""

import sys
import time
from collections.abc import Callable
from types import TracebackType

EVERY_S = 2.0


class Progress:
    """Counts steps; a line every two seconds, overwritten on a terminal."""

    def __init__(self, name: str, steps: int) -> None:
        self._name = name
        self._steps = steps
        self._done = 0
        self._told_at = time.monotonic()

    def __enter__(self) -> Callable[[], None]:
        """Give what is called after each step."""
        return self._tick

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the last line standing."""
        self._tell()
        print(file=sys.stderr)

    def _tick(self) -> None:
        self._done += 1
        if time.monotonic() - self._told_at >= EVERY_S:
            self._tell()

    def _tell(self) -> None:
        self._told_at = time.monotonic()
        start = "\r" if sys.stderr.isatty() else ""
        end = "" if sys.stderr.isatty() else "\n"
        print(f"{start}{self._name}: {self._done} of {self._steps}", end=end, file=sys.stderr)
