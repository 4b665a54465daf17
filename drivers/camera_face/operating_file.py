"""This is where an operating table is read from a TOML file, and written to one."""

import json
import tomllib

import msgspec

from drivers.camera_face.operating_table import MEASURE, OperatingTable
from edge.errors import ConfigError


def read_table(text: str, *, where: str) -> OperatingTable:
    """Read an operating table; points come out loosest first.

    Raises: ConfigError when the text is no operating table.
    """
    try:
        table = msgspec.convert(tomllib.loads(text), OperatingTable)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(
            "cannot read the operating table",
            where=where,
            why=str(error),
            remedy=f"write it anew: {MEASURE}",
        ) from error
    points = tuple(sorted(table.points, key=lambda point: point.threshold))
    return msgspec.structs.replace(table, points=points)


def written(table: OperatingTable) -> str:
    """Write an operating table as TOML; `read_table` reads it back."""
    calibration = table.calibration
    head = [
        f"engine = {json.dumps(table.engine)}",
        f"origin = {json.dumps(table.origin, ensure_ascii=False)}",
        f"pictures = {table.pictures}",
        f"comparisons = {table.comparisons}",
        "",
        "[calibration]",
        f"slope = {calibration.slope!r}",
        f"offset = {calibration.offset!r}",
    ]
    points = [
        f"\n[[points]]\nthreshold = {point.threshold!r}\nfmr = {point.fmr!r}\nfnmr = {point.fnmr!r}"
        for point in table.points
    ]
    return "\n".join([*head, *points, ""])
