"""This is where the daemon's log lines take their form: for journald, or for a terminal.

What Python itself would say about an error that nobody caught is cut down to the class and the
place: the text of a foreign exception may hold an address or a code.
"""

import logging
import os
import sys
import threading
import traceback
from asyncio import AbstractEventLoop
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, TextIO

PRIORITIES: Final = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
"""Level from which on, and the priority of syslog(3) that journald files the line under."""
DEBUG_PRIORITY: Final = 7
DEEPEST: Final = 6
"""Places of a traceback that are told, the innermost ones."""

OURS: Final = frozenset({"edge", "drivers"})
"""Loggers whose words are chosen so that they name nobody."""

log = logging.getLogger("edge")


class JournalLines(logging.Formatter):
    """`<N>` and the line; journald itself knows the time."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record, on one line for each of its own."""
        priority = next((n for level, n in PRIORITIES if record.levelno >= level), DEBUG_PRIORITY)
        lines = said(record).splitlines() or [""]
        return "\n".join(f"<{priority}>{line}" for line in lines)


class PlainLines(logging.Formatter):
    """Time of day, level and the line; an exception's own text is never written."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        """Write the line, a library's own without its text."""
        record.message = said(record)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the library's name
        """Give the class and the places, without the exception's text."""
        return told(ei[1])


def said(record: logging.LogRecord) -> str:
    """Give what a record says; of a library's the place alone, its text may hold an address."""
    if record.name.partition(".")[0] in OURS:
        return record.getMessage()
    return f"{record.name} has something to say at {record.filename}:{record.lineno}"


def is_journal(environment: Mapping[str, str], stream: TextIO) -> bool:
    """Say whether a stream is connected to the journal (systemd.exec(5), JOURNAL_STREAM)."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):  # no file behind it
        return False
    return environment.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def begin_logs(environment: Mapping[str, str], *, level: str, stream: TextIO = sys.stderr) -> None:
    """Send what the product says to `stream`, and keep foreign exceptions' texts out of it."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JournalLines() if is_journal(environment, stream) else PlainLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)  # libraries are heard when something is wrong
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())
    sys.excepthook = _hear_end
    threading.excepthook = _hear_thread
    sys.unraisablehook = _hear_unraisable


def hear_loop(loop: AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what a callback raised by its class and places; a handler for `set_exception_handler`."""
    del loop
    log.error("a callback failed: %s", told(context.get("exception")))


def told(error: BaseException | None) -> str:
    """Name an exception by its class and where it was raised, never by its text."""
    if error is None:
        return "no exception is known"
    frames = traceback.extract_tb(error.__traceback__)[-DEEPEST:]
    places = " < ".join(f"{frame.name} {frame.filename}:{frame.lineno}" for frame in frames[::-1])
    return f"{type(error).__name__} at {places or 'an unknown place'}"


def _hear_end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    del kind, trace
    parts = error.exceptions if isinstance(error, BaseExceptionGroup) else (error,)
    for part in parts:
        log.critical("the daemon ends: %s", told(part))


def _hear_thread(ended: threading.ExceptHookArgs) -> None:
    log.error("a thread ended: %s", told(ended.exc_value))


def _hear_unraisable(ended: Any) -> None:
    log.error("something failed while it was taken down: %s", told(ended.exc_value))
