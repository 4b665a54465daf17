from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from edge.daemon import clock_sign
from edge.daemon.clock import LONGEST_STILL_NS, Course, system_clock
from edge.daemon.clock_sign import SystemSign, always, kernel_sign
from edge.model.names import SECOND, Instant
from tests.daemon.live.kit import START, Hands


def test_the_line_begins_at_the_systems_clock_and_runs_with_the_monotonic_one() -> None:
    hands = Hands()
    clock = hands.clock()

    hands.monotonic += 5 * SECOND
    hands.wall += 900 * SECOND

    assert clock.now() == START + 5 * SECOND


def test_a_box_that_boots_in_the_past_begins_where_the_ledger_ended() -> None:
    hands = Hands(wall=946_684_800 * SECOND)
    clock = hands.clock(floor=START)

    hands.turn(3)

    assert clock.is_behind_floor
    assert clock.now() == START + 3 * SECOND


def test_the_first_sign_moves_the_line_to_the_true_time() -> None:
    hands = Hands()
    clock = hands.clock()
    assert clock.look(synced=False).course is Course.STEADY

    hands.set_wall(3_600)
    look = clock.look(synced=True)

    assert (look.course, look.by_ns) == (Course.SYNCED, 3_600 * SECOND)
    assert clock.now() == START + 3_600 * SECOND
    assert clock.is_synced


def test_an_unsynchronised_clock_that_is_set_by_hand_is_not_followed() -> None:
    hands = Hands()
    clock = hands.clock()

    hands.set_wall(3_600)
    clock.look(synced=False)

    assert clock.now() == START


def test_a_small_step_back_makes_the_line_stand_still() -> None:
    hands = Hands()
    clock = hands.clock()
    clock.look(synced=True)
    hands.turn(10)
    before = clock.now()

    hands.set_wall(-5)
    look = clock.look(synced=True)

    assert look.course is Course.STEPPED
    assert clock.now() == before
    hands.turn(5)
    assert clock.now() == before
    hands.turn(1)
    assert clock.now() == before + SECOND


def test_a_large_step_back_begins_a_new_line() -> None:
    hands = Hands()
    clock = hands.clock()
    clock.look(synced=True)

    hands.set_wall(-3_600)
    look = clock.look(synced=True)

    assert look.course is Course.BACK
    assert clock.now() == START - 3_600 * SECOND


def test_drift_is_no_step() -> None:
    hands = Hands()
    clock = hands.clock()
    clock.look(synced=True)

    hands.wall += SECOND // 3

    assert clock.look(synced=True).course is Course.STEADY
    assert clock.now() == START


def test_a_lost_sign_is_told_once() -> None:
    clock = Hands().clock()
    clock.look(synced=True)

    courses = [clock.look(synced=False).course for _ in range(2)]

    assert courses == [Course.UNSYNCED, Course.STEADY]
    assert not clock.is_synced


@given(
    st.lists(
        st.tuples(
            st.integers(0, 10**11), st.integers(-(2 * LONGEST_STILL_NS), 10**14), st.booleans()
        ),
        max_size=30,
    )
)
def test_the_line_never_goes_back_but_where_it_says_so(
    tale: list[tuple[int, int, bool]],
) -> None:
    hands = Hands()
    clock = hands.clock()
    newest = clock.now()
    for passed_ns, step_ns, synced in tale:
        hands.monotonic += passed_ns
        hands.wall += passed_ns + step_ns

        look = clock.look(synced=synced)
        now = clock.now()

        assert now >= newest or look.course is Course.BACK
        if synced and look.course is not Course.STEADY:
            assert now >= hands.wall
            assert now - hands.wall <= LONGEST_STILL_NS
        newest = now


def test_the_systems_clocks_make_a_line() -> None:
    clock = system_clock(Instant(0))

    first = clock.now()

    assert first > START
    assert clock.now() >= first
    assert not clock.is_behind_floor


async def test_the_file_of_timesyncd_is_a_sign(tmp_path: Path) -> None:
    (tmp_path / "synchronized").touch()

    assert await SystemSign(file=tmp_path / "synchronized")()


async def test_a_clock_that_was_synchronised_once_stays_so(tmp_path: Path) -> None:
    file = tmp_path / "synchronized"
    file.touch()
    sign = SystemSign(file=file)
    await sign()

    file.unlink()

    assert await sign()


def test_the_kernel_gives_its_own_sign_or_none() -> None:
    assert kernel_sign() in {True, False, None}


async def test_where_the_kernel_may_not_be_asked_and_nothing_else_is_there_it_is_no(
    tmp_path: Path,
) -> None:
    sign = SystemSign(file=tmp_path / "missing", kernel=lambda: None, command=("/no/such",))

    assert not await sign()


async def test_timedated_is_asked_where_the_kernel_may_not_be(tmp_path: Path) -> None:
    sign = SystemSign(file=tmp_path / "missing", kernel=lambda: None, command=("/bin/echo", "yes"))

    assert await sign()


async def test_timedated_is_asked_rarely(tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    command = ("/bin/sh", "-c", f"echo x >> {asked}; echo no")
    sign = SystemSign(file=tmp_path / "missing", kernel=lambda: None, command=command)

    answers = [await sign() for _ in range(clock_sign.ASK_EVERY + 1)]

    assert not any(answers)
    assert asked.read_text() == "x\nx\n"


async def test_a_technician_may_vouch_for_the_clock() -> None:
    assert await always()
