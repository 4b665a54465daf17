"""This is where face engines are timed: by stage, against dlib, and by size of the gallery."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from _plain_faces import is_here
from numpy.typing import NDArray

from drivers.camera_face.converting import converted_encoder
from drivers.camera_face.encoders import as_batch
from drivers.camera_face.engine import Engine
from drivers.camera_face.engine_options import Scaling
from drivers.camera_face.face import Chips, Face, Image, Vectors
from drivers.camera_face.gallery import Template, open_gallery
from drivers.camera_face.network import Network, open_network, open_with_opencv
from drivers.camera_face.operating_table import OperatingPoint, OperatingTable
from drivers.camera_face.packaged import ENCODER, packaged_path

LEAST_COSINE = 0.9999
LEAST_SPEED_UP = 8.0
LEAST_SEARCH_SPEED_UP = 20.0
ENROLLED = 10_000
ROUNDS = 25
LOOK_UPS = 20


class Timed:
    """An engine's parts with a stop-watch on each."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.spent_s = {"find": 0.0, "align": 0.0, "encode": 0.0}
        self.id = engine.detector.id
        self.dimensions = engine.dimensions

    def engine(self) -> Engine:
        """Give an engine whose parts are timed."""
        return replace(
            self._engine,
            detector=_Part(self._engine.detector, "find", self.spent_s),
            aligner=_Part(self._engine.aligner, "align", self.spent_s),
            encoder=_Part(self._engine.encoder, "encode", self.spent_s),
        )


class _Part:
    """A detector, an aligner or an encoder that is timed."""

    def __init__(self, part: object, name: str, spent_s: dict[str, float]) -> None:
        self._part = part
        self._name = name
        self._spent_s = spent_s
        self.id = part.id
        self.dimensions = getattr(part, "dimensions", 0)

    def find(self, image: Image) -> tuple[Face, ...]:
        return self._timed(self._part.find, image)

    def chip(self, image: Image, face: Face) -> Chips:
        return self._timed(self._part.chip, image, face)

    def encode(self, chips: Chips) -> Vectors:
        return self._timed(self._part.encode, chips)

    def _timed(self, work: Callable, *arguments: object) -> object:
        began = time.perf_counter()
        try:
            return work(*arguments)
        finally:
            self._spent_s[self._name] += time.perf_counter() - began


def fidelity(chips: Sequence[Image], *, cache: Path) -> dict[str, object]:
    """Hold the converted encoder against dlib's own on the same chips, one thread each."""
    refusal = is_here()
    if refusal:
        return {"left_out": refusal}
    import dlib  # noqa: PLC0415 - dies without AVX

    model = dlib.face_recognition_model_v1(str(packaged_path(ENCODER)))
    reds = [np.ascontiguousarray(chip[:, :, ::-1]) for chip in chips]
    theirs, theirs_s = _best(lambda: [model.compute_face_descriptor(chip) for chip in reds])
    expected = np.array(theirs)
    path = converted_encoder(cache)
    outcome: dict[str, object] = {
        "chips": len(chips),
        "dlib_ms": round(1000 * theirs_s / len(chips), 2),
    }
    for name, network in {
        "onnxruntime": open_network(path, threads=1),
        "opencv": open_with_opencv(path),
    }.items():
        given, ours_s = _best(lambda network=network: _one_by_one(network, chips))
        outcome[name] = {
            "ms": round(1000 * ours_s / len(chips), 2),
            "speed_up": round(theirs_s / ours_s, 1),
            "least_cosine": round(float(_cosines(given, expected).min()), 7),
            "largest_difference": float(f"{np.abs(given - expected).max():.2g}"),
        }
    return outcome


def _one_by_one(network: Network, chips: Sequence[Image]) -> NDArray[np.float32]:
    batches = [as_batch(chip[None], scaling=Scaling.BGR) for chip in chips]
    return np.concatenate([network.run(batch) for batch in batches])


def _cosines(some: NDArray[np.float32], others: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.linalg.norm(some, axis=1) * np.linalg.norm(others, axis=1)
    return (some * others).sum(axis=1) / lengths


def _best(work: Callable) -> tuple[object, float]:
    """Give what the work gives, and the shortest of a few times it took."""
    times = []
    for _ in range(2):
        began = time.perf_counter()
        given = work()
        times.append(time.perf_counter() - began)
    return given, min(times)


def search_speed(engine: Engine) -> dict[str, object]:
    """Look made-up vectors up among 10,000, next to face_recognition.face_distance."""
    random = np.random.default_rng(1)
    made_up = random.normal(size=(ENROLLED, engine.dimensions)).astype(np.float32)
    templates = [
        Template(person=str(number), engine=engine.id, vector=vector, quality=1.0)
        for number, vector in enumerate(made_up)
    ]
    point = OperatingPoint(threshold=-1.0, fmr=0.0, fnmr=0.0)
    open_to_all = OperatingTable(
        engine=engine.id, origin="made up", comparisons=ENROLLED, points=(point,)
    )
    gallery = open_gallery(
        templates, engine=replace(engine, operating=open_to_all), target_fpir=0.5
    )
    probes = made_up[:LOOK_UPS] + random.normal(size=(LOOK_UPS, engine.dimensions)) * 0.1
    probes = probes.astype(np.float32)
    ours, ours_s = _fastest(lambda probe: int(gallery.look_up(probe).person), probes)
    exact = made_up.astype(np.float64)
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    right = [int((exact @ probe.astype(np.float64)).argmax()) for probe in probes]
    outcome: dict[str, object] = {
        "templates": ENROLLED,
        "ours_ms": round(1000 * ours_s, 3),
        "is_exact": ours == right,
    }
    if is_here():
        return outcome
    import face_recognition  # noqa: PLC0415 - an extra of the bench

    known = list(exact)
    _, theirs_s = _fastest(
        lambda probe: int(face_recognition.face_distance(known, probe).argmin()), probes
    )
    outcome |= {
        "face_distance_ms": round(1000 * theirs_s, 3),
        "speed_up": round(theirs_s / ours_s, 1),
    }
    as_array = face_recognition.face_distance
    _, array_s = _fastest(lambda probe: int(as_array(exact, probe).argmin()), probes)
    outcome["speed_up_on_an_array"] = round(array_s / ours_s, 1)
    return outcome


def _fastest(
    look_up: Callable[[Vectors], int], probes: NDArray[np.float32]
) -> tuple[list[int], float]:
    """Give what was found, and the shortest mean time of a look-up among a few rounds."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        found = [look_up(probe) for probe in probes]
        times.append((time.perf_counter() - began) / len(probes))
    return found, min(times)
