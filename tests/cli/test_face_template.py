"""`edge face template` and `edge face engine show`: what a recording's seed is made with."""

import json
from base64 import b64decode
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result
from skimage import data

from edge.cli.main import main
from edge.model.customer import Face
from edge.model.names import CustomerId
from edge.privacy.face_key import read_code, unwrap, wrapping_key
from edge.privacy.face_records import read_face


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Give three pictures of one person."""
    folder = tmp_path_factory.mktemp("pictures")
    whole = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)
    for number in range(3):
        cv2.imwrite(str(folder / f"{number}.png"), whole[number:, 2 * number :])
    return [str(one) for one in sorted(folder.iterdir())]


def face(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["face", *arguments])


def entry(done: Result) -> Face:
    assert done.exit_code == 0, done.output
    read = read_face(json.loads(done.stdout)["face"])
    assert read is not None
    return read


def test_a_template_is_an_entry_of_a_seed_and_of_the_engine_that_is_shown(
    pictures: list[str],
) -> None:
    made = entry(face("template", *pictures, "--agreed", "--json"))
    engine = json.loads(face("engine", "show", "--json").stdout)

    assert made.model == engine["id"]
    vector = np.frombuffer(made.vector, "<f4")
    assert vector.shape == (engine["dimensions"],)
    assert float(np.linalg.norm(vector)) == pytest.approx(1, abs=1e-5)
    assert not made.sealed
    assert engine["largest"] > 0


def test_a_template_whose_key_the_customer_holds_is_opened_by_its_code(
    pictures: list[str],
) -> None:
    holder = CustomerId("c-7")

    done = face("template", *pictures, "--agreed", "--key-for", holder, "--json")

    made, code = entry(done), read_code(json.loads(done.stdout)["code"])
    assert code is not None
    key = wrapping_key(code, holder)
    assert key is not None
    plain = entry(face("template", *pictures, "--agreed", "--json"))
    assert unwrap(made, key) == plain.vector
    assert b64decode(json.loads(done.stdout)["face"]["vector"]).find(plain.vector) < 0


def test_nobody_is_encoded_who_did_not_agree(pictures: list[str]) -> None:
    done = face("template", *pictures)

    assert done.exit_code == 78
    assert "give --agreed" in done.stderr
    assert not done.stdout


def test_pictures_that_are_not_fit_are_named_with_what_to_do(
    pictures: list[str], tmp_path: Path
) -> None:
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((480, 640, 3), 120, np.uint8))

    done = face("template", *pictures[:2], str(tmp_path / "wall.png"), "--agreed")

    assert done.exit_code == 78
    assert "wall.png: stand in front of the camera (nobody)" in done.stderr
    assert "2 of at least 3 pictures are fit" in done.stderr


def test_the_engine_is_shown_in_words() -> None:
    shown = face("engine", "show")

    assert "128 numbers a face" in shown.output
