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


class Scaling(StrEnum):
    """What an encoder expects of a chip's numbers."""

    BGR = "bgr"
    """Blue first, 0 to 255: dlib's, as it is converted here."""
    RGB = "rgb"
    """Red first, 0 to 255: SFace."""
    ARCFACE = "arcface"
    """Red first, -1 to 1: ArcFace and most others."""
    IMAGENET = "imagenet"
    """Red first, less ImageNet's mean, over its deviation: MobileFaceNet of foamliu."""


class ModelFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model of your own."""

    path: str
    sha256: Sha256


class EngineOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[source.options.engine]` of a camera source."""

    kind: EngineKind = EngineKind.DLIB_RESNET
    encoder: ModelFile | None = None
    """ONNX, 112 x 112, for kind = "onnx"."""
    scaling: Scaling = Scaling.ARCFACE
    """What that encoder expects of its numbers."""
    detector: ModelFile | None = None
    """YuNet in ONNX; the packaged BlazeFace where it is left out."""
    operating: str | None = None
    """Path of the operating table that `edge face engine check --people` wrote for own models."""
    threads: Annotated[int, msgspec.Meta(ge=1, le=16)] = 1
