"""This is where it is found out whether the system's clock is synchronised with a time server."""

import asyncio
import ctypes
import errno
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

SyncSign = Callable[[], Awaitable[bool]]
"""Says whether the clock is synchronised; where nobody can tell, it is not."""

TIMESYNC: Final = Path("/run/systemd/timesync/synchronized")
"""systemd-timesyncd makes this file after the first synchronisation since boot."""
TIME_ERROR: Final = 5
"""What adjtimex(2) gives while the clock is not synchronised."""
TIMEX_BYTES: Final = 1_024
"""Room for `struct timex`: 208 bytes on 64-bit Linux."""
TIMEDATECTL: Final = ("timedatectl", "show", "--property=NTPSynchronized", "--value")
PATIENCE_S: Final = 5.0
ASK_EVERY: Final = 30
"""Looks between two questions to timedatectl, which starts a program each time."""


class SystemSign:
    """Asks, in this order: timesyncd's file, the kernel, timedated; the first answer counts.

    The service's sandbox keeps it from the kernel's own answer (ProtectClock=), timedated gives it.
    A clock that was synchronised once stays so: a store without a network for weeks drifts by
    seconds, and the kernel takes its sign back after nine hours.
    """

    def __init__(
        self,
        *,
        file: Path = TIMESYNC,
        kernel: Callable[[], bool | None] | None = None,
        command: Sequence[str] = TIMEDATECTL,
    ) -> None:
        """Take timesyncd's file, who asks the kernel, and the command that asks timedated."""
        self._file = file
        self._kernel = kernel or kernel_sign
        self._command = command
        self._looks = 0
        self._was_synced = False

    async def __call__(self) -> bool:
        """Say whether the clock was synchronised since the boot."""
        if not self._was_synced:
            self._was_synced = self._file.exists() or await self._ask()
        return self._was_synced

    async def _ask(self) -> bool:
        kernel = self._kernel()
        if kernel is not None:
            return kernel
        self._looks += 1
        return self._looks % ASK_EVERY == 1 and await _ask_timedated(self._command)


async def always() -> bool:
    """Say yes: somebody else keeps this machine's clock, and the technician says so."""
    return True


def kernel_sign() -> bool | None:
    """Ask the kernel (adjtimex(2)); None where that is not permitted."""
    kernel = ctypes.CDLL(None, use_errno=True)
    timex = ctypes.create_string_buffer(TIMEX_BYTES)  # modes = 0: nothing is changed
    state = int(kernel.adjtimex(timex))
    if state < 0 and ctypes.get_errno() in {errno.EPERM, errno.ENOSYS, errno.EACCES}:
        return None
    return 0 <= state < TIME_ERROR


async def _ask_timedated(command: Sequence[str]) -> bool:
    try:
        asked = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=DEVNULL)
    except OSError:  # not installed: nobody can tell
        return False
    try:
        async with asyncio.timeout(PATIENCE_S):
            answer, _ = await asked.communicate()
    except TimeoutError:
        return False
    finally:
        if asked.returncode is None:
            asked.kill()
    return answer.strip() == b"yes"
