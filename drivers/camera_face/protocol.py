"""This is where it is described what the worker and the daemon say to each other.

No message can carry a frame or the vector of a face in view out of the worker, but for `Picture`,
which is sent only while a technician records with video. Each message is a length of four bytes,
most significant first, and msgpack.
"""

from typing import BinaryIO, Final, Literal

import msgspec

from drivers.camera_face.engine_options import EngineOptions
from edge.driver.faces import Gallery, Match
from edge.errors import WireError

LENGTH_BYTES: Final = 4
LONGEST: Final = 64 * 1024 * 1024
"""A gallery of 100,000 templates of 128 floats has 54 MB."""


class Begin(msgspec.Struct, frozen=True, kw_only=True, tag="begin"):
    """Open this camera and look through it; the first message to the worker."""

    device: str
    """With its login, if it has one."""
    width: int
    height: int
    rate: float
    budget: float
    engine: EngineOptions
    cache: str
    """Folder for converted models."""
    has_pictures: bool = False
    """Whether `Picture`s are wanted: a technician records with video."""


class Compare(msgspec.Struct, frozen=True, kw_only=True, tag="compare"):
    """Encode this face and compare it: the gate is open."""

    track: int
    gallery: Gallery


ToWorker = Begin | Compare


class Ready(msgspec.Struct, frozen=True, kw_only=True, tag="ready"):
    """The engine is loaded; the camera is being opened."""

    engine: str
    """Its id."""


class Alive(msgspec.Struct, frozen=True, kw_only=True, tag="alive"):
    """What was taken in since the last one, a second ago."""

    at_ns: int
    """Monotonic clock, the same in both processes."""
    frames: int
    unfit: dict[str, int]
    """Faces in frames that were not fit to be compared, by reason."""


class Offered(msgspec.Struct, frozen=True, kw_only=True, tag="offered"):
    """A face in view is fit to be compared."""

    track: int
    at_ns: int


class Gone(msgspec.Struct, frozen=True, kw_only=True, tag="gone"):
    """A face is out of view."""

    track: int


class Compared(msgspec.Struct, frozen=True, kw_only=True, tag="compared"):
    """The answer to one `Compare`, in their order."""

    track: int
    match: Match | None
    refusal: str = ""
    """Why the gallery could not be used; empty where it could."""


class Picture(msgspec.Struct, frozen=True, kw_only=True, tag="picture"):
    """A frame for a recording, as JPEG."""

    at_ns: int
    jpeg: bytes


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag="failed"):
    """Why the worker ends."""

    who: Literal["time", "technician", "person"]
    """Who must act: a SourceFault, a SourceUnusable or a ConfigError."""
    what: str
    where: str = ""
    why: str = ""
    remedy: str = ""


FromWorker = Ready | Alive | Offered | Gone | Compared | Picture | Failed

_encoder: Final = msgspec.msgpack.Encoder()
_to_worker: Final[msgspec.msgpack.Decoder[ToWorker]] = msgspec.msgpack.Decoder(ToWorker)
_from_worker: Final[msgspec.msgpack.Decoder[FromWorker]] = msgspec.msgpack.Decoder(FromWorker)


def framed(message: ToWorker | FromWorker) -> bytes:
    """Write a message with its length before it."""
    body = _encoder.encode(message)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def length_of(head: bytes) -> int:
    """Read the length before a message.

    Raises: WireError when no message is so long.
    """
    length = int.from_bytes(head, "big")
    if length > LONGEST:
        raise WireError("a message is too long", why=f"{length} bytes", remedy="restart the source")
    return length


def read_from_worker(body: bytes) -> FromWorker:
    """Read what the worker says.

    Raises: WireError when it is not as described here.
    """
    try:
        return _from_worker.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise WireError("cannot read a message of the worker", remedy="restart it") from error


def receive(stream: BinaryIO) -> ToWorker | None:
    """Read the next message to the worker; None where the daemon has gone.

    Raises: WireError when it is not as described here.
    """
    head = stream.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    length = length_of(head)
    body = stream.read(length)
    if len(body) < length:
        return None
    try:
        return _to_worker.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise WireError("cannot read a message to the worker", remedy="restart it") from error
