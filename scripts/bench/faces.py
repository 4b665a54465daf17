#!/usr/bin/env python3
"""This is where face engines are measured side by side on a labelled set of pictures.

DATA_DIR holds a folder for each person (or a folder `people` that does). People with more than
three pictures are enrolled in turn, the rest are strangers. The reference, plain face_recognition
with dlib, goes first and uses both cores; everything else runs on one. Models of one's own (YuNet
and MobileFaceNet) are taken from --models, by default DATA_DIR/../models, where they are there.
Nothing but rates is written; --table writes the default engine's operating table.
    scripts/bench/faces.py DATA_DIR [--json] [--quick] [--models DIR] [--table FILE --origin TEXT]
"""

import _venv  # noqa: F401 - goes on with the project's own Python

# isort: split
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy starts its threads

# isort: split
import argparse
import json
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import _plain_faces as plain
import cv2
import numpy as np
from _face_speed import Timed, fidelity, search_speed
from _progress import Progress

from drivers.camera_face.calibrating import PICTURES, measured_table
from drivers.camera_face.engine import Engine
from drivers.camera_face.engine_options import EngineKind, EngineOptions, ModelFile, Scaling
from drivers.camera_face.face import Image
from drivers.camera_face.identifying import Compare, by_centroid, by_margin, identify
from drivers.camera_face.labelled import (
    Encoded,
    Picture,
    encode_people,
    meant,
    read_image,
    read_people,
)
from drivers.camera_face.opening import open_engine
from drivers.camera_face.operating_file import written
from drivers.camera_face.rates import Rate, Scores, fmr_at, fnmr_at, threshold_at, wilson
from drivers.camera_face.scoring import single_scores

FMRS = (1e-2, 1e-3, 1e-4)
SIZES = (50, 100)
FPIRS = (0.01, 0.001)
QUICK_PEOPLE = 200
CHIPS = 20
YUNET, MOBILEFACENET = "face_detection_yunet.onnx", "mobilefacenet.onnx"

Row = dict[str, object]


def pictures_of(folder: Path, *, quick: bool) -> tuple[Picture, ...]:
    """List the set's pictures; in a quick run those of the people with most and the first few."""
    pictures = read_people(folder / "people" if (folder / "people").is_dir() else folder)
    if not quick:
        return pictures
    counts: dict[str, int] = {}
    for picture in pictures:
        counts[picture.person] = counts.get(picture.person, 0) + 1
    ranked = sorted(counts, key=lambda person: (-min(counts[person], PICTURES + 1), person))
    enrolled = [person for person in ranked if counts[person] > PICTURES][: QUICK_PEOPLE // 3]
    strangers = [person for person in ranked if counts[person] <= PICTURES]
    chosen = {*enrolled, *strangers[: QUICK_PEOPLE - len(enrolled)]}
    return tuple(picture for picture in pictures if picture.person in chosen)


def own_model(folder: Path, name: str) -> ModelFile | None:
    """Name a model of one's own, if it is there."""
    path = folder / name
    if not path.is_file():
        return None
    return ModelFile(path=str(path), sha256=sha256(path.read_bytes()).hexdigest())


def engines(models: Path, *, cache: Path) -> dict[str, Engine]:
    """Open every engine that can be had here."""
    yunet, mobile = own_model(models, YUNET), own_model(models, MOBILEFACENET)
    settings = {"default": EngineOptions()}
    if yunet:
        settings["default with YuNet"] = EngineOptions(detector=yunet)
    if mobile:
        settings["MobileFaceNet"] = EngineOptions(
            kind=EngineKind.ONNX, encoder=mobile, scaling=Scaling.IMAGENET
        )
    return {name: open_engine(options, cache=cache) for name, options in settings.items()}


def verification(scores: Scores) -> list[Row]:
    """Give FNMR where FMR reaches each of a few levels."""
    rows: list[Row] = []
    for fmr in FMRS:
        threshold = threshold_at(scores, fmr)
        rows.append(
            {
                "fmr": _rate(fmr_at(scores, threshold)),
                "fnmr": _rate(fnmr_at(scores, threshold)),
                "threshold": round(threshold, 4),
            }
        )
    return rows


def identification(encoded: Encoded, compare: Compare) -> list[Row]:
    """Give FNIR of galleries of a few sizes among strangers."""
    counts = np.unique(encoded.people, return_counts=True)[1]
    most = int((counts > PICTURES).sum())
    return [
        {
            "size": found.size,
            "fpir": found.fpir,
            "fnir": _rate(found.fnir),
            "deviation": round(found.spread, 4),
            "threshold": round(found.threshold, 4),
        }
        for size in sorted({min(size, most) for size in SIZES})
        for found in identify(encoded, size=size, fpirs=FPIRS, pictures=PICTURES, compare=compare)
    ]


def figures(encoded: Encoded, scores: Scores, ways: dict[str, Compare]) -> Row:
    """Give an engine's rates."""
    missed = int((~encoded.is_acquired).sum())
    return {
        "failure_to_acquire": _rate(wilson(missed, len(encoded.people))),
        "verification": verification(scores),
        "identification": {way: identification(encoded, compare) for way, compare in ways.items()},
    }


def measure_ours(name: str, engine: Engine, pictures: Sequence[Picture]) -> tuple[Encoded, Row]:
    """Encode the set with one of our engines, and give its rates and times."""
    watch = Timed(engine)
    with Progress(name, len(pictures)) as tick:
        encoded = encode_people(watch.engine(), pictures, tick=tick)
    times = {stage: round(1000 * s / len(pictures), 2) for stage, s in watch.spent_s.items()}
    ways = {"centroid": by_centroid, "centroid and margin": by_margin}
    row = {"id": engine.id, "ms": times} | figures(encoded, single_scores(encoded), ways)
    return encoded, row


def measure_plain(pictures: Sequence[Picture]) -> Row:
    """Encode the set with plain face_recognition."""
    refusal = plain.is_here()
    if refusal:
        return {"left_out": refusal}
    with Progress("face_recognition", len(pictures)) as tick:
        encoded, times = plain.encode_plainly(pictures, tick=tick)
    rates = figures(
        encoded, plain.single_distances(encoded), {"nearest picture": plain.nearest_picture}
    )
    return {"id": "face_recognition", "ms": {k: round(v, 2) for k, v in times.items()}} | rates


def some_chips(engine: Engine, pictures: Sequence[Picture]) -> list[Image]:
    """Cut a few faces out of the set, as the default engine does."""
    chips: list[Image] = []
    for picture in pictures[:: max(1, len(pictures) // CHIPS)]:
        image = read_image(picture.path)
        face = meant(image, engine.find(image))
        if face is not None:
            chips.extend(engine.cut(image, [face]))
    return chips


def main() -> None:
    """Measure, and print."""
    asked = arguments()
    cv2.setNumThreads(1)
    pictures = pictures_of(asked.folder, quick=asked.quick)
    people = len({picture.person for picture in pictures})
    outcome: Row = {"pictures": len(pictures), "people": people, "engines": {}}
    rows: dict[str, Row] = {"reference": measure_plain(pictures)}
    with tempfile.TemporaryDirectory() as cache:
        opened = engines(asked.models or asked.folder.parent / "models", cache=Path(cache))
        for name, engine in opened.items():
            encoded, rows[name] = measure_ours(name, engine, pictures)
            if name == "default" and asked.table:
                table = measured_table(encoded, engine=engine.id, origin=asked.origin)
                asked.table.write_text(written(table), encoding="utf-8")
        default = opened["default"]
        outcome["conversion"] = fidelity(some_chips(default, pictures), cache=Path(cache))
        outcome["search"] = search_speed(default)
    outcome["engines"] = rows
    print(json.dumps(outcome, indent=2) if asked.json else as_text(outcome))


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, metavar="DATA_DIR")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_PEOPLE} people only")
    parser.add_argument("--models", type=Path)
    parser.add_argument("--table", type=Path, help="write the default engine's operating table")
    parser.add_argument("--origin", default="scripts/bench/faces.py")
    return parser.parse_args()


def as_text(outcome: Row) -> str:
    """Lay the figures out for people."""
    lines = [f"{outcome['pictures']} pictures of {outcome['people']} people"]
    for name, row in outcome["engines"].items():
        lines += ["", f"{name}  {row.get('id', '')}"]
        if "left_out" in row:
            lines.append(f"  left out: {row['left_out']}")
            continue
        lines.append(f"  failure to acquire {_shown(row['failure_to_acquire'])}")
        times = ", ".join(f"{stage} {ms} ms" for stage, ms in row["ms"].items())
        lines.append(f"  a picture: {times}")
        lines += [
            f"  FMR {one['fmr']['share']:.0e}: FNMR {_shown(one['fnmr'])} at {one['threshold']}"
            for one in row["verification"]
        ]
        lines += [
            f"  N {one['size']}, FPIR {one['fpir']:.1%}: FNIR {_shown(one['fnir'])}"
            f" (deviation {one['deviation']}) at {one['threshold']}, {way}"
            for way, found in row["identification"].items()
            for one in found
        ]
    lines += ["", f"conversion {json.dumps(outcome['conversion'])}"]
    lines.append(f"search {json.dumps(outcome['search'])}")
    return "\n".join(lines)


def _rate(rate: Rate) -> Row:
    return {
        "share": float(f"{rate.share:.4g}"),
        "low": float(f"{rate.low:.4g}"),
        "high": float(f"{rate.high:.4g}"),
        "count": rate.count,
    }


def _shown(rate: Row) -> str:
    return f"{rate['share']:.4f} [{rate['low']:.4f}, {rate['high']:.4f}]"


if __name__ == "__main__":
    main()
