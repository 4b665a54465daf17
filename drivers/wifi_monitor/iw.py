"""This is where the program `iw` is run, and never waited for longer than it deserves.

A driver that has hung leaves `iw` hanging too, at times where no signal reaches it.
"""

import asyncio
import os
import shutil
from typing import Final

from edge.errors import SourceFault, SourceUnusable

PATIENCE_S: Final = 2.0
"""`iw` answers within some ten milliseconds or not at all."""
LAST_PATIENCE_S: Final = 0.2
"""Given to a killed program; one that the kernel holds back is left to the kernel."""
SYSTEM_FOLDERS: Final = "/usr/sbin:/sbin"
"""Where Debian puts `iw`, and where an ordinary user's PATH does not look."""
HANGS_REMEDY: Final = "plug the adapter out and in, or start the machine anew"
INSTALL_REMEDY: Final = "apt install iw"


def find_iw() -> str | None:
    """Give the path of `iw`, None where it is not installed."""
    return shutil.which("iw", path=f"{os.environ.get('PATH', os.defpath)}:{SYSTEM_FOLDERS}")


async def iw(*arguments: str, patience_s: float = PATIENCE_S) -> str:
    """Run `iw` and give what it printed.

    Raises: SourceUnusable when it is not installed, SourceFault when it fails or hangs.
    """
    program = find_iw()
    asked = f"iw {' '.join(arguments)}"
    if program is None:
        raise SourceUnusable(
            f"cannot run {asked}", why="iw is not installed", remedy=INSTALL_REMEDY
        )
    running = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(patience_s):
            said, complained = await running.communicate()
    except TimeoutError as error:
        raise SourceFault(
            f"cannot run {asked}", why=f"no answer within {patience_s:g} s", remedy=HANGS_REMEDY
        ) from error
    finally:
        await _end(running)
    if running.returncode:
        why = complained.decode(errors="replace").strip() or f"status {running.returncode}"
        raise SourceFault(f"cannot run {asked}", why=why, remedy=_remedy(why))
    return said.decode(errors="replace")


async def _end(running: asyncio.subprocess.Process) -> None:
    """Kill a program that has not ended by itself."""
    if running.returncode is not None:
        return
    running.kill()
    try:
        async with asyncio.timeout(LAST_PATIENCE_S):
            await running.wait()
    except TimeoutError:
        return


REMEDIES: Final = (
    ("(-1)", "run it as root, or as the service edge-radio@"),
    ("(-16)", "let nobody else use the adapter: nmcli device set INTERFACE managed no"),
    ("(-19)", "plug the adapter in; edge sources discover lists the Wi-Fi adapters"),
    ("(-22)", "choose a channel that `iw phy` shows as not disabled"),
    ("(-95)", "use an adapter that can do monitor mode: edge sources discover"),
    ("(-132)", "rfkill unblock wifi"),
)
"""What mends the errors by the kernel's number, which `iw` prints at the end of its line."""


def _remedy(why: str) -> str:
    return next((remedy for number, remedy in REMEDIES if number in why), "edge doctor")
