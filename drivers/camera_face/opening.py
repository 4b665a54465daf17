"""This is where settings become an engine that is ready to find and encode faces."""

import ctypes
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np

import drivers.camera_face
from drivers.camera_face.align import ARCFACE, DLIB, MeshAligner
from drivers.camera_face.blazeface import open_detector
from drivers.camera_face.converting import RECIPE, converted_encoder
from drivers.camera_face.dlib_weights import DIMENSIONS
from drivers.camera_face.encoders import NetworkEncoder
from drivers.camera_face.engine import Detector, Encoder, Engine, engine_id
from drivers.camera_face.engine_options import EngineKind, EngineOptions, Scaling
from drivers.camera_face.mesh import open_mesh
from drivers.camera_face.network import open_network
from drivers.camera_face.operating_file import read_table
from drivers.camera_face.operating_table import MEASURE, OperatingTable
from drivers.camera_face.packaged import ENCODER, ID_DIGITS, read_checked
from drivers.camera_face.yunet import open_yunet
from edge.errors import ConfigError

SHIPPED: Final = "operating"
"""Folder of the tables that were measured for packaged models."""
SUFFIX: Final = ".toml"
ROWS_AND_COLUMNS: Final = 2


def open_engine(options: EngineOptions, *, cache: Path) -> Engine:
    """Load the models; converted weights are kept in the folder `cache`, named by their hash.

    An engine that nobody measured finds and encodes faces, but bears no gallery.

    Raises: ConfigError when a model is missing or is not the one that the settings name.
    """
    detector: Detector = open_yunet(options.detector) if options.detector else open_detector()
    if options.kind is EngineKind.ONNX:
        encoder, frame = _own_encoder(options), ARCFACE
    else:
        encoder, frame = _packaged_encoder(options, cache), DLIB
    aligner = MeshAligner(frame, open_mesh())
    give_memory_back()
    return Engine(
        detector=detector,
        aligner=aligner,
        encoder=encoder,
        operating=_table(engine_id(encoder, aligner, detector), options),
    )


def give_memory_back() -> None:
    """Let the system have what loading the models took and freed: 46 MB with glibc."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _packaged_encoder(options: EngineOptions, cache: Path) -> Encoder:
    network = open_network(converted_encoder(cache), threads=options.threads)
    return NetworkEncoder(
        network, id=f"{ENCODER.id}-{RECIPE}", dimensions=DIMENSIONS, scaling=Scaling.BGR
    )


def _own_encoder(options: EngineOptions) -> Encoder:
    file = options.encoder
    if file is None:
        raise ConfigError(
            "the face engine has no encoder",
            where='engine kind = "onnx"',
            remedy="name one: encoder = { path = …, sha256 = … }",
        )
    path = Path(file.path)
    read_checked(path, sha256_hex=file.sha256)
    network = open_network(path, threads=options.threads)
    vectors = network.run(np.zeros((1, 3, ARCFACE.side, ARCFACE.side), np.float32))
    if vectors.ndim != ROWS_AND_COLUMNS or not np.isfinite(vectors).all():
        raise ConfigError(
            "the face encoder does not give vectors",
            where=file.path,
            why=f"for one face it gave numbers of the shape {vectors.shape}",
            remedy="name an encoder in the style of ArcFace, SFace or MobileFaceNet",
        )
    return NetworkEncoder(
        network,
        id=f"onnx-{file.sha256[:ID_DIGITS]}-{options.scaling.value}",
        dimensions=vectors.shape[1],
        scaling=options.scaling,
    )


def _table(engine: str, options: EngineOptions) -> OperatingTable:
    """Find the table that was measured for an engine; one without points where there is none."""
    if options.operating is not None:
        path = Path(options.operating)
        table = read_table(_text_of(path), where=str(path))
        if table.engine != engine:
            raise ConfigError(
                "the operating table is of another engine",
                where=str(path),
                why=f"it was measured with {table.engine}, the settings make {engine}",
                remedy=f"measure this engine: {MEASURE}",
            )
        return table
    for shipped in sorted(files(drivers.camera_face).joinpath(SHIPPED).iterdir(), key=str):
        if shipped.name.endswith(SUFFIX):
            table = read_table(shipped.read_text("utf-8"), where=shipped.name)
            if table.engine == engine:
                return table
    return OperatingTable(engine=engine, origin="nobody has measured this engine")


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            "cannot read the operating table",
            where=str(path),
            why=type(error).__name__,
            remedy=f"name the file that was written by: {MEASURE}",
        ) from error
