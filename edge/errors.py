"""This is where every error that is raised on purpose stands, sorted by who must act.

EdgeError
 +-- ConfigError      a person must change a setting, a file or a command line
 |    +-- RecordingError   ... and the file is part of a recording
 +-- SourceFault      time heals it: the source is tried again
 +-- SourceUnusable   a technician must act on the hardware; the remedy says how
 +-- WireError        the sender of a message must mend it
 +-- StoreError       we must act: the disk or the database file failed
"""

from typing import ClassVar


class EdgeError(Exception):
    """What was attempted, on what, what happened, and what to do about it."""

    exit_code: ClassVar[int] = 1
    """Exit status of a command that ends with this error (sysexits.h where one fits)."""

    def __init__(self, what: str, *, where: str = "", why: str = "", remedy: str = "") -> None:
        """Keep the parts apart, so that a terminal, a log and JSON can each lay them out."""
        super().__init__(what, where, why, remedy)
        self.what = what
        self.where = where
        self.why = why
        self.remedy = remedy

    def __str__(self) -> str:
        """Put the parts into one line."""
        place = f" ({self.where})" if self.where else ""
        cause = f": {self.why}" if self.why else ""
        cure = f"; {self.remedy}" if self.remedy else ""
        return f"{self.what}{place}{cause}{cure}"


class ConfigError(EdgeError):
    """A person must change a setting, a file or a command line."""

    exit_code = 78  # EX_CONFIG


class RecordingError(ConfigError):
    """A recording's folder is not as the format says."""

    exit_code = 65  # EX_DATAERR


class SourceFault(EdgeError):  # noqa: N818 - the shop says fault
    """A source failed in a way that time heals; it is tried again."""

    exit_code = 75  # EX_TEMPFAIL


class SourceUnusable(EdgeError):  # noqa: N818 - the shop says unusable
    """A source cannot work until a technician acts."""

    exit_code = 69  # EX_UNAVAILABLE


class WireError(EdgeError):
    """A message from outside is not as the contract says; its sender must mend it."""

    exit_code = 76  # EX_PROTOCOL


class StoreError(EdgeError):
    """The disk or the database failed; nothing that was acknowledged is lost."""

    exit_code = 74  # EX_IOERR


def meant(group: ExceptionGroup[Exception]) -> EdgeError | None:
    """Give the first error that a task group gathered; None where one was not raised on purpose."""
    faults, others = group.split(EdgeError)
    if others is not None:
        return None
    error: EdgeError | ExceptionGroup[EdgeError] | None = faults
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
