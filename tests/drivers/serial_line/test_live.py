"""A live port gives what a recording of it would; what goes wrong with it is said and mended."""

import asyncio
import logging
from pathlib import Path

import pytest

from drivers.serial_line.driver import SerialLine
from drivers.serial_line.port import port_settings, read_options
from drivers.serial_line.profile import Device
from edge.driver.contract import SourceSpec
from edge.errors import ConfigError, SourceFault, SourceUnusable
from edge.model.names import SourceName
from tests.lab.listening import START, AwaitedOutlet, running
from tests.lab.serial import PtyDevice, converter, garble, plugged

IN, OUT = {"entered": 1, "left": 0}, {"entered": 0, "left": 1}
telnet = pytest.mark.filterwarnings("ignore:set(Daemon|Name)\\(\\) is deprecated")
"""pySerial 3.5 still names its RFC 2217 thread in the way of Python 2."""


def line(port: object, profile: str = "door-counter-csv", **options: object) -> SerialLine:
    return SerialLine(
        SourceSpec(
            name=SourceName("door-1"),
            driver="serial_line",
            profile=profile,
            options={"port": str(port)} | options,
        )
    )


def test_lines_of_a_device_are_handed_over_as_they_come(tmp_path: Path) -> None:
    async def scene() -> None:
        outlet = AwaitedOutlet()
        async with plugged(tmp_path / "door") as door, running(line(door.link), outlet):
            await door.listened_to()
            door.send(b"IN,1\r\n# alive\r\nOUT,1\r\nUP,1\r\n")

            assert await outlet.calls_of(2) == [IN, OUT]
            await outlet.until(lambda: bool(outlet.refused))
            assert outlet.refused == {"bad direction": 1}
            assert outlet.frames == 3
            assert all(START < at < START + 60 * 10**9 for _, at, _ in outlet.calls)

    asyncio.run(scene())


def test_a_frame_in_pieces_is_one_frame(tmp_path: Path) -> None:
    async def scene() -> None:
        outlet = AwaitedOutlet()
        driver = line(tmp_path / "door", "door-counter-binary")
        async with plugged(tmp_path / "door") as door, running(driver, outlet):
            await door.listened_to()
            for byte in bytes.fromhex("00ffaa55040102035f68aa5504000000606355"):
                door.send(bytes([byte]))

            assert await outlet.calls_of(1) == [{"entered": 2, "left": 3}]
            await outlet.until(lambda: outlet.frames == 2)
            assert (door.baud, outlet.refused) == (19200, {})

    asyncio.run(scene())


def test_the_end_of_a_line_that_began_before_is_dropped_and_counted(tmp_path: Path) -> None:
    async def scene() -> None:
        outlet = AwaitedOutlet()
        driver = line(tmp_path / "scanner", "scanner-plain", baud=300)
        async with plugged(tmp_path / "scanner") as scanner, running(driver, outlet):
            await scanner.listened_to()
            scanner.send(b"333931\r\n4006381333931\r\n")

            assert await outlet.calls_of(1) == [{"code": "4006381333931"}]
            assert outlet.refused == {"half a line": 1}

    asyncio.run(scene())


def test_a_slow_line_may_go_on_later_than_a_fast_one() -> None:
    def midway_s(port: str, baud: int) -> float:
        spec = SourceSpec(name=SourceName("one"), driver="serial_line", options={"port": port})
        return port_settings(spec, read_options(spec), Device(baud=baud)).midway_s

    assert midway_s("/dev/ttyS0", 9600) < 0.03 < midway_s("/dev/ttyS0", 1200)
    assert midway_s("socket://converter:4001", 9600) > 0.1


def test_a_megabyte_at_once_is_heard_to_the_last_line(tmp_path: Path) -> None:
    async def scene() -> None:
        outlet = AwaitedOutlet()
        burst = b"IN,1\n" * (1_048_576 // 5)
        async with plugged(tmp_path / "door") as door, running(line(door.link), outlet):
            await door.listened_to()
            await asyncio.to_thread(door.send, burst)

            await outlet.until(lambda: outlet.frames == len(burst) // 5)
            assert len(outlet.calls) == outlet.frames
            assert outlet.refused == {}

    asyncio.run(scene())


def test_a_device_that_is_pulled_out_is_a_fault_at_once_and_heard_again_when_back(
    tmp_path: Path,
) -> None:
    async def scene() -> None:
        outlet = AwaitedOutlet()
        async with plugged(tmp_path / "door") as door:
            async with running(line(door.link), outlet) as run:
                await door.listened_to()
                door.unplug()
                lost = await run.fault()
            async with running(line(door.link), outlet) as run:
                missing = await run.fault()
            door.plug()
            async with running(line(door.link), outlet):
                await door.listened_to()
                door.send(b"OUT,1\n")
                assert await outlet.calls_of(1) == [OUT]

        assert isinstance(lost, SourceFault)
        assert isinstance(missing, SourceFault)
        assert "it is not there" in str(missing)
        assert "/dev/serial/by-id" in missing.remedy

    asyncio.run(scene())


def test_a_port_has_one_listener(tmp_path: Path) -> None:
    async def scene() -> None:
        outlet = AwaitedOutlet()
        async with plugged(tmp_path / "door") as door, running(line(door.link), outlet):
            await door.listened_to()
            async with running(line(door.link), AwaitedOutlet()) as second:
                fault = await second.fault()

            assert isinstance(fault, SourceFault)
            assert "another program has it" in str(fault)
            door.send(b"IN,1\n")
            assert await outlet.calls_of(1) == [IN]

    asyncio.run(scene())


def test_a_file_that_is_no_port_needs_a_technician(tmp_path: Path) -> None:
    async def scene() -> None:
        (tmp_path / "file").write_bytes(b"IN,1\n")
        async with running(line(tmp_path / "file"), AwaitedOutlet()) as run:
            fault = await run.fault()

        assert isinstance(fault, SourceUnusable)
        assert fault.remedy

    asyncio.run(scene())


def test_a_cancelled_run_ends_within_a_second_and_hands_over_nothing_more(tmp_path: Path) -> None:
    async def scene() -> None:
        outlet = AwaitedOutlet()
        async with plugged(tmp_path / "door") as door, running(line(door.link), outlet) as run:
            await door.listened_to()
            door.send(b"IN,1\n")
            await outlet.calls_of(1)

            took_s = await run.cancel()
            door.send(b"IN,1\n")
            async with running(line(door.link), AwaitedOutlet()):
                await door.listened_to()

            assert took_s < 1.0
            assert len(outlet.calls) == 1

    asyncio.run(scene())


async def find_rate(device: PtyDevice, baud: int) -> None:
    """Play a device at a rate: whoever listens at another one gets garbage."""
    await device.listened_to()
    while device.baud != baud:
        device.send(garble(80))
        await device.listened_to()


def test_the_rate_of_a_device_is_found_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        outlet = AwaitedOutlet()
        driver = line(tmp_path / "door", baud=2400)
        async with plugged(tmp_path / "door") as door, running(driver, outlet):
            await find_rate(door, 19200)
            door.send(b"IN,1\nOUT,1\n")

            assert await outlet.calls_of(2) == [IN, OUT]
            await outlet.until(lambda: "set baud to 19200" in outlet.refused)

    with caplog.at_level(logging.WARNING):
        asyncio.run(scene())

    assert [record.getMessage() for record in caplog.records] == [
        "door-1 speaks at 19200 baud, its settings say 2400; it is heard now; set baud = 19200"
    ]


def test_a_device_that_no_rate_fits_needs_a_technician(tmp_path: Path) -> None:
    async def scene() -> None:
        driver = line(tmp_path / "door")
        async with plugged(tmp_path / "door") as door, running(driver, AwaitedOutlet()) as run:
            await find_rate(door, 230400)
            door.send(garble(80))
            fault = await run.fault()

        assert isinstance(fault, SourceUnusable)
        assert "baud" in fault.remedy

    asyncio.run(scene())


def test_bytes_of_seven_bits_are_told_from_a_wrong_rate(tmp_path: Path) -> None:
    async def scene() -> None:
        text = b"IN,1\r\nOUT,2\r\n" * 8
        even = bytes(byte | (byte.bit_count() % 2) << 7 for byte in text)
        driver = line(tmp_path / "door")
        async with plugged(tmp_path / "door") as door, running(driver, AwaitedOutlet()) as run:
            await door.listened_to()
            door.send(even)
            fault = await run.fault()

        assert isinstance(fault, SourceUnusable)
        assert "data_bits = 7" in fault.remedy

    asyncio.run(scene())


def test_a_converter_in_the_network_is_listened_to() -> None:
    async def scene() -> None:
        outlet = AwaitedOutlet()
        async with converter() as (one, url), running(line(url), outlet) as run:
            await one.called()
            await one.send_until(b"# alive\n", lambda: outlet.frames > 0)
            one.send(b"OUT,1\n")
            assert await outlet.calls_of(1) == [OUT]

            one.hang_up()
            fault = await run.fault()

        assert isinstance(fault, SourceFault)
        assert "the serial device went away" in str(fault)

    asyncio.run(scene())


@telnet
def test_a_converter_with_rfc_2217_is_set_and_listened_to() -> None:
    async def scene() -> None:
        outlet = AwaitedOutlet()
        async with converter(speaks_rfc2217=True) as (one, url):
            driver = line(url, "door-counter-binary", baud=4800)
            async with running(driver, outlet) as run:
                await one.called()
                one.send(bytes.fromhex("aa550401020360") + b"\x69" + b"\xff\xff")
                one.send(bytes.fromhex("aa55040102035f68"))
                assert await outlet.calls_of(2) == [{"entered": 2, "left": 3}] * 2
                assert (one.port.baudrate, one.port.parity) == (4800, "E")

                one.hang_up()
                fault = await run.fault()

        assert isinstance(fault, SourceFault)

    asyncio.run(scene())


@telnet
def test_a_converter_with_rfc_2217_is_let_go_within_a_second() -> None:
    async def scene() -> None:
        outlet = AwaitedOutlet()
        async with (
            converter(speaks_rfc2217=True) as (one, url),
            running(line(url), outlet) as run,
        ):
            await one.called()

            assert await run.cancel() < 1.0

    asyncio.run(scene())


def test_garbage_of_a_plain_converter_names_the_converter() -> None:
    async def scene() -> None:
        async with converter() as (one, url):
            outlet = AwaitedOutlet()
            async with running(line(url), outlet) as run:
                await one.called()
                await one.send_until(garble(80) + b"\n", lambda: bool(outlet.refused))
                one.send(garble(80))
                fault = await run.fault()

        assert isinstance(fault, SourceUnusable)
        assert "in the converter" in fault.remedy

    asyncio.run(scene())


def test_a_converter_that_is_off_is_a_fault_that_time_heals() -> None:
    async def scene() -> None:
        async with converter() as (_, url):
            pass
        async with running(line(url), AwaitedOutlet()) as run:
            fault = await run.fault()

        assert isinstance(fault, SourceFault)
        assert "cannot reach the serial converter" in str(fault)

    asyncio.run(scene())


def test_without_a_port_nothing_is_listened_to() -> None:
    async def scene() -> None:
        spec = SourceSpec(
            name=SourceName("door-1"), driver="serial_line", profile="door-counter-csv"
        )
        async with running(SerialLine(spec), AwaitedOutlet()) as run:
            fault = await run.fault()

        assert isinstance(fault, ConfigError)
        assert "discover" in fault.remedy

    asyncio.run(scene())


@pytest.mark.parametrize(
    "options",
    [
        {"port": "spy:///dev/ttyUSB0"},
        {"port": "socket://converter:4001?logging=debug"},
        {"port": "rfc2217://converter"},
        {"port": "COM1"},
        {"baud": 0},
        {"baud": "fast"},
        {"data_bits": 9},
        {"parity": "some"},
        {"stop_bits": 3},
    ],
)
def test_a_port_that_cannot_be_is_refused_in_the_settings(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="door-1"):
        SerialLine(
            SourceSpec(
                name=SourceName("door-1"),
                driver="serial_line",
                profile="door-counter-csv",
                options=options,
            )
        )
