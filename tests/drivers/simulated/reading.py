"""Ways to read a written day: with tshark, and line by line."""

import json
import subprocess
from pathlib import Path
from typing import Any


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def truth_of(folder: Path, *kinds: str) -> list[dict[str, Any]]:
    return [line for line in lines_of(folder / "truth.jsonl") if line["kind"] in kinds]


def deltas_of(folder: Path) -> list[dict[str, Any]]:
    return [
        delta for message in lines_of(folder / "customers.jsonl") for delta in message["deltas"]
    ]


def tshark(path: Path, *fields: str, only: str = "", check_fcs: bool = False) -> list[list[str]]:
    """Give the fields of each packet that passes the display filter, as tshark reads them."""
    command = ["tshark", "-r", str(path), "-n", "-T", "fields"]
    command += ["-o", f"wlan.check_checksum:{str(check_fcs).upper()}"]
    command += ["-Y", only] if only else []
    for field in fields:
        command += ["-e", field]
    told = subprocess.run(command, check=True, capture_output=True, text=True)
    return [row.split("\t") for row in told.stdout.splitlines()]
