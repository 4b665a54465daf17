"""The worker, with the engine for drawn people: run as a program by tests."""

import os
import sys
from pathlib import Path

from drivers.camera_face.engine import Engine
from drivers.camera_face.engine_options import EngineOptions
from drivers.camera_face.worker import main
from tests.drivers.camera_face.drawn import drawn_engine

PROGRAM = (sys.executable, str(Path(__file__).resolve()))


def load(options: EngineOptions, *, cache: Path) -> Engine:
    """Give the engine, whatever the options say."""
    del options, cache
    return drawn_engine()


if __name__ == "__main__":
    os._exit(main(load))
