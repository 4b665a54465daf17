"""This is where every installed driver is asked what hardware it could use here."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import msgspec

from edge.daemon.registry import load_driver
from edge.driver.contract import Driver, Found
from edge.errors import EdgeError

DISCOVER_S: Final = 2.0
"""What the contract gives a driver to look around."""

Load = Callable[[str], type[Driver] | None]
Discover = Callable[[], Awaitable[tuple[Found, ...]]]


class Discovered(msgspec.Struct, frozen=True, kw_only=True):
    """What one driver found."""

    driver: str
    found: tuple[Found, ...] = ()
    why_not: str = ""
    """Why it could not look; empty where it did, whatever it found."""


async def discover(
    names: Iterable[str], *, load: Load = load_driver, within_s: float = DISCOVER_S
) -> tuple[Discovered, ...]:
    """Ask all drivers at the same time; those that read recordings only are left out."""
    async with asyncio.TaskGroup() as tasks:
        asked = [
            tasks.create_task(_ask(name, load, within_s=within_s), name=f"discover {name}")
            for name in names
        ]
    return tuple(answer for task in asked if (answer := task.result()) is not None)


async def _ask(name: str, load: Load, *, within_s: float) -> Discovered | None:
    try:
        look: Discover | None = getattr(load(name), "discover", None)
        if look is None:
            return None
        async with asyncio.timeout(within_s):
            return Discovered(driver=name, found=await look())
    except TimeoutError:
        return Discovered(driver=name, why_not=f"it gave no answer in {within_s:.0f} s")
    except EdgeError as error:
        return Discovered(driver=name, why_not=str(error))
    except OSError as error:
        return Discovered(driver=name, why_not=error.strerror or str(error))
