"""This is where something is waited for, and not for ever."""

import asyncio


async def set_within(event: asyncio.Event, wait_s: float) -> bool:
    """Wait until an event is set; False where that took longer than `wait_s` seconds."""
    try:
        async with asyncio.timeout(wait_s):
            await event.wait()
    except TimeoutError:
        return False
    return True
