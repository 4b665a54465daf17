"""This is where a recording's folder is opened: recording.toml and the files it names."""

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from edge.driver.contract import RecordedFile, SourceSpec
from edge.errors import RecordingError
from edge.model.names import SECOND, Instant, SourceName

MANIFEST = "recording.toml"
KNOWN_FORMAT = 1
SOURCE_KEYS = {"name", "driver", "file", "zone", "lane", "profile", "offset_s"}


class RecordedSource(msgspec.Struct, frozen=True, kw_only=True):
    """One `[[source]]` of a recording."""

    spec: SourceSpec
    file: RecordedFile


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """A folder of captured sensor bytes."""

    folder: Path
    store: str
    timezone: str
    started: Instant
    ended: Instant
    sources: tuple[RecordedSource, ...]
    settings: Path | None = None
    seed: Path | None = None
    truth: Path | None = None
    platform_key: str | None = None
    """`ed25519:<base64>`: trusted for this replay only."""


def open_recording(folder: Path) -> Recording:
    """Read a recording's manifest.

    Raises: RecordingError naming the file, the fault and the remedy.
    """
    path = folder / MANIFEST
    try:
        manifest = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise _fault(
            path, "there is no such file", f"name a folder that holds {MANIFEST}"
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _fault(path, str(error), "mend the file") from error
    if manifest.get("format") != KNOWN_FORMAT:
        raise _fault(
            path,
            f"format is {manifest.get('format')!r}",
            f"this version reads format {KNOWN_FORMAT}",
        )
    started, ended = _moment(path, manifest, "started"), _moment(path, manifest, "ended")
    if ended <= started:
        raise _fault(path, "ended is not after started", "mend the two times")
    truth = folder / "truth.jsonl"
    return Recording(
        folder=folder,
        store=_text(path, manifest, "store"),
        timezone=str(manifest.get("timezone", "UTC")),
        started=started,
        ended=ended,
        sources=_sources(path, manifest, started=started, ended=ended),
        settings=_optional_file(path, manifest, "settings"),
        seed=_optional_file(path, manifest, "seed"),
        truth=truth if truth.exists() else None,
        platform_key=manifest.get("platform_key"),
    )


def _sources(
    path: Path, manifest: Mapping[str, Any], *, started: Instant, ended: Instant
) -> tuple[RecordedSource, ...]:
    entries = manifest.get("source", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise _fault(path, "source is not a list of tables", "write each source as [[source]]")
    sources = tuple(_source(path, entry, started=started, ended=ended) for entry in entries)
    names = [source.spec.name for source in sources]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise _fault(
            path, f"source {twice[0]!r} is there twice", "give each source a name of its own"
        )
    return sources


def _source(
    path: Path, entry: Mapping[str, Any], *, started: Instant, ended: Instant
) -> RecordedSource:
    file = path.parent / _text(path, entry, "file")
    spec = SourceSpec(
        name=SourceName(_text(path, entry, "name")),
        driver=_text(path, entry, "driver"),
        zone=entry.get("zone"),
        lane=None if entry.get("lane") is None else str(entry["lane"]),
        profile=entry.get("profile"),
        options={key: value for key, value in entry.items() if key not in SOURCE_KEYS},
    )
    if not file.is_file():
        raise _fault(
            path, f"source {spec.name!r} names {file.name!r}, which is not there", "add the file"
        )
    offset_s = float(entry.get("offset_s", 0.0))
    return RecordedSource(
        spec=spec, file=RecordedFile(path=file, started=started, ended=ended, offset_s=offset_s)
    )


def _text(path: Path, table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value:
        raise _fault(path, f"{key} is missing or not a text", f'add {key} = "…"')
    return value


def _moment(path: Path, manifest: Mapping[str, Any], key: str) -> Instant:
    value = manifest.get(key)
    if not isinstance(value, datetime):
        raise _fault(path, f"{key} is missing or not a time", f"add {key} = 2026-03-14T09:00:00Z")
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return Instant(round(aware.timestamp() * 1_000_000) * (SECOND // 1_000_000))


def _optional_file(path: Path, manifest: Mapping[str, Any], key: str) -> Path | None:
    if key not in manifest:
        return None
    file = path.parent / _text(path, manifest, key)
    if not file.is_file():
        raise _fault(
            path,
            f"{key} names {file.name!r}, which is not there",
            "add the file or take the line out",
        )
    return file


def _fault(path: Path, why: str, remedy: str) -> RecordingError:
    return RecordingError("cannot read the recording", where=str(path), why=why, remedy=remedy)
