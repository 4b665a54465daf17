"""This is where an engine is measured on a labelled set, for a person to read and for its table."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from drivers.camera_face.calibrating import measured_table
from drivers.camera_face.engine import Engine
from drivers.camera_face.labelled import encode_folder, encode_people, read_people
from drivers.camera_face.operating_file import written
from drivers.camera_face.rates import Rate
from drivers.camera_face.report import Report, acquired, compared, draw_det, report
from edge.driver.enrolling import FaceFigures, FaceReport, Share


def face_report(
    engine: Engine,
    folder: Path,
    *,
    threshold: float | None,
    plot: Path | None,
    tick: Callable[[], None],
) -> FaceReport:
    """Measure everybody's and every group's rates; `plot` is drawn where it is named.

    Raises: ConfigError where the set cannot be read.
    """
    encoded, group_of = encode_folder(engine, folder, tick=tick)
    people = len(np.unique(encoded.people))
    outcome = report(compared(encoded, group_of), threshold=threshold)
    missed = acquired(encoded)
    encoded.vectors.fill(0)
    if plot is not None:
        draw_det(outcome, plot, title=engine.id)
    return _told(engine.id, outcome, missed=missed, people=people)


def operating_table(engine: Engine, folder: Path, *, tick: Callable[[], None]) -> str:
    """Measure an engine's operating points, as the text of its table.

    Raises: ConfigError where the set cannot be read, or is too small.
    """
    pictures = read_people(folder)
    encoded = encode_people(engine, pictures, tick=tick)
    people = len(np.unique(encoded.people))
    origin = f"{len(pictures)} pictures of {people} people"
    table = measured_table(encoded, engine=engine.id, origin=origin)
    encoded.vectors.fill(0)
    return written(table)


def _told(engine: str, outcome: Report, *, missed: Rate, people: int) -> FaceReport:
    everybody = FaceFigures(name="everybody", fmr=_share(outcome.fmr), fnmr=_share(outcome.fnmr))
    groups = tuple(
        FaceFigures(
            name=one.group,
            fmr=_share(one.fmr),
            fnmr=_share(one.fnmr),
            is_flagged=one.is_flagged,
        )
        for one in outcome.groups
    )
    return FaceReport(
        engine=engine,
        people=people,
        threshold=outcome.threshold,
        not_acquired=_share(missed),
        everybody=everybody,
        groups=groups,
    )


def _share(rate: Rate) -> Share:
    return Share(share=rate.share, low=rate.low, high=rate.high, count=rate.count)
