"""This is where `edge run` is started with everything logged, and with a driver that blurts out.

The driver raises in every way there is, with an identifier in the text of each exception. It reads
the identifier from a file when it does so, so that this program itself holds none.
"""

import asyncio
import logging
import os
import random
import sys
import threading
from pathlib import Path
from typing import ClassVar, NoReturn

from edge.daemon.app import run
from edge.daemon.clock_sign import always
from edge.daemon.notify import Notifier
from edge.daemon.registry import load_driver
from edge.daemon.run_logs import begin_logs
from edge.daemon.run_settings import Options
from edge.driver.contract import Clock, Driver, SourceSpec, Tape
from edge.driver.outlet import Outlet
from edge.errors import SourceFault
from tests.daemon.live.live_only import LiveOnly

PLACES = ("callback", "thread", "finaliser", "task", "library", "fault", "run_out")


class Unlucky:
    """Fails while it is taken down."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __del__(self) -> None:
        raise ValueError(self._text)


class Blurter(LiveOnly):
    """Says what it must not, each time in another way."""

    kind: ClassVar[str] = "blurter"
    quiet_after_s: ClassVar[float] = 60.0
    tape_suffix: ClassVar[str] = ".none"

    def __init__(self, spec: SourceSpec) -> None:
        self._spec = spec

    async def run(self, outlet: Outlet, *, clock: Clock, tape: Tape | None = None) -> None:
        del tape
        outlet.heard(clock.now())
        place = str(self._spec.options["place"])
        await getattr(self, place)(self._text())
        await asyncio.sleep(1)

    def _text(self) -> str:
        return Path(str(self._spec.options["file"])).read_text()

    async def callback(self, text: str) -> None:
        asyncio.get_running_loop().call_soon(_fail, text)

    async def thread(self, text: str) -> None:
        threading.Thread(target=_fail, args=(text,), name=text).start()

    async def finaliser(self, text: str) -> None:
        Unlucky(text)

    async def task(self, text: str) -> None:
        lost = asyncio.get_running_loop().create_task(_fail_later(text), name=text)
        await asyncio.wait({lost})

    async def library(self, text: str) -> None:
        logging.getLogger("bleak").error("device %s is gone", text)
        logging.getLogger("asyncio").warning("%s", text, exc_info=ValueError(text))

    async def fault(self, text: str) -> None:
        try:
            _fail(text)
        except ValueError as why:
            raise SourceFault("cannot go on", why="it failed") from why

    async def run_out(self, text: str) -> None:
        _fail(text)


def _fail(text: str) -> NoReturn:
    held = {"address": text}
    raise ValueError(text, held)


async def _fail_later(text: str) -> None:
    _fail(text)


def _find(name: str) -> type[Driver] | None:
    return Blurter if name == Blurter.kind else load_driver(name)


def main(settings: Path, state: Path) -> None:
    """Run the daemon as `edge run --log-level debug` does."""
    begin_logs(os.environ, level="debug")
    options = Options(
        settings=settings,
        state=state,
        sign=always,
        find=_find,
        chance=random.SystemRandom().random,
    )
    asyncio.run(run(options, notifier=Notifier.of(os.environ)), debug=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
