"""A real face: NASA's portrait of Eileen Collins, in the public domain, as scikit-image has it."""

from pathlib import Path

import cv2
import numpy as np
from skimage import data

from drivers.camera_face.engine import Engine
from drivers.camera_face.engine_options import EngineOptions
from drivers.camera_face.face import Image
from drivers.camera_face.opening import open_engine
from drivers.camera_face.operating_table import Calibration, OperatingPoint, OperatingTable

POINTS = (OperatingPoint(threshold=0.9, fmr=1e-5, fnmr=0.1),)


def portrait() -> Image:
    """Give the portrait as a camera would see it: 640 x 480, her face 130 pixels wide."""
    image = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)
    frame = np.full((480, 640, 3), 90, dtype=np.uint8)
    frame[:, 80:560] = image[:480, 16:496]
    return frame


def portrait_engine(cache: Path) -> Engine:
    """Give the engine that is the default, with operating points that are made up."""
    engine = open_engine(EngineOptions(), cache=cache)
    table = OperatingTable(
        engine=engine.id,
        origin="made up",
        points=POINTS,
        calibration=Calibration(slope=20.0, offset=-10.0),
    )
    return Engine(
        detector=engine.detector,
        aligner=engine.aligner,
        encoder=engine.encoder,
        operating=table,
    )
