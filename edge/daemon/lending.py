"""This is where a source's device is lent to another program: a camera, for an enrolment."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Final

from edge.daemon.supervisor_sources import Sources

REASON: Final = "its camera is lent for an enrolment"
EVERY_S: Final = 1.0
"""Between two words to the borrower: the one after it has gone shows that it has."""


async def lending(sources: Sources, name: str) -> AsyncGenerator[Mapping[str, str], None]:
    """Keep a source from its device while somebody listens to this.

    Raises: ConfigError where there is no such source.
    """
    async with sources.lend(name, REASON):
        while True:
            yield {"lent": name}
            await asyncio.sleep(EVERY_S)
