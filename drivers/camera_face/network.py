"""This is where an ONNX network is run: by onnxruntime where that is installed, or by OpenCV."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.errors import ConfigError

NO_TELEMETRY: Final = "ORT_DISABLE_TELEMETRY"
"""Without it onnxruntime (1.32, Linux) keeps a database of what it runs below the user's home as
soon as it is imported, and sends that to its maker."""

Batch = NDArray[np.float32]
"""`n x 3 x side x side`."""


class Network(Protocol):
    """A network with one input and one output."""

    def run(self, batch: Batch) -> NDArray[np.float32]:
        """Give the output, `n x …`, for a batch of at least one."""


def open_network(path: Path, *, threads: int) -> Network:
    """Load a network from an ONNX file whose hash was checked.

    From its path, not from memory: onnxruntime then holds the weights once, which saves 35 MB of
    the default encoder's 100. Raises: ConfigError when it is no network that can be run here.
    """
    if find_spec("onnxruntime") is not None:
        return _open_fast(path, threads)
    return open_with_opencv(path)


def _open_fast(path: Path, threads: int) -> Network:
    os.environ[NO_TELEMETRY] = "1"
    import onnxruntime  # noqa: PLC0415 - an extra; loaded only where it is installed

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    refusals = onnxruntime.capi.onnxruntime_pybind11_state
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    except (
        refusals.Fail,
        refusals.InvalidArgument,
        refusals.InvalidGraph,
        refusals.InvalidProtobuf,
        refusals.NotImplemented,
    ) as error:
        raise _not_a_network(path, error) from error
    return RuntimeNetwork(session)


def open_with_opencv(path: Path) -> Network:
    """Load a network with OpenCV, which needs no further package.

    Raises: ConfigError when it is none that OpenCV can run.
    """
    try:
        net = cv2.dnn.readNetFromONNX(str(path))
    except cv2.error as error:
        raise _not_a_network(path, error) from error
    return OpencvNetwork(net)


def _not_a_network(path: Path, error: Exception) -> ConfigError:
    return ConfigError(
        "cannot load a model for face matching",
        where=str(path),
        why=f"it is no ONNX network that can be run here ({type(error).__name__})",
        remedy="check the model with: edge face engine check",
    )


class RuntimeNetwork:
    """A network in onnxruntime."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def run(self, batch: Batch) -> NDArray[np.float32]:
        """Give the first output for a batch; a network made for one picture gets one at a time."""
        (taken, *_) = self._session.get_inputs()
        step = len(batch) if isinstance(taken.shape[0], str | None) else int(taken.shape[0])
        outputs: list[NDArray[np.float32]] = [
            self._session.run(None, {taken.name: batch[at : at + step]})[0]
            for at in range(0, len(batch), step)
        ]
        return _joined(outputs)


class OpencvNetwork:
    """A network in cv2.dnn, which is given one picture at a time: not every model takes more."""

    def __init__(self, net: Any) -> None:
        self._net = net

    def run(self, batch: Batch) -> NDArray[np.float32]:
        """Give the output for a batch."""
        return _joined([self._one(batch[at : at + 1]) for at in range(len(batch))])

    def _one(self, batch: Batch) -> NDArray[np.float32]:
        self._net.setInput(batch)
        given: NDArray[np.float32] = self._net.forward()
        return given.copy()


def _joined(outputs: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Join outputs, and overwrite what they were in: they may be a stranger's (R9)."""
    joined = np.concatenate(outputs)
    for output in outputs:
        output.fill(0)
    return joined
