"""Settings become an engine, or a refusal that says what to do."""

from hashlib import sha256
from pathlib import Path

import msgspec
import numpy as np
import pytest

from drivers.camera_face.engine import Engine
from drivers.camera_face.engine_options import EngineKind, EngineOptions, ModelFile, Scaling
from drivers.camera_face.onnx_writer import Graph
from drivers.camera_face.opening import open_engine
from drivers.camera_face.operating_file import read_table, written
from drivers.camera_face.operating_table import Calibration, OperatingPoint, OperatingTable
from edge.errors import ConfigError
from tests.drivers.camera_face.portrait import portrait

TARGET = 0.001


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def engine(cache: Path) -> Engine:
    return open_engine(EngineOptions(), cache=cache)


def tiny_encoder(folder: Path) -> ModelFile:
    """Write an encoder that gives the mean colour of a chip."""
    graph = Graph()
    pooled = graph.node("GlobalAveragePool", ["chips"])
    vectors = graph.node("Flatten", [pooled])
    content = graph.model(
        name="mean", takes={"chips": ("n", 3, 112, 112)}, gives={vectors: ("n", 3)}
    )
    path = folder / "mean.onnx"
    path.write_bytes(content)
    return ModelFile(path=str(path), sha256=sha256(content).hexdigest())


def test_the_default_engine_knows_a_face_again(engine: Engine) -> None:
    bright = np.clip(portrait().astype(int) + 25, 0, 255).astype(np.uint8)
    chips = [engine.cut(image, engine.find(image))[0] for image in (portrait(), bright)]

    one, other = engine.encode(np.stack(chips))

    assert one.shape == (engine.dimensions,)
    assert float(one @ other) > engine.operating.point_for(1, target_fpir=TARGET).threshold


def test_the_default_engine_was_measured(engine: Engine) -> None:
    assert engine.operating.engine == engine.id
    assert engine.operating.largest(TARGET) >= 20


def test_no_face_gives_no_vector(engine: Engine) -> None:
    assert engine.encode(np.empty((0, 150, 150, 3), np.uint8)).shape == (0, engine.dimensions)


def test_a_face_and_its_mirror_image_are_one(engine: Engine) -> None:
    (chip,) = engine.cut(portrait(), engine.find(portrait()))

    one, mirrored = engine.encode(np.stack([chip, chip[:, ::-1]]))

    assert np.allclose(one, mirrored, atol=1e-5)
    assert np.linalg.norm(one) == pytest.approx(1.0, abs=1e-5)


def test_an_encoder_of_ones_own_is_used(cache: Path, tmp_path: Path) -> None:
    options = EngineOptions(
        kind=EngineKind.ONNX, encoder=tiny_encoder(tmp_path), scaling=Scaling.RGB
    )

    own = open_engine(options, cache=cache)

    chips = np.zeros((1, 112, 112, 3), np.uint8)
    chips[..., 2] = 200
    assert own.dimensions == 3
    assert np.allclose(own.encode(chips), [[1.0, 0.0, 0.0]])


def test_an_engine_that_nobody_measured_bears_no_gallery(cache: Path, tmp_path: Path) -> None:
    options = EngineOptions(kind=EngineKind.ONNX, encoder=tiny_encoder(tmp_path))

    own = open_engine(options, cache=cache)

    with pytest.raises(ConfigError, match="too many for this engine"):
        own.operating.point_for(1, target_fpir=TARGET)


def test_engines_of_other_parts_have_other_ids(engine: Engine, cache: Path, tmp_path: Path) -> None:
    encoder = tiny_encoder(tmp_path)
    ids = {
        open_engine(
            EngineOptions(kind=EngineKind.ONNX, encoder=encoder, scaling=one), cache=cache
        ).id
        for one in (Scaling.RGB, Scaling.ARCFACE)
    }

    assert len({engine.id, *ids}) == 3


@pytest.mark.parametrize("part", ["encoder", "detector"])
def test_a_model_with_another_hash_is_refused(part: str, cache: Path, tmp_path: Path) -> None:
    right = tiny_encoder(tmp_path)
    wrong = msgspec.structs.replace(right, sha256="0" * 64)
    options = msgspec.structs.replace(
        EngineOptions(kind=EngineKind.ONNX, encoder=right), **{part: wrong}
    )

    with pytest.raises(ConfigError, match="not the one that was asked for"):
        open_engine(options, cache=cache)


def test_a_model_that_is_not_there_is_named(cache: Path, tmp_path: Path) -> None:
    gone = ModelFile(path=str(tmp_path / "gone.onnx"), sha256="0" * 64)

    with pytest.raises(ConfigError, match=r"gone\.onnx"):
        open_engine(EngineOptions(kind=EngineKind.ONNX, encoder=gone), cache=cache)


def test_a_detector_that_is_none_is_refused(cache: Path, tmp_path: Path) -> None:
    noise = tmp_path / "noise.onnx"
    noise.write_bytes(b"no network")
    file = ModelFile(path=str(noise), sha256=sha256(b"no network").hexdigest())

    with pytest.raises(ConfigError, match="cannot load the face detector"):
        open_engine(EngineOptions(detector=file), cache=cache)


def test_the_kind_onnx_needs_an_encoder(cache: Path) -> None:
    with pytest.raises(ConfigError, match="has no encoder"):
        open_engine(EngineOptions(kind=EngineKind.ONNX), cache=cache)


def test_a_network_that_gives_no_vectors_is_refused(cache: Path, tmp_path: Path) -> None:
    graph = Graph()
    flat = graph.node("Relu", ["chips"])
    content = graph.model(
        name="none", takes={"chips": ("n", 3, 112, 112)}, gives={flat: ("n", 3, 112, 112)}
    )
    path = tmp_path / "none.onnx"
    path.write_bytes(content)
    file = ModelFile(path=str(path), sha256=sha256(content).hexdigest())

    with pytest.raises(ConfigError, match="does not give vectors"):
        open_engine(EngineOptions(kind=EngineKind.ONNX, encoder=file), cache=cache)


def test_yunet_finds_the_same_face(captures: Path, engine: Engine, cache: Path) -> None:
    model = captures / "models" / "face_detection_yunet.onnx"
    if not model.is_file():
        pytest.skip("there is no YuNet on this machine")
    file = ModelFile(path=str(model), sha256=sha256(model.read_bytes()).hexdigest())

    own = open_engine(EngineOptions(detector=file), cache=cache)

    (ours,), (theirs,) = engine.find(portrait()), own.find(portrait())
    assert np.allclose(ours.right_eye, theirs.right_eye, atol=6)
    assert np.allclose(ours.mouth, theirs.mouth, atol=8)


TABLE = OperatingTable(
    engine="a/b/c",
    origin='says "so": today',
    comparisons=10,
    calibration=Calibration(slope=1.5, offset=-1.0),
    points=(
        OperatingPoint(threshold=0.5, fmr=0.1, fnmr=0.0),
        OperatingPoint(threshold=0.6, fmr=0.01, fnmr=0.25),
    ),
)


def test_a_table_is_read_as_it_was_written() -> None:
    assert read_table(written(TABLE), where="here") == TABLE


def test_a_table_of_another_engine_is_refused(cache: Path, tmp_path: Path) -> None:
    path = tmp_path / "table.toml"
    path.write_text(written(TABLE), encoding="utf-8")

    with pytest.raises(ConfigError, match="of another engine"):
        open_engine(EngineOptions(operating=str(path)), cache=cache)


def test_a_table_of_ones_own_is_used(engine: Engine, cache: Path, tmp_path: Path) -> None:
    path = tmp_path / "table.toml"
    mine = msgspec.structs.replace(TABLE, engine=engine.id)
    path.write_text(written(mine), encoding="utf-8")

    opened = open_engine(EngineOptions(operating=str(path)), cache=cache)

    assert opened.operating == mine


@pytest.mark.parametrize(
    "text", ["", "engine = 1", "engine =", 'engine = "a"\norigin = "b"\nx = 1']
)
def test_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="cannot read the operating table"):
        read_table(text, where="here")


def test_a_table_that_is_not_there_is_named(cache: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.toml"):
        open_engine(EngineOptions(operating=str(tmp_path / "gone.toml")), cache=cache)
