"""The Wi-Fi monitor hands over what it hears and counts what it does not use."""

from pathlib import Path

import pytest

from drivers.wifi_monitor.driver import WifiMonitor
from edge.driver.contract import RecordedFile, SourceSpec
from edge.driver.testing import OutletSpy
from edge.errors import ConfigError, RecordingError
from edge.model.names import SECOND, Instant, SourceName
from tests.drivers.wifi_monitor.frames import ADDRESS, AT_NS, BARE, pcap, probe, usual, with_fcs

HOUR = 3600 * SECOND
OTHER = bytes.fromhex("02005e445566")
STARTED, ENDED = Instant(AT_NS), Instant(AT_NS + 2 * HOUR)


def monitor(**options: object) -> WifiMonitor:
    spec = SourceSpec(name=SourceName("radar"), driver="wifi_monitor", options=options)
    return WifiMonitor(spec)


def replay(path: Path, **options: object) -> tuple[OutletSpy, list[Instant]]:
    spy = OutletSpy()
    file = RecordedFile(path=path, started=STARTED, ended=ENDED)
    return spy, list(monitor(**options).replay(file, spy))


def test_a_probe_request_is_handed_over_with_its_moment_and_signal(tmp_path: Path) -> None:
    path = pcap(tmp_path / "radar", [(AT_NS + 5, usual(signal_dbm=-67) + probe())])

    spy, moments = replay(path)

    assert spy.calls == [("probe", AT_NS + 5, {"address": ADDRESS, "signal_dbm": -67})]
    assert spy.frames == 1
    assert spy.refused == {}
    assert moments == [AT_NS + 5]


def test_every_frame_is_heard_and_is_a_probe_or_refused_for_a_reason(tmp_path: Path) -> None:
    frames = [
        (AT_NS, usual() + probe()),
        (AT_NS, usual() + b"\x80\x00" + bytes(40)),
        (AT_NS, usual(flags=0x50) + with_fcs(probe())),
        (AT_NS, usual() + probe(control=0x4040)),
        (AT_NS, b"\x00"),
    ]

    spy, _ = replay(pcap(tmp_path / "radar", frames))

    assert spy.frames == 5
    assert len(spy.calls) == 1
    assert spy.refused == {
        "not a probe request": 1,
        "bad frame check sequence": 1,
        "protected frame": 1,
        "radio header cut short": 1,
    }


def test_a_frame_heard_again_within_a_third_of_a_second_is_one_frame(tmp_path: Path) -> None:
    frames = [
        (AT_NS, usual() + probe(sequence=1)),
        (AT_NS + SECOND // 10, usual() + probe(sequence=1, control=0x0840)),
        (AT_NS + SECOND // 10, usual() + probe(sequence=2)),
        (AT_NS + SECOND // 10, usual() + probe(sequence=1, address=OTHER)),
        (AT_NS + SECOND, usual() + probe(sequence=1)),
    ]

    spy, _ = replay(pcap(tmp_path / "radar", frames))

    assert len(spy.calls) == 4
    assert spy.refused == {"repeated frame": 1}


def test_an_old_frame_is_forgotten_in_a_long_stream_too(tmp_path: Path) -> None:
    step = SECOND // 10_000
    frames = [(AT_NS + i * step, usual() + probe(sequence=i % 4096)) for i in range(9000)]

    spy, _ = replay(pcap(tmp_path / "radar", frames))

    assert len(spy.calls) == 9000


def test_a_moment_outside_the_recording_is_refused_and_moves_no_clock(tmp_path: Path) -> None:
    frames = [
        (0, usual() + probe(sequence=1)),
        (STARTED - HOUR - 1, usual() + probe(sequence=2)),
        (STARTED - HOUR, usual() + probe(sequence=3)),
        (ENDED + HOUR, usual() + probe(sequence=4)),
        (ENDED + HOUR + 1, usual() + probe(sequence=5)),
    ]

    spy, moments = replay(pcap(tmp_path / "radar", frames))

    assert [at for _, at, _ in spy.calls] == [STARTED - HOUR, ENDED + HOUR]
    assert spy.refused == {"outside the recording": 3}
    assert spy.frames == 5
    assert set(moments) <= {STARTED, STARTED - HOUR, ENDED + HOUR}


def test_it_yields_at_least_every_512_frames_and_every_second(tmp_path: Path) -> None:
    busy = [(AT_NS + i, usual() + probe(sequence=i)) for i in range(1300)]
    quiet = [(AT_NS + i * 2 * SECOND, usual() + probe(sequence=i)) for i in range(1, 4)]

    _, moments = replay(pcap(tmp_path / "radar", busy + quiet))

    assert moments == [
        AT_NS + 511,
        AT_NS + 1023,
        AT_NS + 1299,
        *(AT_NS + i * 2 * SECOND for i in range(1, 4)),
    ]


def test_what_was_handed_over_when_it_yields_is_what_it_decoded_so_far(tmp_path: Path) -> None:
    frames = [(AT_NS + i * 2 * SECOND, usual() + probe(sequence=i)) for i in range(3)]
    spy = OutletSpy()
    file = RecordedFile(path=pcap(tmp_path / "radar", frames), started=STARTED, ended=ENDED)

    seen = [(spy.frames, len(spy.calls)) for _ in monitor().replay(file, spy)]

    assert seen == [(1, 1), (2, 2), (3, 3)]


def test_a_damaged_tail_is_counted_and_what_came_before_is_used(tmp_path: Path) -> None:
    path = pcap(tmp_path / "radar", [(AT_NS + i, usual() + probe(sequence=i)) for i in range(3)])
    path.write_bytes(path.read_bytes()[:-5])

    spy, _ = replay(path)

    assert len(spy.calls) == 2
    assert spy.refused == {"record cut short": 1}


def test_an_empty_capture_says_nothing(tmp_path: Path) -> None:
    spy, moments = replay(pcap(tmp_path / "radar", []))

    assert (spy.frames, spy.calls, spy.refused, moments) == (0, [], {}, [])


def test_a_bare_capture_has_no_signal(tmp_path: Path) -> None:
    spy, _ = replay(pcap(tmp_path / "radar", [(AT_NS, probe())], link_type=BARE))

    assert spy.calls[0][2]["signal_dbm"] is None


def test_the_options_reach_the_decoder(tmp_path: Path) -> None:
    path = pcap(tmp_path / "radar", [(AT_NS, usual(flags=0x50) + with_fcs(probe()))])

    kept, _ = replay(path, bad_fcs="keep")
    checked, _ = replay(path, fcs="flag", bad_fcs="checked")

    assert len(kept.calls) == 1
    assert checked.refused == {"bad frame check sequence": 1}


@pytest.mark.parametrize("options", [{"fcs": "sometimes"}, {"bad_fcs": True}], ids=str)
def test_an_option_that_does_not_fit_is_refused_with_those_that_do(
    options: dict[str, object],
) -> None:
    with pytest.raises(ConfigError) as refusal:
        monitor(**options)

    assert "auto, flag, always, never" in refusal.value.remedy
    assert refusal.value.where == "source radar"


def test_a_file_that_is_no_capture_is_refused_when_the_replay_starts(tmp_path: Path) -> None:
    path = tmp_path / "radar"
    path.write_bytes(b"not a capture at all")

    with pytest.raises(RecordingError):
        replay(path)
