"""This is where the words of the notice are read, a file for each language."""

from pathlib import Path

import msgspec

from edge.config.layers import read_layer
from edge.driver.files import config_folder
from edge.errors import ConfigError
from edge.privacy.notice_words import NoticeWords


def notice_languages() -> tuple[str, ...]:
    """List the languages that notices are shipped in, sorted."""
    return tuple(sorted(file.stem for file in _folder().glob("*.toml")))


def load_notice_words(language: str) -> NoticeWords:
    """Give the words of one language.

    Raises: ConfigError where there are none, or the file lacks a text.
    """
    file = _folder() / f"{language}.toml"
    if language not in notice_languages():
        raise ConfigError(
            "cannot write the notice",
            where=language,
            why="there are no words in this language",
            remedy=f"name some of: {', '.join(notice_languages())}",
        )
    try:
        return msgspec.convert(read_layer(file).tables, NoticeWords)
    except msgspec.ValidationError as error:
        raise ConfigError(
            "cannot write the notice", where=str(file), why=str(error), remedy="mend the file"
        ) from error


def _folder() -> Path:
    return config_folder() / "notices"
