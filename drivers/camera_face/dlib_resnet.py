"""This is where dlib's face encoder is put together as a network that other run-times understand.

The layers are those of `dlib_face_recognition_resnet_model_v1` (dnn_face_recognition_ex.cpp).
Two of dlib's habits are written out: it crops where a stride does not fit, and where two branches
differ in size or channels it adds them as if the smaller were continued with zeros.
"""

from typing import Final

import numpy as np

from drivers.camera_face.dlib_weights import DIMENSIONS, Convolution, Weights
from drivers.camera_face.onnx_writer import Graph

SIDE: Final = 150
"""Pixels of a chip, both ways."""
MEAN_RGB: Final = (122.782, 117.001, 104.298)
SCALE: Final = 256.0
"""What dlib's input layer subtracts and divides by (dlib/dnn/input.h)."""
HALVING: Final = frozenset({3, 7, 10, 13})
"""Which of the 14 residual blocks halve the map, counted from 0."""
SIDE_BEHIND_STEM: Final = 35
"""((150 - 7) // 2 + 1 = 72; (72 - 3) // 2 + 1 = 35)."""


def network(weights: Weights) -> bytes:
    """Write the network as ONNX.

    It takes `chips`: float32 `n x 3 x 150 x 150`, blue first, 0 to 255, and gives `vectors`:
    float32 `n x 128`, as dlib gives them (their length is not 1).
    """
    graph = Graph()
    stem = _convolved(graph, "chips", _with_input_layer(weights.stem), stride=2)
    last = graph.node("Relu", [stem])
    last = graph.node("MaxPool", [last], attributes={"kernel_shape": (3, 3), "strides": (2, 2)})
    side = SIDE_BEHIND_STEM
    for number, block in enumerate(weights.blocks):
        if number in HALVING:
            last, side = _halving(graph, last, block=block, side=side)
        else:
            last = graph.node("Relu", [graph.node("Add", [_branch(graph, last, block), last])])
    pooled = graph.node("GlobalAveragePool", [last])
    flat = graph.node("Flatten", [pooled])
    projection = graph.constant("projection", weights.projection)
    vectors = graph.node("MatMul", [flat, projection])
    return graph.model(
        name="dlib_resnet",
        takes={"chips": ("n", 3, SIDE, SIDE)},
        gives={vectors: ("n", DIMENSIONS)},
    )


def _with_input_layer(stem: Convolution) -> Convolution:
    """Fold dlib's input layer in and turn the channels round; exact, as the stem pads nothing."""
    weight = stem.weight.astype(np.float64) / SCALE
    bias = stem.bias - np.einsum("oihw,i->o", weight, np.array(MEAN_RGB))
    return Convolution(
        weight=weight[:, ::-1].astype(np.float32),
        bias=bias.astype(np.float32),
    )


def _halving(
    graph: Graph, before: str, *, block: tuple[Convolution, Convolution], side: int
) -> tuple[str, int]:
    """Add a block that halves the map; the way past it is an average, continued with zeros."""
    wider, channels = block[0].weight.shape[:2]
    convolved, pooled = (side - 3) // 2 + 1, side // 2
    past = graph.node(
        "AveragePool", [before], attributes={"kernel_shape": (2, 2), "strides": (2, 2)}
    )
    past = _continued(graph, past, channels=wider - channels)
    through = _branch(graph, before, block, stride=2)
    through = _continued(graph, through, side=pooled - convolved)
    return graph.node("Relu", [graph.node("Add", [through, past])]), pooled


def _branch(
    graph: Graph, before: str, block: tuple[Convolution, Convolution], *, stride: int = 1
) -> str:
    first, second = block
    inner = graph.node("Relu", [_convolved(graph, before, first, stride=stride)])
    return _convolved(graph, inner, second)


def _convolved(graph: Graph, before: str, layer: Convolution, *, stride: int = 1) -> str:
    """Add a convolution; dlib pads those of stride 1 to keep their size, and no others."""
    side = layer.weight.shape[-1]
    pad = side // 2 if stride == 1 else 0
    number = len(graph.nodes)
    return graph.node(
        "Conv",
        [
            before,
            graph.constant(f"weight_{number}", layer.weight),
            graph.constant(f"bias_{number}", layer.bias),
        ],
        attributes={
            "kernel_shape": (side, side),
            "strides": (stride, stride),
            "pads": (pad, pad, pad, pad),
        },
    )


def _continued(graph: Graph, before: str, *, channels: int = 0, side: int = 0) -> str:
    """Add zeros behind the last channel, the last row and the last column."""
    if not channels and not side:
        return before
    pads = np.array([0, 0, 0, 0, 0, channels, side, side], np.int64)
    return graph.node("Pad", [before, graph.constant(f"pads_{len(graph.nodes)}", pads)])
