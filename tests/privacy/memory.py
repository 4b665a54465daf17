"""Looks for a face's vector in the memory of a process, however it is scaled."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PIECE = 64 * 1024 * 1024
ALIKE = 0.98
"""Cosine of two vectors of one face in one light; other people stay below .97."""
TELLING = 9
TOLERANCE = 0.3
SMALLEST, LARGEST = 1e-4, 1e4


def copies(process: int, vector: NDArray[np.float32]) -> int:
    """Count the places where a vector, or a multiple of it, stands in float32 or float64."""
    return sum(
        _copies_in(region, vector.astype(kind), kind)
        for region in regions(process)
        for kind in (np.float32, np.float64)
    )


def holds(process: int, needle: bytes) -> bool:
    """Say whether bytes stand somewhere in a process's memory."""
    return any(needle in region for region in regions(process))


def regions(process: int) -> Iterator[bytes]:
    """Give what a process has written to: heap, stacks, mapped memory."""
    folder = Path(f"/proc/{process}")
    with (folder / "mem").open("rb", buffering=0) as memory:
        for line in (folder / "maps").read_text().splitlines():
            place, rights, *_ = line.split()
            if not rights.startswith("rw") or "[vvar" in line:
                continue
            start, end = (int(one, 16) for one in place.split("-"))
            for at in range(start, end, PIECE):
                try:
                    memory.seek(at)
                    yield memory.read(min(PIECE, end - at))
                except OSError:  # unmapped meanwhile
                    break


def _copies_in(region: bytes, vector: NDArray[np.floating], kind: type[np.floating]) -> int:
    size, width = len(vector), np.dtype(kind).itemsize
    numbers = np.frombuffer(region, dtype=kind, count=len(region) // width)
    if len(numbers) < size:
        return 0
    # The largest numbers tell most: places where they do not stand in proportion fall out early.
    first, *others = (int(place) for place in np.argsort(-np.abs(vector))[:TELLING])
    with np.errstate(all="ignore"):
        leading = np.abs(numbers[first : len(numbers) - size + first + 1])
        starts = np.flatnonzero((leading > SMALLEST) & (leading < LARGEST))
        for other in others:
            ratio = numbers[starts + other] / numbers[starts + first]
            wanted = vector[other] / vector[first]
            starts = starts[np.abs(ratio - wanted) < TOLERANCE * abs(wanted)]
    return sum(_is_alike(numbers[start : start + size], vector) for start in starts)


def _is_alike(window: NDArray[np.floating], vector: NDArray[np.floating]) -> bool:
    found, wanted = window.astype(np.float64), vector.astype(np.float64)
    with np.errstate(all="ignore"):
        length = float(np.linalg.norm(found) * np.linalg.norm(wanted))
    return np.isfinite(length) and length > 0 and float(found @ wanted) / length > ALIKE
