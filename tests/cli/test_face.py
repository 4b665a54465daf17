"""`edge face` against a daemon that is really there, with real pictures and the real engine."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import segno
from click.testing import CliRunner, Result
from skimage import data

from edge.cli.face_code import as_svg, as_text
from edge.cli.face_report import FLAGGED, page, status
from edge.cli.main import main
from edge.config.load import load_settings
from edge.daemon.customers import CustomerBook
from edge.daemon.live_store import make_folder, open_live_store
from edge.driver.enrolling import FaceFigures, FaceReport, Share
from edge.model.customer import Purpose
from edge.model.names import Instant
from edge.privacy.face_key import read_code
from edge.privacy.recogniser import Recogniser
from edge.privacy.signing import platform_key_text
from tests.privacy.kit import KEY, PRIVATE, SECRET, consent, policy, put, signed

SETTINGS = f"""
[store]
id = "toy-1"
policy = "eu_strict"
platform_key = "{platform_key_text(PRIVATE)}"

[notice]
controller = "Toy Stores Example"
contact = "privacy@example.org"
published = "PLACE/notice.json"

[[zone]]
name = "kiosk"
kind = "kiosk"

[[source]]
name = "kiosk-cam"
driver = "camera_face"
zone = "kiosk"
[source.options]
device = "/dev/v4l/by-id/nobody"
gate = "kiosk"
"""
LASTING = {"valid_until": "2099-01-01T00:00:00Z"}


def customer(name: str, *purposes: str) -> dict[str, object]:
    records = [json.loads(json.dumps(_plain(purpose))) for purpose in purposes]
    return signed({**put(customer=name, tokens=[]), "consents": records})


def _plain(purpose: str) -> dict[str, str]:
    made = consent(purpose, **LASTING)
    return {name: getattr(made, name) for name in made.__struct_fields__}


def seed(settings: Path, state: Path) -> None:
    """Put customers on the disk, as the platform would have."""
    make_folder(state)
    with open_live_store(state, load_settings(settings).store) as store:
        book = CustomerBook(
            store,
            platform_key=KEY,
            recogniser=Recogniser((), policy=policy(), secret=SECRET),
        )
        deltas = [customer("c-ada", Purpose.FACE_RECOGNITION), customer("c-bob")]
        raw = json.dumps({"cursor": "1", "deltas": deltas}).encode()
        store.writer.submit(book.keep(raw, at=Instant(time.time_ns()))).result()


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """Give a folder with settings and the state of a daemon that runs while these tests do."""
    with tempfile.TemporaryDirectory(prefix="se-", dir="/tmp") as folder:
        settings, state = Path(folder) / "edge.toml", Path(folder) / "state"
        settings.write_text(SETTINGS.replace("PLACE", folder))
        published = CliRunner().invoke(
            main, ["notice", "publish", f"--settings={settings}", f"--out={folder}/notice.json"]
        )
        assert published.exit_code == 0, published.output
        seed(settings, state)
        edge_command = Path(sys.executable).with_name("edge")
        daemon = subprocess.Popen(
            [edge_command, "run", "--trust-clock", f"--settings={settings}", f"--state={state}"],
            stderr=subprocess.DEVNULL,
            env={key: value for key, value in os.environ.items() if key != "NOTIFY_SOCKET"},
        )
        end = time.monotonic() + 30
        while not (state / "control.sock").exists() and time.monotonic() < end:
            time.sleep(0.02)
        yield Path(folder)
        daemon.terminate()
        daemon.wait(10)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Give the arguments for three pictures of one person."""
    folder = tmp_path_factory.mktemp("pictures")
    whole = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)
    arguments = []
    for number in range(3):
        file = folder / f"{number}.png"
        cv2.imwrite(str(file), whole[number:, 2 * number :])
        arguments += ["--images", str(file)]
    return arguments


def face(place: Path, act: str, *arguments: str) -> Result:
    own = [f"--state={place / 'state'}"]
    if act == "enrol":
        own.append(f"--settings={place / 'edge.toml'}")
    return CliRunner().invoke(main, ["face", act, *own, *arguments])


def test_a_customer_who_consented_is_enrolled_and_is_handed_their_key(
    place: Path, pictures: list[str], tmp_path: Path
) -> None:
    done = face(place, "enrol", "--customer", "c-ada", *pictures, "--json")

    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert (answer["key"], answer["pictures"]) == ("customer", 3)
    assert read_code(answer["code"]) is not None
    code_file = tmp_path / "code.svg"
    again = face(place, "enrol", "--customer", "c-ada", *pictures, "--code", str(code_file))
    assert "1 earlier template was replaced" in again.output
    assert code_file.stat().st_mode & 0o777 == 0o600
    assert "se-face" not in again.output
    shown = face(place, "enrol", "--customer", "c-ada", *pictures)
    assert shown.output.count("se-face:1:") == 1
    assert shown.output.count(": good") == 3


def test_without_consent_no_picture_is_even_looked_at(place: Path) -> None:
    done = face(place, "enrol", "--customer", "c-bob", "--images", "/no/such/picture.png")

    assert done.exit_code == 78
    assert "no consent record counts" in done.stderr
    assert "picture" not in done.stderr


def test_nobody_is_enrolled_from_two_pictures(place: Path, pictures: list[str]) -> None:
    done = face(place, "enrol", "--customer", "c-ada", *pictures[:4])

    assert done.exit_code == 78
    assert "2 of at least 3 pictures are fit" in done.stderr


def test_a_name_can_be_given_where_no_list_of_processes_shows_it(place: Path) -> None:
    own = [f"--state={place / 'state'}", f"--settings={place / 'edge.toml'}"]

    done = CliRunner().invoke(
        main, ["face", "enrol", *own, "--customer=-", "--images=/no/picture.png"], input="c-bob\n"
    )

    assert "no consent record counts" in done.stderr


def test_a_picture_that_is_not_fit_is_named_with_what_to_do(place: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((480, 640, 3), 120, np.uint8))

    done = face(place, "enrol", "--customer", "c-ada", "--images", str(tmp_path / "wall.png"))

    assert "wall.png: stand in front of the camera (nobody)" in done.stderr


def test_a_camera_of_the_settings_that_is_not_there_is_named(place: Path) -> None:
    done = face(place, "enrol", "--customer", "c-ada", "--camera", "kiosk")

    assert done.exit_code == 78
    assert "there is no such camera" in done.stderr


def test_a_camera_of_the_store_is_lent_and_given_back(place: Path) -> None:
    done = face(place, "enrol", "--customer", "c-ada", "--camera", "kiosk-cam")

    assert done.exit_code == 75
    assert "the camera cannot be opened" in done.stderr
    end = time.monotonic() + 10
    while (reason := camera_reason(place)).startswith("its camera is lent"):
        assert time.monotonic() < end
        time.sleep(0.2)
    assert reason


def camera_reason(place: Path) -> str:
    told = CliRunner().invoke(main, ["status", f"--state={place / 'state'}", "--json"])
    (camera,) = json.loads(told.stdout)["sources"]
    return str(camera["reason"])


def test_either_pictures_or_a_camera_are_named(place: Path) -> None:
    done = face(place, "enrol", "--customer", "c-ada")

    assert "give --images, or --camera" in done.stderr


def test_a_forgotten_face_is_forgotten_once(place: Path, pictures: list[str]) -> None:
    face(place, "enrol", "--customer", "c-ada", *pictures)

    counts = [
        json.loads(face(place, "forget", "--customer", "c-ada", "--json").stdout)["forgotten"]
        for _ in range(2)
    ]

    assert counts == [1, 0]


def test_a_video_does_as_a_camera(place: Path, tmp_path: Path) -> None:
    whole = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)
    video = tmp_path / "sitting.avi"
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter_fourcc(*"MJPG"), 10, (512, 512))
    for number in range(60):
        writer.write(np.roll(whole, number % 4, axis=1))
    writer.release()

    done = face(place, "enrol", "--customer", "c-ada", "--camera", str(video), "--json")

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["pictures"] == 3


def test_the_stores_engine_is_checked() -> None:
    done = CliRunner().invoke(main, ["face", "engine", "check", "--settings=config/edge.toml"])

    assert "vectors have 128 numbers and" in done.output
    assert "the same face twice gives the" in done.output


def test_a_model_that_is_not_there_is_named() -> None:
    done = CliRunner().invoke(main, ["face", "engine", "check", "--encoder", "/no/such.onnx"])

    assert done.exit_code == 78
    assert "cannot read a model" in done.stderr


CODE = "se-face:1:abcdefghijkl:" + "k" * 43


def test_a_code_that_is_drawn_can_be_read_by_a_scanner() -> None:
    rows = [line for line in as_text(CODE).splitlines() if line.strip()]
    squares = segno.make(CODE, error="m", micro=False).matrix

    picture = np.kron(np.array(squares, np.uint8), np.ones((8, 8), np.uint8))
    white = cv2.copyMakeBorder(255 * (1 - picture), 32, 32, 32, 32, cv2.BORDER_CONSTANT, value=255)
    read, *_ = cv2.QRCodeDetector().detectAndDecode(white)

    assert read == CODE
    assert len(rows) >= len(squares) // 2


def test_a_code_is_drawn_for_paper() -> None:
    drawing = as_svg(CODE)

    assert drawing.startswith("<svg")
    assert "mm" in drawing
    assert CODE not in drawing


def figures(name: str, share: float, *, flagged: bool = False) -> FaceFigures:
    rate = Share(share=share, low=share / 2, high=share * 2, count=1000)
    return FaceFigures(name=name, fmr=rate, fnmr=rate, is_flagged=flagged)


@pytest.mark.parametrize(("flagged", "expected"), [(True, FLAGGED), (False, 0)])
def test_r12_a_report_ends_with_1_where_a_group_is_flagged(
    flagged: bool,  # noqa: FBT001 - a table
    expected: int,
) -> None:
    outcome = FaceReport(
        engine="one",
        people=10,
        threshold=0.9,
        not_acquired=figures("", 0.01).fmr,
        everybody=figures("everybody", 0.001),
        groups=(figures("a <b>", 0.003, flagged=flagged),),
    )

    assert status(outcome) == expected
    whole = page(outcome, "<?xml?><svg/>")
    assert ("more than twice everybody" in whole) is flagged
    assert "a &lt;b&gt;" in whole
    assert whole.count("<svg") == 1
