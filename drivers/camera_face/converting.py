"""This is where dlib's encoder is converted at first use and kept for the next start."""

import os
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from drivers.camera_face.dlib_resnet import network
from drivers.camera_face.dlib_weights import read_weights
from drivers.camera_face.packaged import ENCODER, ID_DIGITS, packaged_path, read_packaged
from edge.errors import ConfigError

RECIPE: Final = 1
"""Goes up whenever the conversion gives other bytes; older files are then left unused."""
HASH_DIGITS: Final = 32


def converted_encoder(cache: Path) -> Path:
    """Give the file of dlib's encoder as ONNX in the folder `cache`; the first call makes it.

    A file's name holds the hash of its content, so that one that was cut short or changed is made
    anew. The weights are read, and checked, only when they are converted.

    Raises: ConfigError when the weights are missing or are others, or the folder cannot be used.
    """
    packaged_path(ENCODER)
    stem = f"{ENCODER.name}-{ENCODER.sha256[:ID_DIGITS]}-{RECIPE}"
    try:
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in sorted(cache.glob(f"{stem}-*.onnx")):
            if path.name == _name(stem, path.read_bytes()):
                return path
            path.unlink(missing_ok=True)
        content = network(read_weights(read_packaged(ENCODER)))
        path = cache / _name(stem, content)
        _keep(path, content)
    except OSError as error:
        raise ConfigError(
            "cannot keep the converted face encoder",
            where=str(cache),
            why=error.strerror or type(error).__name__,
            remedy="name a folder that this user may write, with 23 MB left",
        ) from error
    return path


def _name(stem: str, content: bytes) -> str:
    return f"{stem}-{sha256(content).hexdigest()[:HASH_DIGITS]}.onnx"


def _keep(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; it is readable by its owner only."""
    with NamedTemporaryFile(dir=path.parent, prefix=".converting-", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise
