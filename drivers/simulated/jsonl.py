"""This is where lines of JSON are written, one object a line, in the order of time."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def write_lines(path: Path, objects: Iterable[dict[str, Any]]) -> int:
    """Write objects as they come and give their number."""
    written = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for one in objects:
            file.write(json.dumps(one, ensure_ascii=False) + "\n")
            written += 1
    return written


def stamped(epoch_s: int, at: float, **fields: Any) -> dict[str, Any]:
    """Give an object with its time: `t`, UTC epoch seconds to the millisecond."""
    return {"t": round(epoch_s + at, 3), **fields}
