"""A kiosk's camera is replayed: a customer who scans a card is recognised, a stranger is not."""

import asyncio
import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drivers.camera_face.engine_options import EngineOptions
from drivers.camera_face.face import Image
from drivers.camera_face.opening import open_engine
from edge.cli.replaying import export
from edge.daemon.replay import Replay, ReplayResult
from edge.driver.recording import open_recording
from edge.errors import ConfigError
from edge.sync.cloudevents import EventSource
from tests.daemon.recordings import Shop, member
from tests.drivers.camera_face.drawn import write_video
from tests.drivers.camera_face.portrait import portrait
from tests.privacy.kit import CARD

PURPOSES = ("face_recognition", "visit_history")
ROOM = np.full((480, 640, 3), 90, dtype=np.uint8)
COMES_S, LENGTH_S = 3, 12
RATE = 5


@pytest.fixture(scope="module", autouse=True)
def _models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CACHE_DIRECTORY", str(tmp_path_factory.mktemp("models")))
        yield


@pytest.fixture(scope="module")
def face(_models: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give the template of the woman in the portrait, as the platform sends it."""
    engine = open_engine(EngineOptions(), cache=tmp_path_factory.mktemp("enrolment"))
    image = portrait()
    (vector,) = engine.encode(np.stack(engine.cut(image, engine.find(image)[:1])))
    return {
        "model": engine.id,
        "vector": b64encode(vector.astype("<f4").tobytes()).decode(),
        "quality": 0.9,
    }


def kiosk(
    folder: Path,
    people: list[Any],
    *,
    scans: list[float],
    gate: str = "kiosk",
    opening: str = "00:00-24:00",
) -> Path:
    """Write a recording in which the woman comes to the kiosk after three seconds."""
    shop = Shop(length_s=60, policy="us_generic", opening=opening)
    shop.people = people
    shop.scans = [(second, CARD) for second in scans]
    shop.more_sources = (
        '[[source]]\nname = "kiosk-cam"\ndriver = "camera_face"\nfile = "cam.avi"\n'
        f'zone = "checkout"\ngate = "{gate}"\nrate = {RATE}\n'
    )
    shop.write(folder)
    images: list[Image] = [ROOM] * (COMES_S * RATE) + [portrait()] * ((LENGTH_S - COMES_S) * RATE)
    write_video(folder / "cam.avi", images, rate=RATE)
    return folder


def replayed(folder: Path, database: Path) -> tuple[ReplayResult, list[dict[str, Any]]]:
    result = asyncio.run(Replay(open_recording(folder), database=database).run())
    out = database.with_suffix(".jsonl")
    source = EventSource(store=result.store, node="replay", epoch=result.epoch)
    export(database, out, source=source)
    return result, [json.loads(line) for line in out.read_text().splitlines()]


def card_holder(**changes: Any) -> Any:
    return member("c-1", *PURPOSES, tokens=[{"kind": "card", "value": CARD}], **changes)


def test_a_customer_who_scans_and_looks_up_is_matched(face: dict[str, Any], tmp_path: Path) -> None:
    folder = kiosk(tmp_path / "day", [card_holder(faces=[face])], scans=[5.0])

    result, events = replayed(folder, tmp_path / "day.db")

    identified = [one for one in events if one["type"] == "visit.identified.v1"]
    assert {one["data"]["customer"] for one in identified} == {"c-1"}
    assert result.faces == {"seen": 1, "encoded": 1, "matched": 1}
    assert face["vector"] not in json.dumps(events)


def test_a_stranger_at_the_kiosk_is_seen_and_not_encoded(
    face: dict[str, Any], tmp_path: Path
) -> None:
    folder = kiosk(tmp_path / "day", [card_holder(faces=[face])], scans=[])

    result, events = replayed(folder, tmp_path / "day.db")

    assert result.faces == {"seen": 1}
    assert result.refused["face gate closed"] == 1
    assert [one for one in events if one["type"] == "visit.identified.v1"] == []


def test_r05_in_a_closed_store_no_frame_is_looked_at(face: dict[str, Any], tmp_path: Path) -> None:
    person = card_holder(faces=[face])
    folder = kiosk(tmp_path / "day", [person], scans=[5.0], opening="20:00-21:00")

    result, events = replayed(folder, tmp_path / "day.db")

    assert result.faces == {}
    assert result.refused["outside opening hours"] == LENGTH_S * RATE
    assert result.heard == 1  # the card's line
    deaf = [one for one in events if one["data"].get("to") == "deaf"]
    assert deaf == []


def test_the_same_recording_gives_the_same_events_byte_for_byte(
    face: dict[str, Any], tmp_path: Path
) -> None:
    folder = kiosk(tmp_path / "day", [card_holder(faces=[face])], scans=[5.0])

    replayed(folder, tmp_path / "one.db")
    replayed(folder, tmp_path / "two.db")

    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()


def test_a_gate_beyond_the_policy_refuses_the_replay(face: dict[str, Any], tmp_path: Path) -> None:
    folder = kiosk(tmp_path / "day", [card_holder(faces=[face])], scans=[], gate="open")

    with pytest.raises(ConfigError, match="does not permit"):
        replayed(folder, tmp_path / "day.db")
