"""This is where the reasons stand for which a captured frame is not used: fixed words, counted."""

from typing import Final, NewType

Refusal = NewType("Refusal", str)
"""Why a frame is not used; it says nothing of what the frame holds."""

NOT_A_PROBE: Final = Refusal("not a probe request")
UNKNOWN_LINK_TYPE: Final = Refusal("unknown link type")
HEADER_CUT: Final = Refusal("radio header cut short")
HEADER_MALFORMED: Final = Refusal("radio header malformed")
FRAME_CUT: Final = Refusal("frame cut short")
BAD_CHECK: Final = Refusal("bad frame check sequence")
FRAGMENT: Final = Refusal("fragmented frame")
PROTECTED: Final = Refusal("protected frame")
OUTSIDE: Final = Refusal("outside the recording")
REPEATED: Final = Refusal("repeated frame")
DROPPED: Final = Refusal("dropped by the kernel")
