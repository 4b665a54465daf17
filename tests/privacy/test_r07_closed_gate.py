"""R7: with the gate closed the encoder is not called, whoever is in view."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.daemon.faces import GATE_CLOSED, GATE_OFF
from edge.model.names import Instant
from edge.model.observation import EvidenceKind
from edge.privacy.policy import FaceMode
from tests.daemon.face_kit import Encoder, Shop, View, enrolled, match
from tests.privacy.kit import NOW, later

ROOT = Path(__file__).resolve().parents[2]
FACES = 10_000
ADA = enrolled("ada")


@pytest.mark.parametrize(
    ("gate", "reason"), [("off", GATE_OFF), ("kiosk", GATE_CLOSED), ("gated", GATE_CLOSED)]
)
def test_r07_ten_thousand_faces_at_a_closed_gate_are_counted_and_none_is_encoded(
    gate: str, reason: str
) -> None:
    shop, encoder = Shop(ADA, gate=gate), Encoder(match())

    for number in range(FACES):
        shop.camera.face(Instant(NOW + number * 100_000_000), View(encoder))

    assert encoder.calls == 0
    assert shop.counts() == {"seen": FACES}
    assert shop.camera.tally().refused == {reason: FACES}
    assert shop.recognised == []


def test_r07_the_spy_sees_the_encoder_where_the_gate_is_open() -> None:
    shop, encoder = Shop(ADA, gate=FaceMode.OPEN.value), Encoder(match())

    shop.camera.face(NOW, View(encoder))

    assert encoder.calls == 1


@pytest.mark.parametrize(
    ("gate", "sign", "source"),
    [("kiosk", EvidenceKind.CARD, "scanner"), ("gated", EvidenceKind.BLE, "receiver")],
)
def test_r07_a_gate_that_was_open_closes_by_itself(
    gate: str, sign: EvidenceKind, source: str
) -> None:
    shop, encoder = Shop(ADA, gate=gate), Encoder()

    shop.sign("ada", NOW, by=sign, source=source)
    for number in range(1_000):
        shop.camera.face(later(31 + number), View(encoder))

    assert encoder.calls == 0


def test_r07_only_the_door_makes_galleries() -> None:
    makers = {
        str(path.relative_to(ROOT))
        for folder in ("edge", "drivers")
        for path in (ROOT / folder).rglob("*.py")
        if _imports(path, "edge.driver.faces", "Gallery") and "Gallery" in _called(path)
    }

    assert makers == {"edge/daemon/faces.py"}


def test_r07_the_encoder_is_called_in_one_function_and_that_takes_a_gallery() -> None:
    drivers = ROOT / "drivers/camera_face"
    callers = {
        module: functions
        for module in _reached_from(drivers, "worker", "recorded")
        if (functions := set(_encoding(drivers / f"{module}.py")))
    }

    assert callers.pop("engine") == {"encode"}
    assert callers == {"comparing": {"_encode"}}
    text = (drivers / "comparing.py").read_text(encoding="utf-8")
    assert text.count("_encode(shots, engine)") == 1
    assert "def compare(shots: Sequence[Shot], gallery: Gallery, *, engine: Engine)" in text


def _imports(path: Path, module: str, name: str) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == module
        and name in {one.name for one in node.names}
        for node in ast.walk(_parsed(path))
    )


def _called(path: Path) -> set[str]:
    return {
        node.func.id
        for node in ast.walk(_parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


def _encoding(path: Path) -> Iterator[str]:
    """Give the functions that call `encode` of an engine or an encoder."""
    for function in ast.walk(_parsed(path)):
        if isinstance(function, ast.FunctionDef):
            calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
            if any(_is_encoding(call) for call in calls):
                yield function.name


def _is_encoding(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "encode":
        return False
    whose = ast.unparse(call.func.value)
    is_of_messages = whose == "_encoder"  # msgspec's
    return not is_of_messages and whose.rpartition(".")[2].strip("_") in {"engine", "encoder"}


def _reached_from(folder: Path, *modules: str) -> set[str]:
    """Give the modules of the driver that these import, directly or not."""
    reached, waiting = set(modules), list(modules)
    while waiting:
        for node in ast.walk(_parsed(folder / f"{waiting.pop()}.py")):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith(
                "drivers.camera_face."
            ):
                name = str(node.module).rpartition(".")[2]
                if name not in reached:
                    reached.add(name)
                    waiting.append(name)
    return reached


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))
