"""A face check speaks as loudly as its own score was measured to, within a limit."""

import pytest

from edge.fusion.evidence import FACE, FACE_MOST, Circumstances, weigh
from edge.fusion.state import Heard, Presence
from edge.model.names import SECOND, CustomerId, Instant, SourceName
from edge.model.observation import EvidenceKind

NOW = Instant(1_000 * SECOND)


def weight_of(told: float | None) -> float:
    heard = Heard(
        first=NOW,
        last=NOW,
        last_source=SourceName("kiosk-cam"),
        until=Instant(NOW + SECOND),
        weight=told,
    )
    presence = Presence(
        customer=CustomerId("c-1"), first=NOW, last=NOW, heard={EvidenceKind.FACE: heard}
    )
    return weigh(presence, Circumstances(now=NOW))["face"]


@pytest.mark.parametrize(
    ("told", "counted"),
    [(None, FACE), (3.25, 3.25), (-1.5, -1.5), (80.0, FACE_MOST), (-80.0, -FACE_MOST)],
)
def test_a_measured_ratio_counts_within_the_limit(told: float | None, counted: float) -> None:
    assert weight_of(told) == counted
