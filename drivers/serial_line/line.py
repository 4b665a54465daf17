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
from drivers.serial_line.framer import OVERLONG, Framer, Frames, framer_for
from drivers.serial_line.meaning import FieldReader, NotUsableError, Reading, reader_for
from drivers.serial_line.profile import ByJson, Profile, load_profile, profile_fault

NOT_HEX: Final = "not hex"

LEADS: Final = (b"0", b"A")
"""A digit and a letter, both of them hex: what the lost part of a half line may have ended with."""

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
        self.profile = profile
        self._encoding = encoding_of(profile)
        self._longest = profile.framing.longest
        self._framer = framer
        self._finder = finder
        self._reader = reader
        self._heartbeats = heartbeats

    def stream(self, data: bytes) -> list[Outcome]:
        """Decode the next piece of the device's byte stream."""
        return [frame if isinstance(frame, str) else self.frame(frame) for frame in self.cut(data)]

    def cut(self, data: bytes) -> Frames:
        """Cut the next piece of the byte stream into frames, without decoding them."""
        return self._framer.feed(data)

    def frame(self, frame: bytes) -> Outcome:
        """Decode one frame without its delimiters."""
        text = frame_text(frame, self._encoding)
        return NOT_TEXT if text is None else self._text(text)

    def may_be_half(self, frame: bytes) -> bool:
        """Whether a frame that came first may be the end of a longer one.

        So it is where the frame is understood with something before it as well: `1,2` may be the
        end of `11,2`, `IN,1` is the end of nothing.
        """
        return any(not isinstance(self.frame(lead + frame), str) for lead in LEADS)

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


def encoding_of(profile: Profile) -> str:
    """Give the encoding of a profile's frames: utf-8, latin-1, cp437, or hex for bytes."""
    return "utf-8" if isinstance(profile.frame, ByJson) else profile.frame.encoding


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
