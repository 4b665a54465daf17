"""This is where each source's tape is begun, and where it is decided what goes onto it.

What a driver hands over is counted and forgotten: nobody is looked up while a recording runs.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import msgspec

from edge.config.schema import SourceSettings
from edge.daemon.door import PrivacyDoor
from edge.daemon.hours import OpeningHours
from edge.daemon.recording_folder import Entry, file_names, private_files
from edge.daemon.supervisor_ending import words
from edge.driver.contract import Driver, LiveDriver, SourceSpec, Tape
from edge.driver.tally import TallyOutlet
from edge.errors import ConfigError, EdgeError, RecordingError, StoreError
from edge.model.names import Instant

FindDriver = Callable[[str], type[Driver] | None]
SECRET: Final = re.compile(r"secret|passw|passphrase|token|key|credential|validator", re.IGNORECASE)
"""Options of such names hold secrets or say where they lie."""


class Counting(TallyOutlet):
    """Counts what a source hands over; its supervisor hears that it is alive, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.alive: PrivacyDoor | None = None
        """The way to the supervisor of the run that is under way."""

    def heard(self, at: Instant, count: int = 1) -> None:
        """Count what was taken in."""
        super().heard(at, count)
        if self.alive is not None:
            self.alive.heard(at, count)

    def refuse(self, at: Instant, reason: str, count: int = 1) -> None:
        """Count what was not used."""
        super().refuse(at, reason, count)
        if self.alive is not None:
            self.alive.refuse(at, reason, count)


class Reel:
    """One source's tape, through all runs of its driver; it belongs to the event loop."""

    def __init__(self, tape: Tape, *, path: Path, hours: OpeningHours) -> None:
        self.outlet = Counting()
        self.written = 0
        """Frames, reports and lines given to the tape."""
        self.outside_hours = 0
        """Those that came while the store was closed; they are not recorded."""
        self._tape = tape
        self._path = path
        self._hours = hours
        self._is_over = False

    def write(self, at: Instant, raw: bytes) -> None:
        """Give the tape what the sensor gave, while the store is open.

        Raises: StoreError when the disk refuses it.
        """
        if self._is_over:
            return
        if not self._hours.is_open(at):
            self.outside_hours += 1
            return
        try:
            self._tape.write(at, raw)
        except OSError as error:
            raise self._fault(error) from error
        self.written += 1

    def close(self) -> None:
        """Finish the file; nothing is taken afterwards.

        Raises: StoreError when the disk refuses the rest.
        """
        self._is_over = True
        try:
            self._tape.close()
        except OSError as error:
            raise self._fault(error) from error

    def _fault(self, error: OSError) -> StoreError:
        return StoreError(
            "cannot write the recording",
            where=str(self._path),
            why=error.strerror or type(error).__name__,
            remedy="make room on the disk, or record to another folder",
        )


class Reels(msgspec.Struct, frozen=True, kw_only=True):
    """What is recorded, and what is not."""

    reels: Mapping[str, Reel]
    """By the source's name."""
    entries: tuple[Entry, ...]
    notes: tuple[str, ...]
    """Why a source is left out, in words."""


class _Ready(msgspec.Struct, frozen=True, kw_only=True):
    """A source that can be recorded."""

    settings: SourceSettings
    driver: LiveDriver
    options: dict[str, Any]


def begin_reels(
    sources: Sequence[SourceSettings],
    folder: Path,
    *,
    find: FindDriver,
    key: bytes,
    hours: OpeningHours,
    with_video: bool = False,
) -> Reels:
    """Begin a tape for each source that can be recorded; pictures of people on order only.

    Raises: ConfigError when none can, with the reasons.
    """
    notes: list[str] = []
    ready = list(_ready(sources, find, notes=notes, with_video=with_video))
    names = file_names([(one.settings.name, one.driver.tape_suffix) for one in ready])
    reels: dict[str, Reel] = {}
    entries: list[Entry] = []
    for one, name in zip(ready, names, strict=True):
        path = folder / name
        try:
            tape = _begin_tape(one.driver, path, key=key)
        except EdgeError as fault:
            notes.append(_left_out(one.settings, fault))
            continue
        reels[one.settings.name] = Reel(tape, path=path, hours=hours)
        entries.append(Entry(settings=one.settings, file=name, options=one.options))
    if not reels:
        raise ConfigError(
            "there is nothing to record",
            why="; ".join(notes) or "the settings have no [[source]]",
            remedy="run: edge doctor, or write sources with: edge sources discover",
        )
    return Reels(reels=reels, entries=tuple(entries), notes=tuple(notes))


def _ready(
    sources: Sequence[SourceSettings], find: FindDriver, *, notes: list[str], with_video: bool
) -> Iterator[_Ready]:
    for source in sources:
        try:
            yield _prepared(source, find, with_video=with_video)
        except ConfigError as fault:
            notes.append(_left_out(source, fault))


def _prepared(source: SourceSettings, find: FindDriver, *, with_video: bool) -> _Ready:
    """Make a source's driver.

    Raises: ConfigError where there is none, it records nothing or shows people without an order to
    do so, or its settings are wrong.
    """
    kind = find(source.driver)
    if kind is None:
        raise ConfigError(f"no driver {source.driver!r} is installed")
    if not hasattr(kind, "open_tape"):
        raise ConfigError(f"the driver {source.driver!r} makes no recordings")
    if getattr(kind, "tape_shows_people", False) and not with_video:
        raise ConfigError(
            "its tape would show people", remedy="order it with --with-video, if the policy may"
        )
    driver = cast("LiveDriver", kind(source.spec()))
    return _Ready(settings=source, driver=driver, options=_options(kind, source.spec()))


def _options(kind: type[Driver], spec: SourceSpec) -> dict[str, Any]:
    """Give the options to replay with: none that names a secret, and none that needs one."""
    kept: dict[str, Any] = without_secrets(spec.options)
    try:
        kind(msgspec.structs.replace(spec, options=kept))
    except ConfigError:  # one that is kept asks for one that is not; a replay listens to nothing
        kept = {}
        kind(msgspec.structs.replace(spec, options=kept))
    return kept


def without_secrets(value: Any) -> Any:
    """Give options without those whose names speak of secrets, at any depth."""
    if isinstance(value, dict):
        return {
            name: without_secrets(one) for name, one in value.items() if not SECRET.search(name)
        }
    return value


def _begin_tape(driver: LiveDriver, path: Path, *, key: bytes) -> Tape:
    try:
        with private_files():
            return driver.open_tape(path, key=key)
    except OSError as error:
        raise RecordingError(
            "cannot begin the recorded file",
            where=str(path),
            why=error.strerror or type(error).__name__,
        ) from error


def _left_out(source: SourceSettings, fault: EdgeError) -> str:
    return f"source {source.name!r} is left out: {words(fault)}"
