"""This is where a live port is listened to: its bytes are heard, and its rate is looked after."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from drivers.serial_line.hearing import Hearing
from drivers.serial_line.line import Outcome, SerialDecoder
from drivers.serial_line.port import PortSettings
from drivers.serial_line.profile import Profile
from drivers.serial_line.reader import Piece, PortReader
from drivers.serial_line.speed import SpeedWatch, Verdict
from edge.driver.contract import Clock, Tape
from edge.errors import SourceUnusable
from edge.model.names import Instant

log = logging.getLogger(__name__)

WRONG_RATE: Final = "wrong baud rate"

HandOver = Callable[[Instant, Outcome], None]


class Listening:
    """Listens to one port, from its opening until it is gone or the listening is cancelled."""

    def __init__(
        self,
        settings: PortSettings,
        *,
        profile: Profile,
        open_decoder: Callable[[], SerialDecoder],
        hand_over: HandOver,
        say_open: Callable[[], None],
        clock: Clock,
        tape: Tape | None,
    ) -> None:
        self._settings = settings
        self._profile = profile
        self._open_decoder = open_decoder
        self._hand_over = hand_over
        self._say_open = say_open
        self._clock = clock
        self._tape = tape

    async def run(self) -> None:
        """Listen until cancelled.

        A rate that fits and is not the one in the settings is said, and used from then on, so
        that nothing more is lost until somebody mends the settings.

        Raises: SourceFault when the port goes away; SourceUnusable when no rate fits.
        """
        reader = PortReader(
            self._settings, loop=asyncio.get_running_loop(), say_open=self._say_open
        )
        reader.start()
        try:
            await self._listen(reader)
        finally:
            await reader.stop()

    async def _listen(self, reader: PortReader) -> None:
        settings = self._settings
        watch = SpeedWatch(self._profile, baud=settings.baud, can_change=settings.can_change_baud)
        hearing = self._hearing()
        while True:
            verdict = await self._take(reader, hearing, watch=watch)
            if verdict is Verdict.TRY_NEXT:
                hearing = self._hearing()
                reader.set_baud(watch.baud)
            elif verdict is Verdict.FOUND:
                self._say_found(watch.baud)
            elif verdict is not None:
                raise self._unusable(verdict)

    async def _take(
        self, reader: PortReader, hearing: Hearing, *, watch: SpeedWatch
    ) -> Verdict | None:
        """Hear the next piece; its bytes are held no longer than this."""
        piece = await reader.next()
        if piece.baud != watch.baud:
            self._hand_over(self._clock.now(), WRONG_RATE)
            return None
        return watch.take(piece.data, self._hear(hearing, piece))

    def _hearing(self) -> Hearing:
        return Hearing(self._open_decoder(), midway_s=self._settings.midway_s)

    def _hear(self, hearing: Hearing, piece: Piece) -> list[Outcome]:
        """Hand over what came of a piece, and record its frames."""
        at = self._clock.now()
        came = hearing.take(piece.data, after_s=piece.after_s)
        for heard in came:
            self._hand_over(at, heard.outcome)
            if self._tape is not None and heard.frame is not None:
                self._tape.write(at, heard.frame)
        return [heard.outcome for heard in came]

    def _say_found(self, baud: int) -> None:
        """Say it in the log, and among what is counted, where the source's status shows it."""
        self._hand_over(self._clock.now(), f"set baud to {baud}")
        log.warning(
            "%s speaks at %d baud, its settings say %d; it is heard now; set baud = %d",
            self._settings.source,
            baud,
            self._settings.baud,
            baud,
        )

    def _unusable(self, verdict: Verdict) -> SourceUnusable:
        why = f"nothing that comes at {self._settings.baud} baud or any other common rate is text"
        remedy = "compare baud, data_bits and parity with the manual of the device, and its plug"
        if verdict is Verdict.SEVEN_BITS:
            why = "its bytes have seven bits and a parity"
            remedy = 'set data_bits = 7 and parity = "even", or "odd" as the manual says'
        elif not self._settings.can_change_baud:
            why = "nothing that the converter sends is text, or is what the profile says"
            remedy = "set the rate of the device in the converter, or use its rfc2217:// port"
        return SourceUnusable(
            "cannot understand the serial device",
            where=self._settings.where,
            why=why,
            remedy=remedy,
        )
