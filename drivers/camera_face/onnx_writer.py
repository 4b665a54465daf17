"""This is where a network is written down as ONNX, in as little of protobuf as that takes.

Field numbers are those of onnx.proto3 of ONNX 1.16. Only what the encoder needs is here: float
tensors, integer lists, and a graph with one input and one output.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

IR_VERSION: Final = 8
OPERATOR_SET: Final = 13
FLOAT, INT64 = 1, 7
"""TensorProto.DataType."""
LENGTH_PREFIXED, VARINT = 2, 0
"""Wire types of protobuf."""
ATTRIBUTE_INT, ATTRIBUTE_INTS = 2, 7
"""AttributeProto.AttributeType."""

LOW_BITS: Final = 0x7F
"""Of a byte of a number; its highest bit says that more bytes follow."""

Attribute: TypeAlias = int | Sequence[int]
Array: TypeAlias = NDArray[np.float32] | NDArray[np.int64]


@dataclass(kw_only=True, slots=True)
class Graph:
    """A network in the making: nodes in the order they run, and the constants they use."""

    nodes: list[bytes] = field(default_factory=list)
    constants: list[bytes] = field(default_factory=list)

    def constant(self, name: str, value: Array) -> str:
        """Add a tensor under a name and give the name back."""
        kind = FLOAT if value.dtype == np.float32 else INT64
        self.constants.append(
            b"".join(_number(1, size) for size in value.shape)
            + _number(2, kind)
            + _text(8, name)
            + _bytes(9, np.ascontiguousarray(value, value.dtype.newbyteorder("<")).tobytes())
        )
        return name

    def node(
        self,
        operator: str,
        inputs: Sequence[str],
        *,
        attributes: Mapping[str, Attribute] | None = None,
    ) -> str:
        """Add a node and give the name of its output."""
        output = f"{operator.lower()}_{len(self.nodes)}"
        written = [_bytes(5, _attribute(name, value)) for name, value in (attributes or {}).items()]
        self.nodes.append(
            b"".join(_text(1, name) for name in inputs)
            + _text(2, output)
            + _text(3, output)
            + _text(4, operator)
            + b"".join(written)
        )
        return output

    def model(
        self,
        *,
        name: str,
        takes: Mapping[str, Sequence[int | str]],
        gives: Mapping[str, Sequence[int | str]],
    ) -> bytes:
        """Write the network: `takes` and `gives` name its inputs and outputs with their shapes."""
        graph = (
            b"".join(_bytes(1, node) for node in self.nodes)
            + _text(2, name)
            + b"".join(_bytes(5, constant) for constant in self.constants)
            + b"".join(_bytes(11, _value(*value)) for value in takes.items())
            + b"".join(_bytes(12, _value(*value)) for value in gives.items())
        )
        operators = _text(1, "") + _number(2, OPERATOR_SET)
        return _number(1, IR_VERSION) + _bytes(7, graph) + _bytes(8, operators)


def _value(name: str, shape: Sequence[int | str]) -> bytes:
    sizes = b"".join(
        _bytes(1, _text(2, size) if isinstance(size, str) else _number(1, size)) for size in shape
    )
    tensor = _number(1, FLOAT) + _bytes(2, sizes)
    return _text(1, name) + _bytes(2, _bytes(1, tensor))


def _attribute(name: str, value: Attribute) -> bytes:
    if isinstance(value, int):
        return _text(1, name) + _number(3, value) + _number(20, ATTRIBUTE_INT)
    listed = b"".join(_number(8, item) for item in value)
    return _text(1, name) + listed + _number(20, ATTRIBUTE_INTS)


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > LOW_BITS:
        written.append(value & LOW_BITS | ~LOW_BITS & 0xFF)
        value >>= 7
    written.append(value)
    return bytes(written)


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3 | VARINT) + _varint(value)


def _bytes(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | LENGTH_PREFIXED) + _varint(len(value)) + value


def _text(number: int, value: str) -> bytes:
    return _bytes(number, value.encode())
