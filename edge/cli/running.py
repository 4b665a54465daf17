"""This is where the daemon's process is set up around it: logs, signals, and a sure end."""

import asyncio
import logging
import os
import random
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Final

from edge.daemon.app import run
from edge.daemon.clock_sign import SystemSign, always
from edge.daemon.notify import Notifier
from edge.daemon.registry import load_driver
from edge.daemon.run_logs import begin_logs
from edge.daemon.run_settings import Options
from edge.errors import meant

log = logging.getLogger(__name__)

GRACE_S: Final = 0.5
"""For threads and drivers to end once nothing can be lost any more."""


def run_daemon(settings: Path, state: Path, *, level: str, trust_clock: bool) -> None:
    """Run the daemon in this process until it is told to stop.

    Raises: EdgeError that says what keeps it from running.
    """
    begin_logs(os.environ, level=level)
    options = Options(
        settings=settings,
        state=state,
        sign=always if trust_clock else SystemSign(),
        find=load_driver,
        chance=random.SystemRandom().random,
    )
    daemon = partial(run, options, notifier=Notifier.of(os.environ), ended=_leave_soon)
    try:
        asyncio.run(daemon())
    except ExceptionGroup as group:
        error = meant(group)
        if error is None:
            raise
        raise error from group


def _leave_soon() -> None:
    """End the process a moment later, even where a thread or a driver does not end."""
    timer = threading.Timer(GRACE_S, _leave)
    timer.daemon = True
    timer.start()


def _leave() -> None:
    log.warning("something does not end by itself and is left behind")
    sys.stderr.flush()
    os._exit(0)
