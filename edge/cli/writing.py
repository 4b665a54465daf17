"""This is where a command writes a file that somebody asked for by its name."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from edge.errors import ConfigError


def written_file() -> click.Path:
    """Give the type of an option or argument that names a file to be written."""
    return click.Path(dir_okay=False, path_type=Path)


def write_new(path: Path, content: bytes, *, what: str) -> None:
    """Write a file that is not there yet, for its owner alone.

    Raises: ConfigError where it is there, or cannot be written.
    """
    remedy = "name a file that is not there yet, in a folder that you may write"
    with _told(path, what, remedy):
        opened = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(opened, "wb") as file:
            file.write(content)


def write_over(path: Path, content: bytes, *, what: str) -> None:
    """Write a file that names nobody; one that is there is replaced.

    Raises: ConfigError where it cannot be written.
    """
    with _told(path, what, "name a file in a folder that you may write"):
        path.write_bytes(content)


@contextmanager
def _told(path: Path, what: str, remedy: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigError(
            f"cannot write {what}", where=str(path), why=error.strerror or "", remedy=remedy
        ) from error
