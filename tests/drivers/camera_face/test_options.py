"""What a camera source may be told, and where a login may lie."""

from pathlib import Path
from typing import Any

import pytest

from drivers.camera_face.engine_options import EngineKind
from drivers.camera_face.options import Told, model_cache, read_options, shown, with_login
from edge.driver.contract import SourceSpec
from edge.errors import ConfigError
from edge.model.names import SourceName


def told(**options: Any) -> Told:
    return read_options(SourceSpec(name=SourceName("cam"), driver="camera_face", options=options))


def test_a_source_that_is_only_replayed_needs_no_options() -> None:
    found = told()

    assert (found.device, found.gate, found.rate) == (None, "off", 10.0)


def test_an_engine_of_ones_own_is_a_table_of_the_options() -> None:
    model = {"path": "/models/sface.onnx", "sha256": "0" * 64}

    found = told(engine={"kind": "onnx", "encoder": model})

    assert found.engine.kind is EngineKind.ONNX


@pytest.mark.parametrize(
    "wrong",
    [
        {"gate": "ajar"},
        {"rate": 0},
        {"rate": 500},
        {"width": 10},
        {"budget": 0},
        {"device": 7},
        {"engine": {"kind": "magic"}},
    ],
)
def test_an_option_that_cannot_be_is_refused_with_its_reason(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="source cam"):
        told(**wrong)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigError) as refusal:
        told(device="rtsp://admin:tiger@192.0.2.7/stream")

    assert "login_file" in refusal.value.remedy
    assert "tiger" not in str(refusal.value)


def test_a_login_comes_from_its_file(tmp_path: Path) -> None:
    login = tmp_path / "login"
    login.write_text("admin:tiger\n")

    found = with_login("rtsp://192.0.2.7:8554/stream", str(login), {})

    assert found == "rtsp://admin:tiger@192.0.2.7:8554/stream"
    assert shown(found) == "rtsp://192.0.2.7:8554"


def test_a_login_without_a_folder_is_a_credential_of_systemd(tmp_path: Path) -> None:
    (tmp_path / "camera").write_text("admin:tiger")

    found = with_login("rtsp://192.0.2.7/", "camera", {"CREDENTIALS_DIRECTORY": str(tmp_path)})

    assert found == "rtsp://admin:tiger@192.0.2.7/"


@pytest.mark.parametrize("content", [None, "", "no colon"])
def test_a_login_that_cannot_be_read_is_a_fault_of_the_settings(
    content: str | None, tmp_path: Path
) -> None:
    login = tmp_path / "login"
    if content is not None:
        login.write_text(content)

    with pytest.raises(ConfigError, match="login"):
        with_login("rtsp://192.0.2.7/", str(login), {})


def test_models_are_kept_where_systemd_says() -> None:
    assert model_cache({"CACHE_DIRECTORY": "/var/cache/store-edge"}) == Path(
        "/var/cache/store-edge"
    )
    assert model_cache({"XDG_CACHE_HOME": "/home/x/.cache"}) == Path("/home/x/.cache/store-edge")
