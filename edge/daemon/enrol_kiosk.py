"""This is where a kiosk's or the platform's order to enrol somebody in front of a camera is done.

Pictures and encoders stay out of the daemon: `edge face enrol` does the work in a process of its
own, which ends with the sitting. The customer's name goes to it by its standard input, so that it
stands in no list of processes.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from edge.daemon.enrol import Enrolling, FaceOrder
from edge.errors import ConfigError, SourceFault, WireError
from edge.privacy.policy import TemplateKey

log = logging.getLogger(__name__)

WITHIN_S: Final = 60
MARGIN_S: Final = 30.0
"""For loading the engine, and for the template."""
WHAT: Final = "cannot enrol at the camera"


class KioskEnrolment:
    """Answers `face-enrol`; it belongs to the event loop, and does one sitting at a time."""

    def __init__(
        self, enrolling: Enrolling, *, program: Sequence[str | Path], within_s: int = WITHIN_S
    ) -> None:
        """`program` is `edge` with the settings and the state of this daemon."""
        self._enrolling = enrolling
        self._program = program
        self._within_s = within_s
        self._seat = asyncio.Lock()

    async def enrol(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Enrol `customer` at `camera`, a source of the settings; gives how good it is.

        Raises: WireError where the request names none; ConfigError where they may not be enrolled,
        too few pictures are fit, or the key has to be handed over in person; SourceFault where the
        camera is not there.
        """
        customer, camera = data.get("customer"), data.get("camera")
        if not (isinstance(customer, str) and customer and isinstance(camera, str) and camera):
            raise WireError(WHAT, why="the request names no customer or no camera")
        allowed = await self._enrolling.answer(FaceOrder(act="check", customer=customer))
        if allowed.key == TemplateKey.CUSTOMER.value:
            raise ConfigError(
                WHAT,
                why="the customer's key has to be handed to them in person",
                remedy="run in the store: edge face enrol --camera",
            )
        if self._seat.locked():
            raise ConfigError(WHAT, why="somebody else sits there", remedy="try again in a minute")
        async with self._seat:
            return await self._sit(customer, camera)

    async def _sit(self, customer: str, camera: str) -> dict[str, Any]:
        order = ("face", "enrol", "--customer=-", f"--camera={camera}", "--json")
        child = await asyncio.create_subprocess_exec(
            *self._program[:1],
            *order,
            *self._program[1:],
            f"--within={self._within_s}",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(self._within_s + MARGIN_S):
                told, faults = await child.communicate(customer.encode() + b"\n")
        except TimeoutError as error:
            raise SourceFault(WHAT, where=camera, why="the sitting does not end") from error
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        return _outcome(told) if child.returncode == 0 else _fail(faults, camera)


def _outcome(told: bytes) -> dict[str, Any]:
    answer = msgspec.json.decode(told, type=dict[str, Any])
    return {name: answer[name] for name in ("pictures", "quality", "replaced")}


def _fail(faults: bytes, camera: str) -> dict[str, Any]:
    """Raise what the child said on its last line."""
    try:
        told = msgspec.json.decode(faults.splitlines()[-1], type=dict[str, Any])["error"]
        parts = {name: str(told[name]) for name in ("where", "why", "remedy")}
        is_fault = told["code"] == SourceFault.exit_code
    except (msgspec.MsgspecError, IndexError, KeyError, TypeError) as error:
        log.error("an enrolment ended without a word: %s", type(error).__name__)  # noqa: TRY400 - the words say all
        raise SourceFault(WHAT, where=camera, why="its process died") from error
    raise (SourceFault if is_fault else ConfigError)(WHAT, **parts)
