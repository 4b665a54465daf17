"""This is where `edge face report` says how an engine treats people, all together and by group."""

from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import click

from edge.cli.asking import settings_option
from edge.cli.output import EdgeCommand, json_option, say, write_json, write_table
from edge.daemon.face_engines import face_tools, seat
from edge.driver.enrolling import FaceFigures, FaceReport, Share

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
FLAGGED: Final = 1
"""Exit status where a group is taken for each other too often (R12)."""
COLUMNS: Final = ("", "FMR", "95 %", "FNMR", "95 %", "comparisons", "")


@click.command(cls=EdgeCommand)
@click.argument("folder", metavar="DATA_DIR", type=FOLDER)
@click.option("--camera", help="A camera source whose engine is meant.")
@click.option(
    "--threshold",
    type=float,
    help="Cosine; else where everybody's FMR is 0.1 %, or ten comparisons match.",
)
@click.option("--out", type=FILE, help="DET curve: .png, .svg or .pdf; .html with the figures.")
@settings_option
@json_option
def report(folder: Path, camera: str | None, settings: Path, *, as_json: bool, **how: Any) -> None:
    """Measure the store's face engine on pictures of volunteers, everybody's and each group's.

    DATA_DIR has a folder of pictures for each person, and groups.csv (`person,group`). The exit
    status is 1 where a group's FMR is more than twice that of everybody.
    """
    outcome = _measured(folder, seat(settings, camera).engine, how["threshold"], how["out"])
    if as_json:
        write_json(outcome)
    else:
        say(f"{outcome.engine}: {outcome.people} people, threshold {outcome.threshold:.3f}")
        say(f"no face was found in {outcome.not_acquired.share:.2%} of the pictures")
        rows = [_row(one) for one in (outcome.everybody, *outcome.groups)]
        write_table("People taken for each other, and not known again", COLUMNS, rows)
    click.get_current_context().exit(status(outcome))


def status(outcome: FaceReport) -> int:
    """Give the exit status: 0 where no group is taken for each other too often."""
    return FLAGGED if any(one.is_flagged for one in outcome.groups) else 0


def _measured(folder: Path, engine: Any, threshold: float | None, out: Path | None) -> FaceReport:
    """Measure, and draw what was asked for."""

    def measure(plot: Path | None) -> FaceReport:
        return face_tools().report(
            engine, folder, threshold=threshold, plot=plot, tick=lambda: None
        )

    if out is None or out.suffix != ".html":
        return measure(out)
    with TemporaryDirectory() as place:
        curve = Path(place) / "det.svg"
        outcome = measure(curve)
        out.write_text(page(outcome, curve.read_text(encoding="utf-8")), encoding="utf-8")
    return outcome


def page(outcome: FaceReport, curve: str) -> str:
    """Give a report as one self-contained HTML page; `curve` is SVG."""
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in _row(one)) + "</tr>"
        for one in (outcome.everybody, *outcome.groups)
    )
    head = "".join(f"<th>{escape(name)}</th>" for name in COLUMNS)
    drawing = curve[curve.index("<svg") :]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Face report</title>'
        f"<h1>{escape(outcome.engine)}</h1><p>{outcome.people} people, threshold "
        f"{outcome.threshold:.3f}, no face found in {outcome.not_acquired.share:.2%}</p>"
        f"<table><tr>{head}</tr>{rows}</table>{drawing}</html>\n"
    )


def _row(one: FaceFigures) -> tuple[str, ...]:
    flag = "more than twice everybody's" if one.is_flagged else ""
    return (
        one.name,
        f"{one.fmr.share:.3%}",
        _interval(one.fmr),
        f"{one.fnmr.share:.2%}",
        _interval(one.fnmr),
        f"{one.fmr.count + one.fnmr.count:,}",
        flag,
    )


def _interval(share: Share) -> str:
    return f"{share.low:.3%} to {share.high:.3%}"
