import asyncio
import logging

import msgspec
import pytest

from edge.config.schema import SourceSettings
from edge.daemon.supervisor_states import State
from edge.driver.contract import Clock, Driver, Finding, Level
from edge.driver.outlet import Outlet
from edge.errors import ConfigError, SourceFault, SourceUnusable
from edge.model.observation import DoorCounted, SignOfLife
from edge.sync.backoff import BackOff
from tests.daemon.live.kit import QUICK, Hands, driver_that, for_ever, supervised, until

ADDRESS = "a4:83:e7:00:11:22"


async def test_a_source_that_is_heard_is_watching_and_its_counts_pass() -> None:
    async def count(outlet: Outlet, clock: Clock) -> None:
        outlet.heard(clock.now())
        outlet.door(clock.now(), entered=2)
        await asyncio.Event().wait()

    async with supervised(driver_that(count)) as yard:
        await yard.until("watching")
        await asyncio.sleep(0.01)

        assert yard.path() == ["starting", "watching"]
        assert [one.entered for one in yard.out if isinstance(one, DoorCounted)] == [2]
        assert yard.source.status().heard == 1


async def test_a_fault_is_tried_again_and_told_with_its_words() -> None:
    async def fail(_outlet: Outlet, _clock: Clock) -> None:
        raise SourceFault("lost the port", where="/dev/ttyUSB0", why="unplugged", remedy="plug it")

    async with supervised(driver_that(fail)) as yard:
        change = await yard.until("retrying")

    assert change.reason == "lost the port (/dev/ttyUSB0): unplugged"
    assert change.remedy == "plug it"


async def test_a_start_that_comes_to_nothing_does_not_count_as_alive() -> None:
    hands, may_open = Hands(), asyncio.Event()

    async def hear_once(outlet: Outlet, clock: Clock) -> None:
        if not kind.runs[1:]:
            outlet.heard(clock.now())
            hands.turn(100)
            raise SourceFault("lost the port")
        hands.turn(100)
        may_open.set()
        raise SourceFault("the port does not open")

    kind = driver_that(hear_once)
    slow = msgspec.structs.replace(QUICK, back_off=BackOff(base_s=0.01, cap_s=60.0))
    async with supervised(kind, hands=hands, pace=slow) as yard:
        await may_open.wait()
        await until(lambda: yard.path()[-1] == "retrying")

        assert yard.path() == ["starting", "watching", "retrying", "starting", "retrying"]
        assert yard.source.status().coverage == 0.5


async def test_five_faults_in_a_minute_park_it_with_something_to_do() -> None:
    async def fail(_outlet: Outlet, _clock: Clock) -> None:
        raise SourceFault("lost the port")

    kind = driver_that(fail)
    async with supervised(kind, pace=msgspec.structs.replace(QUICK, park_s=60.0)) as yard:
        change = await yard.until("parked")
        await asyncio.sleep(0.05)

        assert len(kind.runs) == 5
        assert change.reason == "5 faults within a minute, the last one: lost the port"
        assert change.remedy == "run: edge doctor"
        assert yard.source.status().starts == 5


async def test_what_a_technician_must_mend_parks_it_at_once() -> None:
    async def fail(_outlet: Outlet, _clock: Clock) -> None:
        raise SourceUnusable("no such radio", remedy="plug one in")

    kind = driver_that(fail, findings=lambda: (Finding(level=Level.FAIL, what="no radio"),))
    async with supervised(kind, pace=msgspec.structs.replace(QUICK, park_s=60.0)) as yard:
        change = await yard.until("parked")
        await asyncio.sleep(0.1)

        assert (change.reason, change.remedy) == ("no such radio", "plug one in")
        assert len(kind.runs) == 1
        assert kind.checks > 1


async def test_a_parked_source_is_tried_again_once_its_own_check_finds_nothing_wrong() -> None:
    is_broken = True

    async def listen(outlet: Outlet, clock: Clock) -> None:
        if is_broken:
            raise SourceUnusable("no such radio")
        outlet.heard(clock.now())
        await asyncio.Event().wait()

    def findings() -> tuple[Finding, ...]:
        return (Finding(level=Level.FAIL, what="no radio"),) if is_broken else ()

    kind = driver_that(listen, findings=findings)
    async with supervised(kind, pace=msgspec.structs.replace(QUICK, park_s=60.0)) as yard:
        await yard.until("parked")
        is_broken = False

        await yard.until("watching")

    assert yard.path()[:4] == ["starting", "parked", "starting", "watching"]


async def test_a_camera_that_was_away_for_five_faults_is_tried_again_once_it_answers() -> None:
    is_away = True

    async def listen(outlet: Outlet, clock: Clock) -> None:
        if is_away:
            raise SourceFault("the camera cannot be opened")
        outlet.heard(clock.now())
        await asyncio.Event().wait()

    def findings() -> tuple[Finding, ...]:
        return (Finding(level=Level.FAIL, what="does not answer"),) if is_away else ()

    kind = driver_that(listen, findings=findings)
    async with supervised(kind, pace=msgspec.structs.replace(QUICK, park_s=60.0)) as yard:
        await yard.until("parked")
        await until(lambda: kind.checks > 0)
        is_away = False

        await yard.until("watching")

    assert len(kind.runs) == 6


async def test_a_parked_source_is_tried_again_after_a_long_wait() -> None:
    async def fail(_outlet: Outlet, _clock: Clock) -> None:
        raise ConfigError("no option port", remedy="add it")

    kind = driver_that(fail)
    async with supervised(kind, pace=msgspec.structs.replace(QUICK, park_s=0.03)) as yard:
        await until(lambda: len(kind.runs) == 3)

    assert yard.path()[:4] == ["starting", "parked", "starting", "parked"]


async def test_a_release_does_not_wait() -> None:
    async def fail(_outlet: Outlet, _clock: Clock) -> None:
        raise ConfigError("no option port")

    kind = driver_that(fail)
    async with supervised(kind, pace=msgspec.structs.replace(QUICK, park_s=60.0)) as yard:
        await yard.until("parked")

        yard.source.release()
        await until(lambda: len(kind.runs) == 2)


async def test_a_defect_is_named_by_its_class_and_never_by_its_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def stumble(_outlet: Outlet, _clock: Clock) -> None:
        raise KeyError(ADDRESS)

    with caplog.at_level(logging.DEBUG):
        async with supervised(driver_that(stumble)) as yard:
            change = await yard.until("retrying")

    assert change.reason == "a defect of its driver: KeyError"
    assert "test_supervisor.py" in caplog.text
    assert ADDRESS not in caplog.text
    assert ADDRESS.encode() not in msgspec.json.encode(yard.out)


@pytest.mark.parametrize("place", ["constructor", "before the first await", "group"])
async def test_a_defect_anywhere_is_one_more_fault(place: str) -> None:
    async def gather(_outlet: Outlet, _clock: Clock) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fail())
            tasks.create_task(asyncio.sleep(60))

    async def fail() -> None:
        raise SourceFault("lost the radio")

    kind = driver_that(gather)
    if place == "constructor":
        kind.__init__ = lambda _: None
    elif place == "before the first await":
        kind.run = lambda _: None

    async with supervised(kind) as yard:
        change = await yard.until("retrying")

    expected = "lost the radio" if place == "group" else "a defect of its driver: TypeError"
    assert change.reason == expected


async def test_a_run_that_ends_by_itself_is_a_fault() -> None:
    async def leave(_outlet: Outlet, _clock: Clock) -> None:
        return

    async with supervised(driver_that(leave)) as yard:
        assert (await yard.until("retrying")).reason == "it ended by itself"


async def test_a_run_that_cancels_itself_is_a_fault() -> None:
    async def cancel(_outlet: Outlet, _clock: Clock) -> None:
        raise asyncio.CancelledError

    async with supervised(driver_that(cancel)) as yard:
        assert (await yard.until("retrying")).reason == "its driver was cancelled from inside"


async def test_a_driver_that_says_it_listens_is_watching_and_one_that_only_runs_is_not() -> None:
    may_open = asyncio.Event()

    async def open_late(outlet: Outlet, clock: Clock) -> None:
        await may_open.wait()
        outlet.heard(clock.now(), 0)
        await asyncio.Event().wait()

    async with supervised(driver_that(open_late)) as yard:
        await yard.until("starting")
        await asyncio.sleep(0.05)
        assert yard.path() == ["starting"]

        may_open.set()
        change = await yard.until("watching")

    assert change.reason == "it listens"


async def test_that_a_line_is_open_says_nothing_of_what_is_behind_it() -> None:
    hands, may_go_on = Hands(), asyncio.Event()

    async def answer(outlet: Outlet, clock: Clock) -> None:
        outlet.heard(clock.now(), 0)
        await may_go_on.wait()
        outlet.heard(clock.now(), 0)
        await asyncio.Event().wait()

    async with supervised(driver_that(answer), hands=hands) as yard:
        await yard.until("watching")
        hands.turn(30)
        assert yard.source.status().coverage == 0.0
        assert not any(isinstance(one, SignOfLife) for one in yard.out)

        may_go_on.set()
        await until(lambda: any(isinstance(one, SignOfLife) for one in yard.out))
        hands.turn(30)

        assert yard.source.status().coverage == 0.5
        assert yard.source.status().heard == 0


async def test_a_wait_for_the_line_is_missed_though_it_came_to_something() -> None:
    hands, may_open = Hands(), asyncio.Event()

    async def open_late(outlet: Outlet, clock: Clock) -> None:
        if kind.runs[1:]:
            await may_open.wait()
        outlet.heard(clock.now())
        hands.turn(100)
        if not kind.runs[1:]:
            raise SourceFault("lost the adapter")
        await asyncio.Event().wait()

    kind = driver_that(open_late)
    async with supervised(kind, hands=hands) as yard:
        await until(lambda: len(kind.runs) == 2)
        hands.turn(200)
        may_open.set()
        await until(lambda: yard.path()[-1] == "watching")

        assert yard.source.status().coverage == 0.5


async def test_a_driver_that_never_comes_to_listen_is_opened_anew() -> None:
    hands = Hands()

    async def hang(_outlet: Outlet, _clock: Clock) -> None:
        await asyncio.Event().wait()

    kind = driver_that(hang, quiet_after_s=120)
    async with supervised(kind, hands=hands) as yard:
        await until(lambda: len(kind.runs) == 1)
        hands.turn(121)

        change = await yard.until("deaf")
        await until(lambda: len(kind.runs) == 2)

    assert change.reason == "it did not listen for 120 s"


async def test_silence_makes_it_quiet() -> None:
    hands = Hands()
    async with supervised(driver_that(for_ever, quiet_after_s=120), hands=hands) as yard:
        await yard.until("starting")
        hands.turn(121)

        change = await yard.until("quiet")

    assert change.reason == "nothing heard for 120 s"


async def test_a_deaf_source_is_opened_anew_at_once_and_then_ever_more_rarely() -> None:
    hands = Hands()
    kind = driver_that(for_ever, quiet_after_s=100)

    async with supervised(kind, hands=hands) as yard:
        await until(lambda: len(kind.runs) == 1)
        yard.source.deafen()
        await until(lambda: len(kind.runs) == 2)
        hands.turn(199)
        await asyncio.sleep(0.05)
        assert len(kind.runs) == 2

        hands.turn(2)
        await until(lambda: len(kind.runs) == 3)
        kind.runs[-1].outlet.heard(hands.clock().now())

        assert yard.path() == ["starting", "watching", "deaf", "watching"]
        assert kind.runs[0].has_ended


async def test_after_its_end_a_driver_is_not_heard() -> None:
    kind = driver_that(for_ever)
    async with supervised(kind) as yard:
        await yard.until("starting")
        await asyncio.sleep(0.01)
    first = kind.runs[0]
    before = len(yard.out)

    first.outlet.door(first.clock.now(), entered=1)

    assert len(yard.out) == before
    assert yard.source.late_words == 1


async def test_a_driver_that_does_not_end_is_left_alone_until_it_does() -> None:
    hands, gate = Hands(), asyncio.Event()

    async def hang(_outlet: Outlet, _clock: Clock) -> None:
        while not gate.is_set():
            try:
                await gate.wait()
            except asyncio.CancelledError:
                continue

    kind = driver_that(hang, quiet_after_s=10)
    async with supervised(kind, hands=hands) as yard:
        await yard.until("starting")
        await asyncio.sleep(0.02)
        yard.source.deafen()
        change = await yard.until("parked")
        await asyncio.sleep(0.05)

        assert change.reason == "its driver does not end when it is told to"
        assert change.remedy == "run: systemctl restart store-edge"
        assert len(kind.runs) == 1

        gate.set()
        await until(lambda: yard.path().count("starting") == 2)


async def test_an_unknown_driver_parks_the_source_with_the_names_of_those_that_are_there() -> None:
    async with supervised(None) as yard:
        change = await yard.until("parked")

    assert change.reason == "no driver 'told' is installed"
    assert "serial_line" in change.remedy


async def test_a_driver_for_recordings_only_parks_the_source() -> None:
    class Reads:
        """Reads files and nothing else."""

        kind = "told"
        quiet_after_s = 60.0

    def as_driver() -> type[Driver]:
        return Reads

    async with supervised(as_driver()) as yard:
        change = await yard.until("parked")

    assert change.reason == "the driver 'told' reads recordings only"


async def test_a_retired_source_says_why() -> None:
    async with supervised(driver_that(for_ever)) as yard:
        await yard.until("starting")
    yard.source.retire("it was taken out of the settings")

    assert yard.source.state is State.PARKED
    assert yard.changes()[-1].reason == "it was taken out of the settings"


async def test_what_was_taken_in_is_counted_over_all_runs() -> None:
    async def some(outlet: Outlet, clock: Clock) -> None:
        outlet.heard(clock.now(), 3)
        outlet.refuse(clock.now(), "bad line", 2)
        await asyncio.sleep(0.001)
        raise SourceFault("lost the port")

    kind = driver_that(some)
    async with supervised(kind, pace=msgspec.structs.replace(QUICK, park_s=60.0)) as yard:
        await yard.until("parked")
        status = yard.source.status()

    assert (status.heard, status.refused) == (15, {"bad line": 10})
    assert status.state == "parked"
    assert {type(one) for one in yard.out} >= {SignOfLife}


async def test_the_signal_floor_of_the_settings_holds() -> None:
    async def weak(outlet: Outlet, clock: Clock) -> None:
        outlet.probe(clock.now(), bytes(6), signal_dbm=-71)
        await asyncio.Event().wait()

    settings = SourceSettings(name="one", driver="told", rssi_floor_dbm=-70)
    async with supervised(driver_that(weak), settings=settings) as yard:
        await yard.until("starting")
        await asyncio.sleep(0.02)

        assert yard.source.status().refused == {"below the signal floor": 1}
