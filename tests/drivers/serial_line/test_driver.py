"""Recorded lines of doors, scanners and tills are handed over; what is refused is counted."""

import gzip
import random
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from drivers.serial_line.driver import SerialLine
from edge.driver.contract import RecordedFile, SourceSpec
from edge.driver.testing import OutletSpy
from edge.model.names import Instant, SourceName

START_S = 1_773_478_800
START = Instant(START_S * 10**9)
SECOND = 10**9


def replayed(
    path: Path, profile: str, *records: dict[str, Any] | bytes, lane: str | None = None
) -> tuple[OutletSpy, list[Instant]]:
    """Replay records; those without a time come a second after the one before."""
    lines = [
        record if isinstance(record, bytes) else msgspec.json.encode({"t": START_S + n} | record)
        for n, record in enumerate(records)
    ]
    path.write_bytes(gzip.compress(b"\n".join(lines)))
    file = RecordedFile(path=path, started=START, ended=Instant(START + 3_600 * SECOND))
    spec = SourceSpec(name=SourceName("line"), driver="serial_line", profile=profile, lane=lane)
    spy = OutletSpy()
    return spy, list(SerialLine(spec).replay(file, spy))


def test_a_door_counters_lines_are_handed_over(tmp_path: Path) -> None:
    spy, moments = replayed(
        tmp_path / "door", "door-counter-csv", {"line": "IN,1"}, {"line": "OUT,2"}
    )

    assert spy.calls == [
        ("door", START, {"entered": 1, "left": 0}),
        ("door", START + SECOND, {"entered": 0, "left": 2}),
    ]
    assert (spy.frames, spy.refused) == (2, {})
    assert moments == [START, START + SECOND]


def test_blank_lines_and_heartbeats_only_prove_life(tmp_path: Path) -> None:
    spy, _ = replayed(
        tmp_path / "door", "door-counter-csv", {"line": ""}, {"line": "#"}, {"line": "IN,0"}
    )

    assert (spy.calls, spy.frames, spy.refused) == ([], 3, {})


def test_lines_that_are_refused_are_no_sign_of_life(tmp_path: Path) -> None:
    spy, _ = replayed(
        tmp_path / "door",
        "door-counter-csv",
        {"line": "\x81\xfe\x00"},
        {"line": "UP,1"},
        {"line": "x" * 500},
        {"line": 7},
        {"hex": "zz"},
        {},
        b'{"t":17',
        {"t": 17, "line": "IN,1"},
    )

    assert (spy.calls, spy.frames) == ([], 0)
    assert spy.refused == {
        "no match": 1,
        "bad direction": 1,
        "frame overlong": 1,
        "no line": 2,
        "not hex": 1,
        "not JSON": 1,
        "outside the recording": 1,
    }


def test_a_frame_may_be_spread_over_recorded_pieces(tmp_path: Path) -> None:
    spy, _ = replayed(
        tmp_path / "door",
        "door-counter-binary",
        {"hex": "00aa5504"},
        {"hex": "0102035f"},
        {"hex": "68aa"},
    )

    assert spy.calls == [("door", START + 2 * SECOND, {"entered": 2, "left": 3})]


def test_a_new_replay_starts_without_the_half_frame_of_the_one_before(tmp_path: Path) -> None:
    first, _ = replayed(tmp_path / "door", "door-counter-csv", {"hex": b"IN,".hex()})
    second, _ = replayed(tmp_path / "door", "door-counter-csv", {"hex": b"1\n".hex()})

    assert first.calls == second.calls == []
    assert second.refused == {"no match": 1}


def test_a_code_is_handed_over_as_it_was_read(tmp_path: Path) -> None:
    spy, _ = replayed(tmp_path / "scanner", "scanner-plain", {"line": "4006381333931\r\n"})

    assert spy.calls == [("card", START, {"code": "4006381333931"})]


def test_a_receipt_without_a_lane_has_the_lane_of_its_till(tmp_path: Path) -> None:
    spy, _ = replayed(
        tmp_path / "till",
        "till-json",
        {"line": '{"receipt":"R-1","total":23.90,"currency":"EUR"}'},
        {"line": '{"receipt":"R-2","total":-1,"currency":"EUR","lane":"7","card":"12"}'},
        lane="3",
    )

    assert [detail["lane"] for _, _, detail in spy.calls] == ["3", "7"]
    assert [detail["total"] for _, _, detail in spy.calls] == [23.9, -1.0]
    assert [detail["card"] for _, _, detail in spy.calls] == [None, "12"]


def test_items_that_are_no_articles_are_left_out_and_counted(tmp_path: Path) -> None:
    line = '{"receipt":"R-1","total":1,"currency":"EUR","items":["A",{"price":1},{}]}'

    spy, _ = replayed(tmp_path / "till", "till-json", {"line": line})

    assert spy.calls[0][2]["items"] == ("A",)
    assert spy.refused == {"item left out": 2}


def test_a_sniffers_probe_is_handed_over_with_its_signal(tmp_path: Path) -> None:
    spy, _ = replayed(tmp_path / "radar", "esp32-probe-csv", {"line": "91,da:a1:19:00:11:22,-67,6"})

    detail = {"address": bytes.fromhex("daa119001122"), "signal_dbm": -67}
    assert spy.calls == [("probe", START, detail)]


@pytest.mark.endurance
@pytest.mark.parametrize("profile", ["door-counter-csv", "till-json", "till-text-receipt"])
def test_a_damaged_day_of_lines_never_stops_the_driver(tmp_path: Path, profile: str) -> None:
    seed = random.SystemRandom().getrandbits(32)
    sys.stdout.write(f"seed {seed}\n")
    dice = random.Random(seed)
    sound = b'IN,1\n{"receipt":"R-1","total":2,"currency":"EUR"}\nBon-Nr: 1\nSUMME 2,00\x1dV\n'

    for _ in range(300):
        stream = bytearray(sound * 20)
        for _ in range(dice.randrange(100)):
            stream[dice.randrange(len(stream))] = dice.randrange(256)
        pieces = [{"hex": stream[at : at + 37].hex()} for at in range(0, len(stream), 37)]
        spy, _ = replayed(tmp_path / "line", profile, *pieces)

        assert all(call in ("door", "receipt") for call, _, _ in spy.calls)
