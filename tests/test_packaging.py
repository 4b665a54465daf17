"""The wheel holds the product and nothing else, and works where no sensor library is installed."""

import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SENSOR_LIBRARIES = ("bleak", "cv2", "dpkt", "face_recognition", "scapy", "serial", "numpy")
LOAD_EVERYTHING = f"""
import sys
from importlib.metadata import distribution

class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {SENSOR_LIBRARIES!r}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, NotInstalled())
for entry in distribution("store-edge").entry_points:
    print(entry.group, entry.name, sys.modules[entry.load().__module__].__file__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with the build back-end that is installed here, without the network."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the wheel as an installation would."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def run(program: str, installed: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=installed,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def declared() -> Iterator[tuple[str, str]]:
    for name in PROJECT["scripts"]:
        yield "console_scripts", name
    for group, entries in PROJECT["entry-points"].items():
        for name in entries:
            yield group, name


def test_the_wheel_holds_edge_and_drivers_and_nothing_else(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in names(wheel)}

    version = wheel.name.split("-")[1]
    assert tops == {"edge", "drivers", f"store_edge-{version}.dist-info"}


def test_the_wheel_holds_every_module(wheel: Path) -> None:
    modules = {
        path.relative_to(ROOT).as_posix()
        for top in ("edge", "drivers")
        for path in ROOT.glob(f"{top}/**/*.py")
    }

    assert modules <= set(names(wheel))


def test_the_wheel_holds_no_leftovers(wheel: Path) -> None:
    odd = [name for name in names(wheel) if "__pycache__" in name or name.endswith((".pyc", ".db"))]

    assert odd == []


def test_the_wheel_carries_the_shipped_configuration(wheel: Path) -> None:
    shipped = {
        f"edge/config/shipped/{path.relative_to(ROOT / 'config').as_posix()}"
        for path in ROOT.glob("config/**/*.toml")
    }

    assert shipped <= set(names(wheel))
    assert {"policies", "devices"} <= {name.split("/")[3] for name in shipped}


def test_the_shipped_policies_and_profiles_are_found_in_the_wheel(installed: Path) -> None:
    program = (
        "from edge.config.policies import policy_names\n"
        "from drivers.serial_line.profile import profile_files, shipped_profiles\n"
        "print(shipped_profiles())\n"
        "print(*policy_names())\n"
        "print(*sorted(profile_files([shipped_profiles()])))"
    )

    folder, policies, profiles = run(program, installed).splitlines()

    assert folder == str(installed / "edge/config/shipped/devices")
    assert policies.split() == sorted(path.stem for path in ROOT.glob("config/policies/*.toml"))
    assert profiles.split() == sorted(path.stem for path in ROOT.glob("config/devices/*.toml"))


def test_every_entry_point_loads_without_a_sensor_library(installed: Path) -> None:
    loaded = [line.split() for line in run(LOAD_EVERYTHING, installed).splitlines()]

    assert sorted((group, name) for group, name, _ in loaded) == sorted(declared())
    assert all(file.startswith(str(installed)) for _, _, file in loaded)
