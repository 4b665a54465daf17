"""The worker with the default engine and made-up operating points: run as a program by tests."""

import ctypes
import os
import sys
from pathlib import Path

from drivers.camera_face.engine import Encoder, Engine
from drivers.camera_face.engine_options import EngineOptions
from drivers.camera_face.face import Chips, Vectors
from drivers.camera_face.worker import main
from tests.drivers.camera_face.portrait import portrait_engine

PROGRAM = (sys.executable, str(Path(__file__).resolve()))
HOARDER = (*PROGRAM, "--hoard")
"""The same, with an encoder that keeps what it made: what a test for leaks has to find."""
SANDBOXED = (*PROGRAM, "--sandbox")
"""The same, where no memory may be both written and run, as under the service's unit."""
DENY_WRITE_AND_EXECUTE, IS_DENIED = 65, 66
"""PR_SET_MDWE and PR_GET_MDWE (linux/prctl.h, since Linux 6.3)."""


class Hoard:
    """An encoder that keeps what it made."""

    def __init__(self, encoder: Encoder) -> None:
        self.id = encoder.id
        self.dimensions = encoder.dimensions
        self._encoder = encoder
        self._kept: list[Vectors] = []

    def encode(self, chips: Chips) -> Vectors:
        """Encode, and keep a copy."""
        vectors = self._encoder.encode(chips)
        self._kept.append(vectors.copy())
        return vectors


def deny_write_and_execute() -> None:
    """Have the kernel refuse memory that is both, as MemoryDenyWriteExecute= does."""
    if ctypes.CDLL(None).prctl(DENY_WRITE_AND_EXECUTE, 1, 0, 0, 0):
        raise AssertionError("this kernel is older than 6.3")


def load(options: EngineOptions, *, cache: Path) -> Engine:
    """Give the engine."""
    del options
    engine = portrait_engine(cache)
    if HOARDER[-1] not in sys.argv:
        return engine
    return Engine(
        detector=engine.detector,
        aligner=engine.aligner,
        encoder=Hoard(engine.encoder),
        operating=engine.operating,
    )


if __name__ == "__main__":
    if SANDBOXED[-1] in sys.argv:
        deny_write_and_execute()
    os._exit(main(load))
