"""This is where the demonstration's kiosk scene is made up: a video, a card, an enrolled face.

The face is NASA's portrait of Eileen Collins, in the public domain, as scikit-image ships it. The
same face stands before the camera three times; once its owner shows the code that holds the key of
the enrolled template. So whatever is encoded is encoded because of that act, and of nothing else.
"""

import json
import sys
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

from drivers.camera_face.engine import Engine
from drivers.camera_face.engine_options import EngineOptions
from drivers.camera_face.gallery import blend
from drivers.camera_face.opening import open_engine
from drivers.camera_face.quality import Use, judge
from edge.model.names import CustomerId
from edge.privacy.face_key import code_text, make_code, wrap, wrapping_key
from edge.privacy.signing import platform_key_text, sign

STARTED: Final = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
LENGTH_S: Final = 50
RATE: Final = 5
WIDTH, HEIGHT = 640, 480
LOOKS_S: Final = ((6, 12), (22, 28), (38, 44))
"""Seconds in which somebody stands before the camera."""
SHOWS_CODE_S: Final = 20
CUSTOMER: Final = CustomerId("c-1961")
CARD: Final = "4006381333931"
PURPOSES: Final = ("face_recognition", "visit_history", "personal_offers")
NOTICE: Final = sha256(b"notice of the made-up kiosk").hexdigest()
PLATFORM: Final = sha256(b"the made-up platform's private key").digest()
"""Trusted for this recording alone, which names it."""
VIEWS: Final = ((0, 1.0, 0.0), (14, 0.94, 2.0), (-18, 1.05, -2.0))
"""Enrolment pictures: lighter or darker by grey levels, nearer or farther, turned by degrees."""

Image = NDArray[np.uint8]

RECORDING: Final = """\
format = 1
store = "toy-042"
timezone = "Europe/Berlin"
started = {started}
ended = {ended}
settings = "edge.toml"
seed = "customers.jsonl"
platform_key = "{key}"
[[source]]
name = "kiosk-cam"
driver = "camera_face"
file = "kiosk-cam.avi"
zone = "kiosk"
[[source]]
name = "kiosk-scanner"
driver = "serial_line"
profile = "scanner-plain"
file = "kiosk-scanner.jsonl"
zone = "kiosk"
"""
SETTINGS: Final = """\
# The strictest policy: a face is compared after its owner's act only, and its owner holds the key.
[store]
id = "toy-042"
timezone = "Europe/Berlin"
policy = "eu_strict"
[[zone]]
name = "kiosk"
kind = "kiosk"
[[source]]
name = "kiosk-cam"
driver = "camera_face"
zone = "kiosk"
options = { gate = "kiosk" }
"""


def write_scene(folder: Path, *, cache: Path) -> None:
    """Write the recording; `cache` keeps the converted engine."""
    folder.mkdir(parents=True)
    engine = open_engine(EngineOptions(), cache=cache)
    code = make_code(CUSTOMER)
    key = wrapping_key(code, CUSTOMER)
    if key is None:
        raise AssertionError("a code that was just made opens its own template")
    vector, quality = _enrol(engine)
    sealed = wrap(vector, key=key, code_id=code.id, model=engine.id)
    face = {"model": engine.id, "vector": _text(sealed), "quality": quality, "sealed": True}
    message = {"cursor": "000000000001", "deltas": [_put(face)]}
    (folder / "customers.jsonl").write_text(json.dumps(message) + "\n")
    shown = {"t": STARTED.timestamp() + SHOWS_CODE_S, "line": code_text(code)}
    (folder / "kiosk-scanner.jsonl").write_text(json.dumps(shown) + "\n")
    (folder / "edge.toml").write_text(SETTINGS)
    _film(folder / "kiosk-cam.avi")
    told = RECORDING.format(
        started=_moment(STARTED),
        ended=_moment(STARTED + timedelta(seconds=LENGTH_S)),
        key=platform_key_text(PLATFORM),
    )
    (folder / "recording.toml").write_text(told)


def _enrol(engine: Engine) -> tuple[bytes, float]:
    """Make a template of three pictures, as `edge face enrol` does."""
    chips, qualities = [], []
    for lighter, size, degrees in VIEWS:
        image = _scene(lighter=lighter, size=size, degrees=degrees)
        (face,) = engine.find(image)
        chips += engine.cut(image, [face])
        qualities.append(judge(image, face, use=Use.ENROLMENT).quality)
    vector = blend(engine.encode(np.stack(chips)), qualities)
    return vector.astype("<f4").tobytes(), round(sum(qualities) / len(qualities), 3)


def _film(path: Path) -> None:
    fourcc = cv2.VideoWriter.fourcc(*"MJPG")
    film = cv2.VideoWriter(str(path), fourcc, RATE, (WIDTH, HEIGHT))
    for frame in _frames():
        film.write(frame)
    film.release()


def _frames() -> Iterator[Image]:
    empty = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    for number in range(LENGTH_S * RATE):
        at_s = number / RATE
        is_there = any(comes <= at_s < goes for comes, goes in LOOKS_S)
        # Nobody stands quite still.
        yield _scene(sway=round(6 * np.sin(at_s))) if is_there else empty


def _scene(*, lighter: int = 0, size: float = 1.0, degrees: float = 0.0, sway: int = 0) -> Image:
    """Give the portrait as the kiosk's camera sees it."""
    portrait = cv2.cvtColor(data.astronaut()[:HEIGHT, 16:496], cv2.COLOR_RGB2BGR)
    frame = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    frame[:, 80 + sway : 560 + sway] = portrait
    turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), degrees, size)
    turned = cv2.warpAffine(frame, turn, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
    return np.clip(turned.astype(np.int16) + lighter, 0, 255).astype(np.uint8)


def _put(face: dict[str, Any]) -> dict[str, Any]:
    delta: dict[str, Any] = {
        "op": "put",
        "customer": CUSTOMER,
        "version": 1,
        "role": "customer",
        "profile": {"language": "en"},
        "tokens": [{"kind": "card", "value": CARD}],
        "faces": [face],
        "adult_attested": True,
        "consents": [_consent(number, purpose) for number, purpose in enumerate(PURPOSES)],
    }
    return {**delta, "signature": sign(delta, PLATFORM)}


def _consent(number: int, purpose: str) -> dict[str, str]:
    given = STARTED - timedelta(days=30)
    return {
        "record": f"00000000-0000-4000-8000-{number:012d}",
        "purpose": purpose,
        "state": "ConsentGiven",
        "event_time": _moment(given),
        "valid_until": _moment(given + timedelta(days=365)),
        "notice": NOTICE,
        "jurisdiction": "DE",
        "method": "app",
        "controller": "toy-stores-example",
    }


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(raw: bytes) -> str:
    return b64encode(raw).decode()


if __name__ == "__main__":
    write_scene(Path(sys.argv[1]), cache=Path(sys.argv[2]))
