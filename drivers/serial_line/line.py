"""This is where one device's lines and frames become readings, by its profile."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from drivers.serial_line.fields import (
    EDGES,
    NOT_TEXT,
    FieldFinder,
    field_names,
    finder_for,
    frame_text,
)
from drivers.serial_line.framer import OVERLONG, Framer, framer_for
from drivers.serial_line.meaning import FieldReader, NotUsableError, Reading, reader_for
from drivers.serial_line.profile import ByJson, Profile, load_profile, profile_fault

NOT_HEX: Final = "not hex"

Outcome = Reading | str | None
"""What came of a frame: a reading, the reason why there is none, or None for a sign of life."""


class SerialDecoder:
    """Decodes what one device says; made new for each stream, as it may hold half a frame."""

    def __init__(
        self,
        profile: Profile,
        *,
        framer: Framer,
        finder: FieldFinder,
        reader: FieldReader,
        heartbeats: Sequence[re.Pattern[str]],
    ) -> None:
        self._encoding = "utf-8" if isinstance(profile.frame, ByJson) else profile.frame.encoding
        self._longest = profile.framing.longest
        self._framer = framer
        self._finder = finder
        self._reader = reader
        self._heartbeats = heartbeats

    def stream(self, data: bytes) -> list[Outcome]:
        """Decode the next piece of the device's byte stream."""
        return [
            frame if isinstance(frame, str) else self.frame(frame)
            for frame in self._framer.feed(data)
        ]

    def frame(self, frame: bytes) -> Outcome:
        """Decode one frame without its delimiters."""
        text = frame_text(frame, self._encoding)
        return NOT_TEXT if text is None else self._text(text)

    def line(self, line: str) -> Outcome:
        """Decode a frame that was recorded as a line of text."""
        return OVERLONG if len(line) > self._longest else self._text(line.strip(EDGES))

    def hexadecimal(self, digits: str) -> list[Outcome]:
        """Decode a piece of the stream that was recorded as hex digits."""
        try:
            data = bytes.fromhex(digits)
        except ValueError:
            return [NOT_HEX]
        return self.stream(data)

    def _text(self, text: str) -> Outcome:
        if not text or any(heartbeat.fullmatch(text) for heartbeat in self._heartbeats):
            return None
        fields = self._finder(text)
        if isinstance(fields, str):
            return fields
        try:
            return self._reader(fields)
        except NotUsableError as unusable:
            return str(unusable)


def open_decoder(path: Path) -> SerialDecoder:
    """Load a profile and give a decoder for the start of a stream.

    Raises: ConfigError when the profile is not as the format says.
    """
    profile = load_profile(path)
    try:
        finder = finder_for(profile.frame)
        return SerialDecoder(
            profile,
            framer=framer_for(profile.framing),
            finder=finder,
            reader=reader_for(profile.meaning, field_names(profile.frame)),
            heartbeats=[re.compile(text, re.DOTALL) for text in profile.heartbeats],
        )
    except (ValueError, re.error) as error:
        raise profile_fault(path, str(error)) from error
