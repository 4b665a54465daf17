"""This is where it is seen whether anything moves: 1.7 ms a frame instead of a detector's 13."""

from typing import Any, Final

import cv2

from drivers.camera_face.face import Image
from edge.model.names import SECOND

WIDTH: Final = 320
"""Pixels; a face fit to be compared is 20 px and more between the eyes at 640, so half of that."""
HISTORY: Final = 100
"""Frames that the background is learnt from: ten seconds."""
SHARE: Final = 0.002
"""Share of the picture that has to move: 115 pixels of 320 x 180, a hand across the room."""
AFTER_NS: Final = 2 * SECOND
"""Faces are looked for so long after the last movement: whoever stands still is looked at still."""
STILL_NS: Final = SECOND
"""And this often while nothing moves: somebody may stand there since before the camera started."""


class Motion:
    """Decides in which frames it is worth looking for faces; used from one thread."""

    def __init__(self) -> None:
        # history, variance threshold, and no shadows: they are movement enough to look.
        self._background: Any = cv2.createBackgroundSubtractorMOG2(HISTORY, 25, False)  # noqa: FBT003 - OpenCV's own order
        self._moved_ns: int | None = None
        self._looked_ns: int | None = None

    def is_worth_a_look(self, image: Image, at_ns: int) -> bool:
        """Say whether faces have to be looked for in this frame."""
        height, width = image.shape[:2]
        size = (WIDTH, max(1, round(height * WIDTH / width)))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA if width > WIDTH else 0)
        mask = self._background.apply(small)
        if cv2.countNonZero(mask) >= SHARE * size[0] * size[1]:
            self._moved_ns = at_ns
        has_moved = self._moved_ns is not None and at_ns - self._moved_ns <= AFTER_NS
        is_due = self._looked_ns is None or at_ns - self._looked_ns >= STILL_NS
        if has_moved or is_due:
            self._looked_ns = at_ns
            return True
        return False
