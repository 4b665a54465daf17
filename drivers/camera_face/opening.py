"""This is where settings become an engine that is ready to find and encode faces."""

from pathlib import Path

from drivers.camera_face.engine import Engine
from drivers.camera_face.engine_options import EngineOptions


def open_engine(options: EngineOptions, *, cache: Path) -> Engine:
    """Load the models; converted weights are kept in the folder `cache`, named by their hash.

    Raises: ConfigError when a model is missing or is not the one that the settings name.
    """
    raise NotImplementedError
