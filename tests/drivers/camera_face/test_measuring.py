"""An engine is measured on a labelled set, and what is written down names nobody."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.camera_face.operating_file import read_table
from drivers.camera_face.operating_table import MEASURE
from drivers.camera_face.tools import CameraFaceTools
from edge.driver.contract import Level
from edge.errors import ConfigError

PEOPLE, PICTURES = 5, 5
EDGE = shutil.which("edge", path=str(Path(sys.executable).parent)) or "edge"


@pytest.fixture(scope="module")
def people(captures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a labelled set of a few people, or skip where this machine has none."""
    faces = captures / "faces" / "people"
    known = sorted(one for one in faces.glob("*") if len(list(one.glob("*.jpg"))) >= PICTURES)
    if len(known) < PEOPLE:
        pytest.skip(f"pictures of people are not on this machine ({faces})")
    folder = tmp_path_factory.mktemp("people")
    lines = ["person,group"]
    for place, person in enumerate(known[:PEOPLE]):
        own = folder / f"person-{place}"
        own.mkdir()
        for picture in sorted(person.glob("*.jpg"))[:PICTURES]:
            (own / picture.name).symlink_to(picture)
        lines.append(f"person-{place},{'ab'[place % 2]}")
    (folder / "groups.csv").write_text("\n".join(lines))
    return folder


def test_everybody_and_each_group_are_measured_and_the_curve_is_drawn(
    people: Path, tmp_path: Path
) -> None:
    curve, ticks = tmp_path / "det.svg", list[int]()

    outcome = CameraFaceTools().report(
        {}, people, threshold=0.9, plot=curve, tick=lambda: ticks.append(1)
    )

    assert (outcome.people, len(ticks)) == (PEOPLE, PEOPLE * PICTURES)
    assert outcome.threshold == 0.9
    assert [one.name for one in outcome.groups] == ["a", "b"]
    mated = PEOPLE * PICTURES * (PICTURES - 1) // 2
    assert outcome.everybody.fnmr.count == mated
    assert sum(one.fnmr.count for one in outcome.groups) == mated
    assert outcome.not_acquired.count == PEOPLE * PICTURES
    assert "<svg" in curve.read_text()


def test_a_measured_table_is_the_engines_own_and_names_nobody(people: Path, tmp_path: Path) -> None:
    tools = CameraFaceTools()

    text = tools.measure({}, people, tick=lambda: None)

    table = read_table(text, where="measured")
    assert table.points
    assert f"{PEOPLE * PICTURES} pictures of {PEOPLE} people" in table.origin
    assert "person-" not in text
    file = tmp_path / "table.toml"
    file.write_text(text)
    findings = tools.check({"operating": str(file)}, [])
    assert [one.level for one in findings][:3] == [Level.OK] * 3
    assert f"measured on {table.origin}" in findings[-1].what


def test_models_of_ones_own_are_measured_and_bear_the_gallery_that_their_table_says(
    people: Path, captures: Path, tmp_path: Path
) -> None:
    models = captures / "models"
    encoder, detector = models / "mobilefacenet.onnx", models / "face_detection_yunet.onnx"
    if not (encoder.is_file() and detector.is_file()):
        pytest.skip(f"models to try are not on this machine ({models})")
    own = ["--encoder", encoder, "--detector", detector, "--scaling", "imagenet"]
    file = tmp_path / "table.toml"

    measured = edge("face", "engine", "check", *own, "--people", people, "--write", file)
    used = edge("face", "engine", "check", *own, "--operating", file)
    packaged = edge("face", "engine", "check", "--operating", file)

    table = read_table(file.read_text(), where="measured")
    told = f"measured on {table.origin}: up to "
    assert table.points
    assert told in measured.stdout
    assert told in used.stdout
    assert packaged.returncode != 0
    assert "the operating table is of another engine" in packaged.stderr
    assert MEASURE in packaged.stderr


def edge(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a person would, in a terminal of many columns."""
    return subprocess.run(
        [EDGE, *map(str, command)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "400"},
    )


def test_an_engines_faces_are_looked_for_in_pictures(people: Path) -> None:
    picture = min((people / "person-0").iterdir())

    findings = CameraFaceTools().check({}, [picture])

    (found,) = [one for one in findings if picture.name in one.what]
    assert "moved by a pixel it scores 0.9" in found.what


def test_a_set_without_pictures_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there are no labelled pictures"):
        CameraFaceTools().report({}, tmp_path, threshold=None, plot=None, tick=lambda: None)


def test_an_option_that_no_engine_has_is_named() -> None:
    with pytest.raises(ConfigError, match="an option of the face engine cannot be"):
        CameraFaceTools().sit({"kidn": "onnx"})
