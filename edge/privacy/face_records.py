"""This is where a face template is read out of the platform's message about its customer."""

import math
import struct
from base64 import b64decode
from typing import Annotated, Any, Final

import msgspec

from edge.model.customer import Face

FLOAT_BYTES: Final = 4
LARGEST_BYTES: Final = 8_192
"""2,048 numbers; engines in use have 128 to 512."""
SEALED_EXTRA: Final = 64
"""What a nonce and a tag add to a sealed vector, at the most."""


class _Template(msgspec.Struct, frozen=True, kw_only=True):
    """A template as the contract writes it."""

    model: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    vector: Annotated[str, msgspec.Meta(min_length=1)]
    quality: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
    sealed: bool = False


def read_face(raw: Any) -> Face | None:
    """Read one template; None for what no engine could compare."""
    try:
        told = msgspec.convert(raw, _Template)
        content = b64decode(told.vector, validate=True)
    except (msgspec.ValidationError, ValueError):
        return None
    if told.sealed:
        if not 0 < len(content) <= LARGEST_BYTES + SEALED_EXTRA:
            return None
        return Face(model=told.model, sealed=content, quality=told.quality)
    if not _is_vector(content):
        return None
    return Face(model=told.model, vector=content, quality=told.quality)


def _is_vector(content: bytes) -> bool:
    """Say whether bytes are finite numbers, not all of them zero."""
    if not 0 < len(content) <= LARGEST_BYTES or len(content) % FLOAT_BYTES:
        return False
    numbers = struct.unpack(f"<{len(content) // FLOAT_BYTES}f", content)
    return all(map(math.isfinite, numbers)) and any(numbers)
