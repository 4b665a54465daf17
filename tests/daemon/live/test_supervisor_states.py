from hypothesis import given
from hypothesis import strategies as st

from edge.daemon.supervisor_states import (
    MOST_FAULTS,
    MOVES,
    RUNNING,
    STEADY_NS,
    WINDOW_NS,
    Signal,
    Standing,
    State,
    step,
)
from edge.model.names import SECOND, Instant

TALE = st.lists(st.tuples(st.sampled_from(list(Signal)), st.integers(0, 90 * SECOND)), max_size=60)


def after(*signals: Signal, every_s: float = 1.0, standing: Standing | None = None) -> Standing:
    standing = standing or Standing(state=State.PARKED)
    for number, signal in enumerate(signals):
        standing = step(standing, signal, Instant(int((number + 1) * every_s * SECOND)))
    return standing


def test_a_source_that_is_heard_is_watching() -> None:
    assert after(Signal.BEGAN).state is State.STARTING
    assert after(Signal.BEGAN, Signal.HEARD).state is State.WATCHING


def test_silence_makes_it_quiet_and_too_much_of_it_deaf() -> None:
    quiet = after(Signal.BEGAN, Signal.HEARD, Signal.SILENT)

    assert quiet.state is State.QUIET
    assert after(Signal.DEAFENED, standing=quiet).state is State.DEAF
    assert after(Signal.HEARD, standing=quiet).state is State.WATCHING


def test_a_deaf_source_that_is_opened_anew_stays_deaf_until_it_is_heard() -> None:
    deaf = after(Signal.BEGAN, Signal.HEARD, Signal.DEAFENED)

    reopened = step(deaf, Signal.BEGAN, Instant(100))

    assert (reopened.state, reopened.began) == (State.DEAF, 100)
    assert step(reopened, Signal.HEARD, Instant(101)).state is State.WATCHING


def test_a_fault_is_tried_again() -> None:
    assert after(Signal.BEGAN, Signal.FAULTED).state is State.RETRYING
    assert after(Signal.BEGAN, Signal.FAULTED, Signal.BEGAN).state is State.STARTING


def test_the_fifth_fault_within_a_minute_parks_it() -> None:
    again = [Signal.BEGAN, Signal.FAULTED]

    assert after(*again * (MOST_FAULTS - 1)).state is State.RETRYING
    assert after(*again * MOST_FAULTS).state is State.PARKED


def test_five_faults_in_more_than_a_minute_do_not() -> None:
    again = [Signal.BEGAN, Signal.FAULTED] * MOST_FAULTS

    assert after(*again, every_s=8).state is State.RETRYING


def test_a_source_that_was_parked_for_its_faults_starts_with_a_clean_record() -> None:
    parked = after(*[Signal.BEGAN, Signal.FAULTED] * MOST_FAULTS)

    once_more = after(Signal.BEGAN, Signal.FAULTED, standing=parked)

    assert once_more.state is State.RETRYING


def test_a_source_that_worked_for_a_minute_has_healed() -> None:
    ailing = after(Signal.BEGAN, Signal.FAULTED, Signal.BEGAN, Signal.FAULTED)
    began = step(ailing, Signal.BEGAN, Instant(0))

    soon = step(began, Signal.FAULTED, Instant(STEADY_NS - 1))
    late = step(began, Signal.FAULTED, Instant(STEADY_NS))

    assert (soon.attempt, late.attempt) == (3, 1)


def test_what_a_technician_has_to_mend_parks_it_at_once() -> None:
    assert after(Signal.BEGAN, Signal.GAVE_UP).state is State.PARKED


def test_every_state_but_parked_can_be_left_for_parked() -> None:
    assert {state for state, signal in MOVES if signal is Signal.GAVE_UP} == set(State) - {
        State.PARKED
    }


@given(TALE)
def test_whatever_happens_the_rules_hold(tale: list[tuple[Signal, int]]) -> None:
    standing, at = Standing(state=State.PARKED), 0
    faults: list[int] = []
    for signal, gap in tale:
        before, at = standing, at + gap

        standing = step(before, signal, Instant(at))

        if standing.state is not before.state:
            assert standing.since == at
            allowed = MOVES[before.state, signal]
            is_fifth = signal is Signal.FAULTED and standing.state is State.PARKED
            assert standing.state is allowed or is_fifth
        if signal is Signal.FAULTED and before.state in RUNNING:
            faults = [*faults, at][-MOST_FAULTS:]
            is_hopeless = len(faults) == MOST_FAULTS and at - faults[0] <= WINDOW_NS
            assert standing.state is (State.PARKED if is_hopeless else State.RETRYING)
            faults = [] if is_hopeless else faults
        assert len(standing.faults) <= MOST_FAULTS
        assert (standing.state is State.RETRYING) <= (standing.attempt > 0)


@given(TALE)
def test_a_began_always_leads_back_to_a_running_source(tale: list[tuple[Signal, int]]) -> None:
    standing, at = Standing(state=State.PARKED), 0
    for signal, gap in tale:
        at += gap
        standing = step(standing, signal, Instant(at))

    assert step(standing, Signal.BEGAN, Instant(at)).state in RUNNING
