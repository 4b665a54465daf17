"""A radio is heard as a recording is, and every way of losing it is noticed."""

import asyncio
import time
from pathlib import Path

import pytest

from drivers.wifi_monitor.ear import BUFFER_BYTES
from edge.driver.contract import RecordedFile
from edge.driver.testing import OutletSpy
from edge.errors import SourceFault, SourceUnusable
from edge.model.names import SECOND, Instant
from tests.drivers.wifi_monitor.frames import ADDRESS, AT_NS, pcap, probe, usual, with_fcs
from tests.drivers.wifi_monitor.listening import HandClock, listening, monitor, until
from tests.lab.radio import KernelMonitor
from tests.lab.tap import BARE, ETHERNET, TapMonitor, frame, tap_monitor

Radio = TapMonitor | KernelMonitor
BEACON = usual() + b"\x80\x00" + bytes(40)


def station(number: int) -> bytes:
    return b"\x02" + number.to_bytes(5, "big")


def test_exactly_the_probe_requests_arrive(radio: Radio) -> None:
    spy, clock = OutletSpy(), HandClock()

    async def listen() -> None:
        async with listening(monitor(radio.name), spy, clock=clock):
            for number in range(200):
                radio.send(frame(4 if number % 20 == 0 else 8, number))
            await until(lambda: spy.frames >= 10)

    asyncio.run(listen())

    assert [kind for kind, _, _ in spy.calls] == ["probe"] * 10
    assert spy.frames == 10
    assert spy.refused == {}


def test_a_radio_says_that_it_listens_before_anything_is_heard(radio: Radio) -> None:
    spy = OutletSpy()

    async def listen() -> None:
        async with listening(monitor(radio.name), spy, clock=HandClock()):
            await until(lambda: spy.signs == 1)

    asyncio.run(listen())

    assert spy.frames == 0
    assert spy.calls == []


def test_a_radio_is_heard_as_its_recording_is(tap: TapMonitor, tmp_path: Path) -> None:
    frames = [
        usual(signal_dbm=-40) + probe(),
        usual(signal_dbm=-41) + probe(),
        usual(flags=0x10, signal_dbm=-42) + with_fcs(probe(sequence=2)),
        usual(flags=0x50) + with_fcs(probe(sequence=3)),
        usual() + probe(control=0x4040, sequence=4),
        usual() + probe(b"", sequence=5),
    ]
    replayed, live = OutletSpy(), OutletSpy()
    file = RecordedFile(
        path=pcap(tmp_path / "radar", [(AT_NS, one) for one in frames]),
        started=Instant(AT_NS),
        ended=Instant(AT_NS),
    )

    async def listen() -> None:
        async with listening(monitor(tap.name), live, clock=HandClock()):
            tap.send(*frames)
            await until(lambda: live.frames == len(frames))

    list(monitor().replay(file, replayed))
    asyncio.run(listen())

    assert [told for _, _, told in live.calls] == [told for _, _, told in replayed.calls]
    assert live.refused == replayed.refused
    assert len(live.calls) == 3


@pytest.mark.usefixtures("may_tap")
def test_a_radio_without_a_header_of_its_own_is_heard(interface_name: str) -> None:
    spy = OutletSpy()

    async def listen() -> None:
        with tap_monitor(interface_name, hardware=BARE) as tap:
            async with listening(monitor(tap.name), spy, clock=HandClock()):
                tap.send(b"\x80\x00" + bytes(40), probe())
                await until(lambda: spy.frames == 1)

    asyncio.run(listen())

    assert [told for _, _, told in spy.calls] == [{"address": ADDRESS, "signal_dbm": None}]


def test_a_frame_has_the_moment_at_which_the_kernel_got_it(radio: Radio) -> None:
    spy, clock = OutletSpy(), HandClock()

    async def listen() -> None:
        async with listening(monitor(radio.name), spy, clock=clock):
            # The kernel begins to stamp some milliseconds after it was asked to.
            radio.send(usual() + probe(sequence=0))
            await until(lambda: len(spy.calls) == 1)
            clock.moment += SECOND
            radio.send(usual() + probe(sequence=1))
            time.sleep(0.2)  # noqa: ASYNC251 - the loop stands still, the kernel does not
            radio.send(usual() + probe(sequence=2))
            await until(lambda: len(spy.calls) == 3)

    asyncio.run(listen())

    _, first, second = (at for _, at, _ in spy.calls)
    assert 0.2 * SECOND <= second - first < SECOND
    assert second <= AT_NS + SECOND


def test_what_the_filter_held_back_is_heard_and_refused(radio: Radio) -> None:
    spy, clock = OutletSpy(), HandClock()

    async def listen() -> None:
        async with listening(monitor(radio.name), spy, clock=clock):
            radio.send(*[BEACON] * 19, usual() + probe())
            await until(lambda: spy.frames == 20, turning=clock)

    asyncio.run(listen())

    assert len(spy.calls) == 1
    assert spy.refused == {"not a probe request": 19}


def test_what_the_kernel_dropped_is_counted(tap: TapMonitor) -> None:
    spy, clock = OutletSpy(), HandClock()
    sent = BUFFER_BYTES // 200

    async def listen() -> None:
        async with listening(monitor(tap.name), spy, clock=clock):
            for number in range(sent):
                tap.send(usual() + probe(address=station(number)))
            await until(lambda: sum(spy.refused.values()) + len(spy.calls) == sent, turning=clock)
            turned = clock.moment + 3 * SECOND
            await until(lambda: clock.moment >= turned, turning=clock)

    asyncio.run(listen())

    assert set(spy.refused) == {"dropped by the kernel"}
    assert 0 < spy.refused["dropped by the kernel"] < sent
    assert spy.frames == len(spy.calls) == sent - spy.refused["dropped by the kernel"]


@pytest.mark.parametrize("loss", ["close", "set_down"])
def test_a_lost_interface_is_a_fault_within_two_seconds(radio: Radio, loss: str) -> None:
    async def listen() -> None:
        async with listening(monitor(radio.name), OutletSpy(), clock=HandClock()) as task:
            getattr(radio, loss)()
            async with asyncio.timeout(2):
                await task

    with pytest.raises(SourceFault, match="went down or away") as fault:
        asyncio.run(listen())

    assert f"systemctl restart edge-radio@{radio.name}" in fault.value.remedy


def test_a_radio_that_falls_silent_is_a_fault(radio: Radio) -> None:
    spy, clock = OutletSpy(), HandClock()

    async def listen() -> None:
        async with listening(monitor(radio.name), spy, clock=clock) as task:
            radio.send(BEACON)
            await until(lambda: spy.frames == 1, turning=clock)
            clock.moment += 301 * SECOND
            async with asyncio.timeout(2):
                await task

    with pytest.raises(SourceFault, match="no frame of any kind for 300 s"):
        asyncio.run(listen())


def test_a_radio_that_never_heard_anything_is_left_alone(radio: Radio) -> None:
    spy, clock = OutletSpy(), HandClock()

    async def listen() -> None:
        async with listening(monitor(radio.name), spy, clock=clock) as task:
            for _ in range(4):
                clock.moment += 301 * SECOND
                await asyncio.sleep(0.06)
            assert not task.done()
            radio.send(usual() + probe())
            await until(lambda: len(spy.calls) == 1)

    asyncio.run(listen())

    assert spy.frames == 1


def test_a_cancelled_run_ends_within_a_second_and_hands_over_nothing_more(
    radio: Radio,
) -> None:
    spy = OutletSpy()

    async def listen() -> float:
        async with listening(monitor(radio.name), spy, clock=HandClock()) as task:
            radio.send(usual() + probe(sequence=1))
            await until(lambda: len(spy.calls) == 1)
            radio.send(usual() + probe(sequence=2))
            began = time.monotonic()
            task.cancel()
            await asyncio.wait([task], timeout=2)
            took_s = time.monotonic() - began
            radio.send(usual() + probe(sequence=3))
            await asyncio.sleep(0.12)
            assert task.cancelled()
            return took_s

    took_s = asyncio.run(listen())

    assert took_s < 1
    assert spy.frames == len(spy.calls) == 1


async def run_briefly(interface: str | None, **options: object) -> None:
    async with asyncio.timeout(2):
        await monitor(interface, **options).run(OutletSpy(), clock=HandClock())


def test_a_source_without_an_interface_cannot_be_used() -> None:
    with pytest.raises(SourceUnusable, match="names no interface"):
        asyncio.run(run_briefly(None))


def test_an_interface_that_is_not_there_is_tried_again() -> None:
    with pytest.raises(SourceFault, match="no such interface"):
        asyncio.run(run_briefly("nosuchradio"))


def test_an_interface_that_is_down_is_tried_again(radio: Radio) -> None:
    radio.set_down()

    with pytest.raises(SourceFault, match="went down or away"):
        asyncio.run(run_briefly(radio.name))


@pytest.mark.usefixtures("may_tap")
def test_an_interface_that_is_no_monitor_is_tried_again(interface_name: str) -> None:
    with (
        tap_monitor(interface_name, hardware=ETHERNET),
        pytest.raises(SourceFault, match="not in monitor mode"),
    ):
        asyncio.run(run_briefly(interface_name))
