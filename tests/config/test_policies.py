import shutil
from pathlib import Path

import pytest

from edge.config.policies import load_policy, policy_names
from edge.driver.files import config_folder
from edge.privacy.policy import OFF


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(config_folder() / "policies", tmp_path / "policies")
    return tmp_path / "policies"


@pytest.mark.parametrize("name", policy_names())
def test_every_shipped_policy_can_be_read(name: str) -> None:
    policy, warning = load_policy(name)

    assert policy.name == name
    assert warning is None


def test_a_misspelt_policy_is_off_and_the_warning_says_what_was_meant(folder: Path) -> None:
    policy, warning = load_policy("eu_strikt", folder=folder)

    assert policy is OFF
    assert warning is not None
    assert "did you mean 'eu_strict'?" in warning


@pytest.mark.parametrize(
    "content", [b"", b"name = ", b"\xff", b'name = "uk"\nface = "open"', b'name = "us_generic"']
)
def test_a_damaged_policy_is_off_with_a_warning(folder: Path, content: bytes) -> None:
    (folder / "uk.toml").write_bytes(content)

    policy, warning = load_policy("uk", folder=folder)

    assert policy is OFF
    assert warning is not None
    assert "'uk'" in warning


def test_without_any_policies_everything_is_off(tmp_path: Path) -> None:
    policy, warning = load_policy("uk", folder=tmp_path)

    assert policy is OFF
    assert warning is not None
