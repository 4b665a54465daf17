"""The weights come out of dlib's own file, and out of nothing else."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.camera_face.dlib_weights import (
    AFFINE,
    CONVOLUTION,
    DIMENSIONS,
    FULLY_CONNECTED,
    WIDTHS,
    read_weights,
)
from drivers.camera_face.packaged import ENCODER, packaged_path, read_packaged
from edge.errors import ConfigError

PIECES = st.sampled_from([CONVOLUTION, AFFINE, FULLY_CONNECTED, b"\x01\x02", b"\x01\x01", b"\x88"])


@pytest.fixture(scope="module")
def content() -> bytes:
    return packaged_path(ENCODER).read_bytes()


def test_every_layer_has_the_size_that_dlib_gave_it(content: bytes) -> None:
    weights = read_weights(content)

    assert weights.stem.weight.shape == (32, 3, 7, 7)
    assert [first.bias.size for first, _ in weights.blocks] == list(WIDTHS)
    assert all(second.weight.shape[0] == second.weight.shape[1] for _, second in weights.blocks)
    assert weights.projection.shape == (256, DIMENSIONS)


@settings(deadline=None)  # the machine may be busy
@given(st.one_of(st.binary(max_size=400), st.lists(PIECES, max_size=40).map(b"".join)))
def test_any_other_bytes_are_refused(noise: bytes) -> None:
    with pytest.raises(ConfigError, match="weights of the face encoder"):
        read_weights(noise)


@settings(max_examples=12, deadline=None)
@given(st.floats(min_value=0, max_value=1, exclude_max=True))
def test_a_file_cut_short_anywhere_before_its_last_tensor_is_refused(share: float) -> None:
    content = packaged_path(ENCODER).read_bytes()
    last_tensor_ends = content.rfind(FULLY_CONNECTED) + 4 * 256 * DIMENSIONS
    cut = content[: int(share * last_tensor_ends)]

    with pytest.raises(ConfigError, match="weights of the face encoder"):
        read_weights(cut)


def test_the_packaged_file_is_the_one_that_was_measured() -> None:
    assert len(read_packaged(ENCODER)) == 22_466_066


def test_another_file_under_its_name_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "face_recognition_models_of_others"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / ENCODER.path).write_bytes(b"something else")
    monkeypatch.syspath_prepend(tmp_path)
    model = type(ENCODER)(name="x", package=package.name, path=ENCODER.path, sha256=ENCODER.sha256)

    with pytest.raises(ConfigError, match="not the one that was asked for"):
        read_packaged(model)


def test_a_missing_package_is_named_with_its_cure() -> None:
    model = type(ENCODER)(name="x", package="no_such_package", path="a", sha256="0" * 64)

    with pytest.raises(ConfigError, match=r"store-edge\[face\]"):
        packaged_path(model)
