"""This is where a packaged TFLite network is given to OpenCV."""

from typing import Any

import cv2

from drivers.camera_face.packaged import PackagedModel, packaged_path, read_packaged


def open_tflite(model: PackagedModel) -> Any:
    """Load a network whose file has the hash that is known here.

    Raises: ConfigError when it is missing or another.
    """
    read_packaged(model)
    # OpenCV 5's new engine hands out one of several outputs only, and a network that is read from
    # memory always gets that engine (measured with 5.0.0): so it is read from its path.
    engine = [cv2.dnn.ENGINE_CLASSIC] if hasattr(cv2.dnn, "ENGINE_CLASSIC") else []
    return cv2.dnn.readNetFromTFLite(str(packaged_path(model)), *engine)
