"""This is where it is said how a driver's work ended, whatever it raised."""

import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Final, TypeVar

import msgspec

from edge.daemon.run_logs import told
from edge.errors import ConfigError, EdgeError, SourceUnusable

log = logging.getLogger(__name__)

T = TypeVar("T")

BUG_REMEDY: Final = "report it with these lines: journalctl -u store-edge"


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How a driver's work ended."""

    reason: str
    """In words that name nobody."""
    remedy: str = ""
    is_hopeless: bool = False
    """A person has to act: trying again soon is of no use."""
    is_mendable: bool = False
    """The driver's own check tells when it was mended."""
    is_reopening: bool = False
    """It was ended on purpose, to be opened anew at once."""


async def ended(work: Callable[[], Awaitable[T]]) -> T | Ending:
    """Have a driver do something; what it raises becomes an ending.

    A defect of a driver is one more fault of its source, and never the daemon's end. Its text may
    hold an address or a code, so that the class and the place alone are told.
    """
    try:
        return await work()
    except Exception as error:  # noqa: BLE001 - the one place where a stranger's defects end
        return _ending(error)


def words(fault: EdgeError) -> str:
    """Say what was attempted, where, and what happened, without the remedy."""
    place = f" ({fault.where})" if fault.where else ""
    return f"{fault.what}{place}: {fault.why}" if fault.why else f"{fault.what}{place}"


def hopeless(fault: EdgeError) -> Ending:
    """Give the ending of what a person has to mend."""
    return Ending(
        reason=words(fault),
        remedy=fault.remedy,
        is_hopeless=True,
        is_mendable=isinstance(fault, SourceUnusable),
    )


def _ending(error: Exception) -> Ending:
    causes = list(_causes(error))
    meant = [one for one in causes if isinstance(one, EdgeError)]
    for fault in meant:
        if isinstance(fault, SourceUnusable | ConfigError):
            return hopeless(fault)
    for fault in meant:
        return Ending(reason=words(fault), remedy=fault.remedy)
    log.error("a driver has a defect: %s", told(causes[0]))
    return Ending(reason=f"a defect of its driver: {type(causes[0]).__name__}", remedy=BUG_REMEDY)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Give what a driver's task group gathered, one by one."""
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _causes(one)
    else:
        yield error
