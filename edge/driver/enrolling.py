"""This is where it is said what a package that knows faces offers to the command line.

An entry point of the group `store_edge.face_engines` names a class of this form. Its constructor
takes nothing and loads nothing; edge never imports it by name.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from edge.driver.contract import Finding


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """What one picture of the person came to; the picture itself is not kept."""

    reasons: tuple[str, ...]
    """Codes of why it is not fit, most helpful first; empty for one that is."""
    advice: str
    """What the person can do about the first reason; empty where there is none."""
    quality: float
    """0 to 1."""


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A template of one person."""

    model: str
    """Id of the engine."""
    vector: bytes
    """float32, little-endian, of unit length."""
    quality: float
    pictures: int
    """How many fit ones it was made of."""
    same_at: float
    """Cosine from which on two templates of this engine are one person's."""


class FaceEngine(msgspec.Struct, frozen=True, kw_only=True):
    """Which engine it is that encodes a store's faces."""

    id: str
    """What templates carry as `model`."""
    dimensions: int
    """Numbers of a template's vector."""
    largest: int
    """Templates that it bears at the product's target; 0 where nobody measured it."""
    target_fpir: float
    """Share of strangers, at the most, who may be taken for somebody."""
    measured_on: str


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A measured share with its 95 % interval."""

    share: float
    low: float
    high: float
    count: int
    """How many cases it rests on."""


class FaceFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How an engine treats a group of people, in the words of ISO/IEC 19795-1."""

    name: str
    fmr: Share
    """Two people taken for one."""
    fnmr: Share
    """One person not known again."""
    is_flagged: bool = False
    """Their FMR is more than twice everybody's (R12)."""


class FaceReport(msgspec.Struct, frozen=True, kw_only=True):
    """How an engine treats the people of a labelled set."""

    engine: str
    people: int
    threshold: float
    not_acquired: Share
    """Pictures in which no face was found."""
    everybody: FaceFigures
    groups: tuple[FaceFigures, ...]


class Sitting(Protocol):
    """One person's pictures, from the first to the template; used by one thread."""

    def look(self, file: Path) -> Picture:
        """Judge a picture file.

        Raises: ConfigError where it is no picture.
        """

    def watch(self, options: Mapping[str, Any]) -> Iterator[Picture]:
        """Judge what a camera sees, some pictures a second, without end.

        `options` are those of its source. Raises: SourceFault where the camera is not there.
        """

    def make(self) -> Made:
        """Encode the fit pictures and make one template of them.

        Raises: ConfigError where they are too few, or not of one person.
        """

    def close(self) -> None:
        """Overwrite every picture."""


class FaceTools(Protocol):
    """What can be done with faces by hand."""

    def sit(self, options: Mapping[str, Any]) -> Sitting:
        """Begin one person's enrolment; `options` are those of the engine.

        Raises: ConfigError where the engine cannot be used.
        """

    def show(self, options: Mapping[str, Any]) -> FaceEngine:
        """Say which engine these options mean.

        Raises: ConfigError where it cannot be used.
        """

    def check(self, options: Mapping[str, Any], pictures: Sequence[Path]) -> tuple[Finding, ...]:
        """Say whether an engine loads, gives sound vectors, how fast, and whether it was measured.

        Raises: ConfigError where a model is missing or is another one.
        """

    def report(
        self,
        options: Mapping[str, Any],
        folder: Path,
        *,
        threshold: float | None,
        plot: Path | None,
        tick: Callable[[], None],
    ) -> FaceReport:
        """Measure an engine on labelled pictures, and draw its DET curve where `plot` is named.

        Raises: ConfigError where the engine or the set cannot be used.
        """

    def measure(self, options: Mapping[str, Any], folder: Path, *, tick: Callable[[], None]) -> str:
        """Measure an engine's operating points on labelled pictures; the text of its table.

        Raises: ConfigError where the engine or the set cannot be used.
        """
