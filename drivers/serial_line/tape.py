"""This is where a live device's frames are recorded, with stand-ins in the place of codes."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from drivers.serial_line.fields import frame_text
from drivers.serial_line.framer import framer_for
from drivers.serial_line.line import Outcome, encoding_of, open_decoder
from drivers.serial_line.masking import PERSONAL, mask_for
from drivers.serial_line.profile import Bracketed, Counted, Delimited, Profile
from edge.driver.disguise import disguised_text
from edge.driver.jsonl_tape import LineTape, begin_lines
from edge.model.names import Instant


class SerialTape:
    """Records frames so that they decode to the same, but for whom they tell of.

    What a profile does not look at is replaced too, or left out, as far as the frame is still
    understood then. A frame that is refused is recorded with every letter and digit replaced; one
    whose bytes are no text is not recorded.
    """

    def __init__(self, file: LineTape, profile_path: Path, *, key: bytes) -> None:
        self._file = file
        self._decoder = open_decoder(profile_path)
        self._profile = self._decoder.profile
        self._encoding = encoding_of(self._profile)
        self._mask = mask_for(self._profile, key=key)
        self._key = key

    def write(self, at: Instant, raw: bytes) -> None:
        """Record one frame without its delimiters.

        Raises: StoreError when the disk refuses it.
        """
        text = frame_text(raw, self._encoding)
        if text is None:
            return
        outcome = self._decoder.frame(raw)
        for candidate in self._candidates(text, outcome):
            record, replayed = self._record(candidate)
            if _without_person(replayed) == _without_person(outcome):
                self._file.append(at, record)
                return

    def close(self) -> None:
        """Finish the file."""
        self._file.close()

    def _candidates(self, text: str, outcome: Outcome) -> Iterator[str]:
        """Give disguises of a frame, the one that tells least first."""
        if outcome is not None and not isinstance(outcome, str):
            yield from self._mask(text)
            return
        yield disguised_text(text, key=self._key)
        if outcome is None:
            yield text if self._encoding == "hex" else ""

    def _record(self, text: str) -> tuple[dict[str, str], Outcome]:
        """Give the record of a disguised frame, and what will come of it when it is replayed."""
        if self._encoding != "hex":
            return {"line": text}, self._decoder.line(text)
        stream = framed(bytes.fromhex(text), self._profile)
        frames = framer_for(self._profile.framing).feed(stream)
        first = frames[0] if len(frames) == 1 else "no frame"
        outcome = first if isinstance(first, str) else self._decoder.frame(first)
        return {"hex": stream.hex()}, outcome


def begin_tape(path: Path, profile_path: Path, *, key: bytes) -> SerialTape:
    """Begin a recorded file for one source.

    Raises: ConfigError when the profile cannot be used; RecordingError when the file cannot begin.
    """
    return SerialTape(begin_lines(path), profile_path, key=key)


def framed(frame: bytes, profile: Profile) -> bytes:
    """Give a frame as it stands in the stream, with its marks and its checksum."""
    framing: Delimited | Bracketed | Counted = profile.framing
    if isinstance(framing, Delimited):
        return frame + bytes.fromhex(framing.delimiter)
    if isinstance(framing, Bracketed):
        return bytes.fromhex(framing.start) + frame + bytes.fromhex(framing.end)
    if framing.checksum == "none":
        return frame
    return frame[:-1] + bytes([sum(frame[:-1]) & 0xFF])


def _without_person(outcome: Outcome) -> object:
    """Give what an outcome says apart from whom; every reason for a refusal is the same."""
    if outcome is None or isinstance(outcome, str):
        return type(outcome)
    told = msgspec.structs.asdict(outcome)
    return type(outcome), {
        name: value is None if name in PERSONAL else value for name, value in told.items()
    }
