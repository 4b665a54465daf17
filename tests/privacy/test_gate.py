"""The consent gate as a table: what opens it, whom it lets be looked for, what closes it."""

from hypothesis import given
from hypothesis import strategies as st

from edge.model.names import SECOND, CustomerId, Instant
from edge.model.observation import EvidenceKind
from edge.privacy.gate import OPENINGS, Gate, compared, heard, matched, permission
from edge.privacy.policy import FaceMode
from tests.privacy.kit import NOW, later

ADA, BEN = CustomerId("ada"), CustomerId("ben")
KIOSK, GATED = Gate(mode=FaceMode.KIOSK), Gate(mode=FaceMode.GATED)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["card", "ble", "link", "face", "track", "match"]),
        st.sampled_from([ADA, BEN]),
        st.integers(0, 40 * SECOND),
    )
)


def sought(gate: Gate, at: Instant) -> tuple[CustomerId, ...] | None:
    found = permission(gate, at)
    return None if found is None else found.customers


@given(mode=st.sampled_from([FaceMode.OFF, FaceMode.KIOSK, FaceMode.GATED]), steps=STEPS)
def test_nobody_is_looked_for_who_gave_no_sign_of_that_mode_within_its_time(
    mode: FaceMode, steps: list[tuple[str, CustomerId, int]]
) -> None:
    gate, at = Gate(mode=mode), NOW
    signs: dict[CustomerId, Instant] = {}

    for what, who, wait in steps:
        at = Instant(at + wait)
        if what in tuple(EvidenceKind):
            gate = heard(gate, who, EvidenceKind(what), at=at)
            if mode in OPENINGS and EvidenceKind(what) in OPENINGS[mode].by:
                signs[who] = at
        elif what == "track":
            gate = compared(gate)
        else:
            gate = matched(gate, who)
        for one in sought(gate, at) or ():
            assert at - signs[one] < OPENINGS[mode].lasts_s * SECOND


def test_a_card_opens_a_kiosk_for_twenty_seconds() -> None:
    gate = heard(KIOSK, ADA, EvidenceKind.CARD, at=NOW)

    assert sought(gate, later(19.9)) == (ADA,)
    assert sought(gate, later(20)) is None


def test_a_beacon_opens_no_kiosk_and_a_card_no_gated_camera() -> None:
    assert sought(heard(KIOSK, ADA, EvidenceKind.BLE, at=NOW), NOW) is None
    assert sought(heard(GATED, ADA, EvidenceKind.CARD, at=NOW), NOW) is None


def test_a_kiosk_closes_after_three_faces_without_a_match() -> None:
    gate = heard(KIOSK, ADA, EvidenceKind.CARD, at=NOW)

    for _ in range(3):
        assert sought(gate, later(1)) == (ADA,)
        gate = compared(gate)

    assert sought(gate, later(1)) is None


def test_two_cards_at_a_kiosk_are_looked_for_together_until_each_is_found() -> None:
    gate = heard(heard(KIOSK, ADA, EvidenceKind.CARD, at=NOW), BEN, EvidenceKind.CARD, at=later(2))

    both = sought(gate, later(3))
    left = sought(matched(gate, BEN), later(3))

    assert (both, left) == ((ADA, BEN), (ADA,))


def test_a_second_scan_opens_a_kiosk_anew_for_one_who_was_found() -> None:
    gate = matched(heard(KIOSK, ADA, EvidenceKind.CARD, at=NOW), ADA)

    again = heard(gate, ADA, EvidenceKind.CARD, at=later(5))

    assert sought(gate, later(5)) is None
    assert sought(again, later(5)) == (ADA,)
    assert again.arming > gate.arming


def test_a_beacon_that_goes_on_does_not_look_again_for_one_who_was_found() -> None:
    gate = matched(heard(GATED, ADA, EvidenceKind.BLE, at=NOW), ADA)

    for second in range(1, 100, 20):
        gate = heard(gate, ADA, EvidenceKind.BLE, at=later(second))
        assert sought(gate, later(second)) is None

    assert sought(heard(gate, ADA, EvidenceKind.BLE, at=later(200)), later(200)) == (ADA,)


def test_an_open_gate_lets_everybody_enrolled_be_looked_for() -> None:
    found = permission(Gate(mode=FaceMode.OPEN), NOW)

    assert found is not None
    assert found.customers is None
