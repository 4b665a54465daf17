"""This is where frames come from a camera, an address or a file; the newest one wins.

OpenCV blocks: this runs in a thread of the worker, and whoever waits for it waits with an end.
"""

import os
import threading
import time
from collections import deque
from typing import Any, Final

import cv2
import numpy as np

from drivers.camera_face.face import Image
from drivers.camera_face.options import is_address, is_node, shown
from drivers.camera_face.protocol import Compare
from edge.errors import EdgeError, SourceFault
from edge.model.names import SECOND

OPEN_MS: Final = 5_000
READ_MS: Final = 5_000
"""A server that was lost is noticed so late at the latest (OpenCV's own default is 30 s)."""
SELECT_S: Final = "3"
TCP: Final = "rtsp_transport;tcp|fflags;nobuffer"
"""Over UDP lost packets tear pictures apart; a buffer would make them old."""
SLACK: Final = 0.9
"""A frame that comes a little early is taken: cameras do not keep time to the millisecond."""
USUAL_RATE: Final = 25.0


class Inbox:
    """What waits for the worker: one frame, commands, and how the camera ended; any thread."""

    def __init__(self, interval_s: float) -> None:
        self.interval_s = interval_s
        """Shortest time between two frames that are wanted."""
        self._change = threading.Condition()
        self._frame: tuple[Image, int] | None = None
        self._wanted_ns = 0
        self._commands: deque[Compare] = deque()
        self._fault: EdgeError | None = None

    def wants(self, at_ns: int) -> bool:
        """Say whether a frame of this moment is wanted; the others need not be unpacked."""
        return at_ns >= self._wanted_ns

    def put_frame(self, image: Image, at_ns: int) -> None:
        """Put a frame in the place of one that nobody has looked at, which is overwritten."""
        with self._change:
            if self._frame is not None:
                self._frame[0].fill(0)
            self._frame = (image, at_ns)
            self._wanted_ns = at_ns + int(self.interval_s * SLACK * SECOND)
            self._change.notify()

    def put_command(self, command: Compare) -> None:
        """Put in what the daemon asks for."""
        with self._change:
            self._commands.append(command)
            self._change.notify()

    def put_fault(self, fault: EdgeError) -> None:
        """Say that the camera gives no frames any more."""
        with self._change:
            self._fault = fault
            self._change.notify()

    def take(self, wait_s: float) -> Compare | tuple[Image, int] | None:
        """Take a command, or the newest frame; None where neither came in time.

        Raises: EdgeError, that of the camera's end.
        """
        with self._change:
            if not (self._commands or self._frame or self._fault):
                self._change.wait(wait_s)
            if self._commands:
                return self._commands.popleft()
            if self._fault is not None:
                raise self._fault
            frame, self._frame = self._frame, None
            return frame


def prepare_opencv() -> None:
    """Set what OpenCV reads from the environment; for a process of its own only."""
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = TCP
    os.environ["OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT"] = SELECT_S
    cv2.setNumThreads(1)


def open_capture(device: str, *, width: int = 0, height: int = 0, rate: float = 0) -> Any:
    """Open a camera, an address or a video file.

    Raises: SourceFault when it cannot be opened.
    """
    if is_node(device):
        asked = [
            *(cv2.CAP_PROP_FRAME_WIDTH, width),
            *(cv2.CAP_PROP_FRAME_HEIGHT, height),
            *(cv2.CAP_PROP_FPS, round(rate)),
        ]
        capture = cv2.VideoCapture(device, cv2.CAP_V4L2, asked)
    else:
        limits = [
            *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_MS),
            *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_MS),
            *(cv2.CAP_PROP_N_THREADS, 1),
        ]
        capture = cv2.VideoCapture(device, cv2.CAP_FFMPEG, limits)
    if not capture.isOpened():
        raise SourceFault(
            "the camera cannot be opened",
            where=shown(device),
            why="it is not there, another program holds it, or its login is wrong",
            remedy="run: edge doctor",
        )
    return capture


def watch(device: str, inbox: Inbox, *, width: int, height: int, rate: float) -> None:
    """Put frames into the inbox until the camera fails; a file begins anew at its end."""
    is_file = not (is_node(device) or is_address(device))
    while True:
        try:
            capture = open_capture(device, width=width, height=height, rate=rate)
        except SourceFault as fault:
            inbox.put_fault(fault)
            return
        _look(capture, inbox, width=width, is_file=is_file)
        capture.release()
        if not is_file:
            inbox.put_fault(_lost(device))
            return


def fitting(image: Any, width: int) -> Image:
    """Give a frame in three colours and not wider than asked."""
    if image.ndim == 2:  # noqa: PLR2004 - rows and columns: a camera without colours
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    if image.shape[1] > width:
        size = (width, max(1, round(image.shape[0] * width / image.shape[1])))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return np.asarray(image, dtype=np.uint8)


def _look(capture: Any, inbox: Inbox, *, width: int, is_file: bool) -> None:
    rate = capture.get(cv2.CAP_PROP_FPS) or USUAL_RATE
    due_s = time.monotonic()
    while capture.grab():
        at_ns = time.monotonic_ns()
        if inbox.wants(at_ns):
            is_whole, image = capture.retrieve()
            if is_whole:
                frame = fitting(image, width)
                inbox.put_frame(frame, at_ns)
                if frame is not image:
                    image.fill(0)
        if is_file:
            due_s += 1 / rate
            time.sleep(max(0.0, due_s - time.monotonic()))


def _lost(device: str) -> SourceFault:
    return SourceFault(
        "the camera gives no pictures any more",
        where=shown(device),
        why="it was unplugged, or its server is gone",
        remedy="see to its cable, its power and its network",
    )
