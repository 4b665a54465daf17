"""This is where the rules about faces are looked at: R6 to R13."""

from collections.abc import Callable
from typing import Final

from edge.daemon.verify.appliance import Appliance
from edge.daemon.verify.ruling import Seen, absent

NO_CAMERA: Final = "no camera is configured"


def where_a_camera_is(check: Callable[[Appliance], Seen]) -> Callable[[Appliance], Seen]:
    """Let a check of the rules about faces look only where a camera is configured."""

    def looked_at(appliance: Appliance) -> Seen:
        return check(appliance) if appliance.has_camera else absent(NO_CAMERA)

    return looked_at
