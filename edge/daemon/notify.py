"""This is where the service manager hears how the daemon is (sd_notify(3), without a library)."""

import logging
import socket
from collections.abc import Mapping
from typing import Final, Self

log = logging.getLogger(__name__)

ADDRESS: Final = "NOTIFY_SOCKET"
WATCHDOG: Final = "WATCHDOG_USEC"
MICROSECOND_S: Final = 1e-6


class Notifier:
    """Tells the service manager in single datagrams; silent where there is none.

    It never blocks: a datagram that cannot be sent is counted, and the first one is logged.
    """

    def __init__(self, address: str | None, *, watchdog_s: float | None = None) -> None:
        self._address = address
        self._status = ""
        self.watchdog_s = watchdog_s
        """Longest time between two `watchdog` calls, in seconds; None where nobody watches."""
        self.unsent = 0
        """Datagrams that could not be sent."""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """Read where to tell, and how often, from what the service manager left in the environment.

        A watchdog time that is no number is taken for none.
        """
        micros = environment.get(WATCHDOG, "")
        watchdog_s = int(micros) * MICROSECOND_S if micros.isdecimal() and int(micros) else None
        return cls(environment.get(ADDRESS), watchdog_s=watchdog_s)

    def ready(self) -> None:
        """Say that the service works, at the start and after a reload."""
        self._tell("READY=1")

    def reloading(self, monotonic_us: int) -> None:
        """Say that the settings are read anew; `ready` ends it."""
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={monotonic_us}")

    def stopping(self) -> None:
        """Say that the service ends."""
        self._tell("STOPPING=1")

    def alive(self) -> None:
        """Keep the watchdog from biting; to be called on progress only."""
        self._tell("WATCHDOG=1")

    def status(self, line: str) -> None:
        """Say in one line how things stand; the same line is told once."""
        if line != self._status:
            self._status = line
            self._tell(f"STATUS={line}")

    def _tell(self, text: str) -> None:
        if not self._address:
            return
        # An address that begins with @ is in the abstract namespace (unix(7)).
        place = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as wire:
                wire.setblocking(False)  # noqa: FBT003 - the library's own signature
                wire.sendto(text.encode(), place)
        except OSError as error:
            self.unsent += 1
            if self.unsent == 1:
                log.warning("the service manager does not hear us: %s", error.strerror)
