"""This is where a recording gets a name from its content, so that a replay repeats itself."""

from hashlib import blake2b
from pathlib import Path
from typing import Final

from edge.driver.recording import MANIFEST, Recording

SAMPLE: Final = 65_536
"""Bytes read from each end of a source's file; two recordings that agree there, in their sizes and
in the manifest are taken for one."""
LABEL: Final = b"store-edge recording 1"
"""Key of the hash: digests of another format never agree with these."""


def recording_digest(recording: Recording) -> bytes:
    """Give 32 bytes that stand for a recording's content, wherever the folder lies."""
    digest = blake2b(key=LABEL, digest_size=32)
    whole = [recording.folder / MANIFEST, recording.settings, recording.seed]
    for path in whole:
        if path is not None:
            content = path.read_bytes()
            digest.update(len(content).to_bytes(8, "big") + content)
    for source in recording.sources:
        digest.update(_sample(source.file.path))
    return digest.digest()


def _sample(path: Path) -> bytes:
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(SAMPLE)
        file.seek(max(0, size - SAMPLE))
        return size.to_bytes(8, "big") + head + file.read(SAMPLE)
