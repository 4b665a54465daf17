"""This is where the settings of a face engine become values; nothing heavy is loaded here."""

from enum import StrEnum
from typing import Annotated

import msgspec

Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]


class EngineKind(StrEnum):
    """Which encoder turns faces into vectors."""

    DLIB_RESNET = "dlib-resnet"
    """The packaged weights of face-recognition's encoder, converted; needs the extra `face`."""
    ONNX = "onnx"
    """A model of your own, by path and hash."""


class ModelFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model of your own."""

    path: str
    sha256: Sha256


class EngineOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[source.options.engine]` of a camera source."""

    kind: EngineKind = EngineKind.DLIB_RESNET
    encoder: ModelFile | None = None
    """ONNX, 112 x 112, for kind = "onnx"."""
    detector: ModelFile | None = None
    """YuNet in ONNX; the packaged BlazeFace where it is left out."""
    operating: str | None = None
    """Path of the operating table that `edge face engine check` measured for own models."""
    threads: Annotated[int, msgspec.Meta(ge=1, le=16)] = 1
