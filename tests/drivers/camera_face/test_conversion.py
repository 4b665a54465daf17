"""The converted encoder says what dlib says, and is converted once."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.camera_face.align import DLIB
from drivers.camera_face.converting import converted_encoder
from drivers.camera_face.encoders import as_batch
from drivers.camera_face.engine_options import Scaling
from drivers.camera_face.network import Network, open_network, open_with_opencv
from drivers.camera_face.packaged import ENCODER, packaged_path
from edge.errors import ConfigError

LEAST_COSINE = 0.9999
FACES = 12
CPU_INFO = Path("/proc/cpuinfo")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module", params=["onnxruntime", "opencv"])
def network(request: pytest.FixtureRequest, cache: Path) -> Network:
    path = converted_encoder(cache)
    if request.param == "opencv":
        return open_with_opencv(path)
    pytest.importorskip("onnxruntime", reason="the extra face-fast is not installed")
    return open_network(path, threads=1)


@pytest.fixture(scope="module")
def faces(captures: Path) -> NDArray[np.uint8]:
    """Cut the middle out of a few portraits; what both encoders see is what counts here."""
    files = sorted((captures / "faces" / "people").glob("*/*.jpg"))[:: 1367 // FACES][:FACES]
    if not files:
        pytest.skip("there are no portraits on this machine")
    middles = [cv2.imread(str(file))[60:190, 60:190] for file in files]
    return np.stack([cv2.resize(middle, (DLIB.side, DLIB.side)) for middle in middles])


def test_it_gives_what_dlib_gives(network: Network, faces: NDArray[np.uint8]) -> None:
    if CPU_INFO.is_file() and " avx" not in CPU_INFO.read_text():
        pytest.skip("dlib-bin needs AVX, which this processor lacks")
    dlib = pytest.importorskip("dlib", reason="the reference, dlib-bin, is not installed")
    model = dlib.face_recognition_model_v1(str(packaged_path(ENCODER)))
    expected = np.array(
        [model.compute_face_descriptor(np.ascontiguousarray(face[:, :, ::-1])) for face in faces]
    )

    given = network.run(as_batch(faces, scaling=Scaling.BGR))

    lengths = np.linalg.norm(given, axis=1) * np.linalg.norm(expected, axis=1)
    assert ((given * expected).sum(axis=1) / lengths).min() >= LEAST_COSINE
    assert np.abs(given - expected).max() < 1e-5


def test_several_faces_at_once_come_out_as_one_by_one(network: Network) -> None:
    chips = np.random.default_rng(5).integers(0, 256, (3, DLIB.side, DLIB.side, 3), np.uint8)
    batch = as_batch(chips, scaling=Scaling.BGR)

    together = network.run(batch)

    apart = np.concatenate([network.run(batch[at : at + 1]) for at in range(3)])
    assert np.allclose(together, apart, atol=1e-5)


def test_a_second_start_reads_what_the_first_has_written(tmp_path: Path) -> None:
    first = converted_encoder(tmp_path)
    written = first.stat().st_mtime_ns

    second = converted_encoder(tmp_path)

    assert second == first
    assert list(tmp_path.iterdir()) == [first]
    assert first.stat().st_mtime_ns == written
    assert first.stat().st_mode & 0o077 == 0


def test_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    file = converted_encoder(tmp_path)
    content = file.read_bytes()
    file.write_bytes(content[:-1000])

    again = converted_encoder(tmp_path)

    assert again == file
    assert file.read_bytes() == content


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.touch()

    with pytest.raises(ConfigError, match="cannot keep the converted face encoder"):
        converted_encoder(taken)


@pytest.mark.parametrize("noise", [b"", b"no network", b"\x08\x08", b"\x3a\x02\x0a\x00"])
@pytest.mark.parametrize(
    "opened",
    [partial(open_network, threads=1), open_with_opencv],
    ids=["usual", "opencv"],
)
def test_what_is_no_network_is_refused(
    noise: bytes, opened: Callable[[Path], Network], tmp_path: Path
) -> None:
    path = tmp_path / "noise.onnx"
    path.write_bytes(noise)

    with pytest.raises(ConfigError, match=r"cannot load a model.*noise\.onnx"):
        opened(path)
