"""What is recorded live decodes to the same, and names nobody."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.serial_line.driver import SerialLine
from drivers.serial_line.line import open_decoder
from drivers.serial_line.profile import profile_files, shipped_profiles
from edge.driver.contract import RecordedFile, SourceSpec
from edge.driver.disguise import disguised_address, disguised_text
from edge.driver.testing import OutletSpy
from edge.errors import RecordingError
from edge.model.names import Instant, SourceName
from tests.lab.listening import START

KEY = bytes(range(32))
PROFILES = profile_files([shipped_profiles()])
AT = Instant(START)


def source(profile: str, folder: Path | None = None) -> SerialLine:
    options = {} if folder is None else {"devices": str(folder)}
    return SerialLine(
        SourceSpec(name=SourceName("one"), driver="serial_line", profile=profile, options=options)
    )


def recorded(path: Path, driver: SerialLine, *frames: bytes) -> str:
    """Record frames; give what stands in the file."""
    path.unlink(missing_ok=True)
    tape = driver.open_tape(path, key=KEY)
    for frame in frames:
        tape.write(AT, frame)
    tape.close()
    return path.read_text()


def replayed(path: Path, driver: SerialLine) -> OutletSpy:
    spy = OutletSpy()
    file = RecordedFile(path=path, started=AT, ended=Instant(AT + 60 * 10**9))
    list(driver.replay(file, spy))
    return spy


def test_a_code_is_recorded_as_its_stand_in(tmp_path: Path) -> None:
    driver, path = source("scanner-plain"), tmp_path / "scanner.jsonl"

    text = recorded(path, driver, b"4006381333931\r")

    stand_in = disguised_text("4006381333931", key=KEY)
    assert "4006381333931" not in text
    assert replayed(path, driver).calls == [("card", AT, {"code": stand_in})]


def test_a_code_has_the_same_stand_in_at_the_scanner_and_at_the_till(tmp_path: Path) -> None:
    scanner, till = source("scanner-plain"), source("till-json")
    receipt = b'{"receipt":"R-17","total":23.9,"currency":"EUR","card":4006381333931,"lane":"1"}'

    recorded(tmp_path / "scanner", scanner, b"4006381333931")
    recorded(tmp_path / "till", till, receipt)

    ((_, _, scan),) = replayed(tmp_path / "scanner", scanner).calls
    ((_, _, sale),) = replayed(tmp_path / "till", till).calls
    assert sale["card"] == scan["code"]
    assert (sale["total"], sale["currency"], sale["lane"]) == (23.9, "EUR", "1")
    assert re.fullmatch(r"[A-Z]-\d\d", sale["receipt"])
    assert sale["receipt"] != "R-17"


def test_what_the_profile_does_not_look_at_is_not_recorded(tmp_path: Path) -> None:
    till, printer = source("till-json"), source("till-text-receipt")
    receipt = (
        b'{"receipt":"R-17","total":1,"currency":"EUR","cashier":"Anna",'
        b'"items":[{"article":"A-1","note":"for Mrs Brown"},{"price":1},"A-2"]}'
    )
    paper = (
        b"MARKT AM TOR\nEs bediente Sie Anna\nBon-Nr: 004711\nSUMME EUR 1.023,90 bar\n"
        b"Kundenkarte: 1234567890 Frau Brown\n1 x 4006381333931   12,90 Anna\n"
    )

    texts = recorded(tmp_path / "till", till, receipt) + recorded(
        tmp_path / "printer", printer, paper
    )

    assert [word for word in ("Anna", "Brown", "1234567890", "004711") if word in texts] == []
    ((_, _, first),) = replayed(tmp_path / "till", till).calls
    assert first["items"] == ("A-1", "A-2")
    ((_, _, second),) = replayed(tmp_path / "printer", printer).calls
    assert (second["total"], second["items"]) == (1023.9, ("4006381333931",))
    assert second["card"] == disguised_text("1234567890", key=KEY)


def test_an_address_keeps_the_way_it_is_written(tmp_path: Path) -> None:
    driver, path = source("esp32-probe-csv"), tmp_path / "sniffer.jsonl"

    text = recorded(path, driver, b"123456,da:a1:19:00:11:22,-67,6")

    stand_in = disguised_address(bytes.fromhex("daa119001122"), key=KEY)
    assert stand_in.hex(":") in text
    assert replayed(path, driver).calls == [("probe", AT, {"address": stand_in, "signal_dbm": -67})]


def test_counts_and_signs_of_life_are_recorded_as_they_are(tmp_path: Path) -> None:
    csv, binary = source("door-counter-csv"), source("door-counter-binary")
    frames = [bytes.fromhex("aa55040102035f68"), bytes.fromhex("aa55040000006063")]

    text = recorded(tmp_path / "csv", csv, b"IN,12\r", b"# Anna is here", b"")
    recorded(tmp_path / "binary", binary, *frames)

    first, second = replayed(tmp_path / "csv", csv), replayed(tmp_path / "binary", binary)
    assert "Anna" not in text
    assert first.calls == [("door", AT, {"entered": 12, "left": 0})]
    assert second.calls == [("door", AT, {"entered": 2, "left": 3})]
    assert (first.frames, second.frames) == (3, 2)


def test_a_refused_line_is_refused_again_and_tells_nothing(tmp_path: Path) -> None:
    driver, path = source("till-json"), tmp_path / "till.jsonl"

    text = recorded(path, driver, b'{"receipt":"R-17","card":"40063', b"\xff\xfe4006")

    assert "40063" not in text
    assert replayed(path, driver).refused == {"not JSON": 1}


BINARY_READER = r"""
description = "Card reader with a binary frame"
[framing]
kind = "counted"
start = "a5"
length_at = 1
adds = 3
checksum = "sum8"
[frame]
kind = "pattern"
encoding = "hex"
pattern = 'a5..(?P<code>.{8})..'
[meaning]
call = "card"
"""


def test_a_binary_frame_is_recorded_with_its_own_checksum(tmp_path: Path) -> None:
    (tmp_path / "reader.toml").write_text(BINARY_READER)
    driver, path = source("reader", tmp_path), tmp_path / "reader.jsonl"
    body = bytes.fromhex("a50404a1b2c3")

    text = recorded(path, driver, body + bytes([sum(body) & 0xFF]))

    ((_, _, detail),) = replayed(path, driver).calls
    assert "04a1b2c3" not in text
    assert detail["code"] == disguised_text("04a1b2c3", key=KEY)


def test_a_recording_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "door.jsonl"
    path.write_text("a day's work")

    with pytest.raises(RecordingError):
        source("door-counter-csv").open_tape(path, key=KEY)


def without_person(call: tuple[str, Instant, dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    kind, _, detail = call
    hidden = ("code", "card", "receipt", "address")
    return kind, {name: value for name, value in detail.items() if name not in hidden}


@pytest.mark.parametrize("profile", PROFILES)
def test_every_example_of_a_profile_is_recorded_as_what_it_means(
    profile: str, tmp_path: Path
) -> None:
    driver = source(profile)
    decoder = open_decoder(PROFILES[profile])
    path = tmp_path / "recorded.jsonl"

    for example in decoder.profile.example:
        stream = bytes.fromhex(example.hex or "")
        lines = [] if example.line is None else [example.line.encode()]
        frames = [*lines, *(one for one in decoder.cut(stream) if isinstance(one, bytes))]
        recorded(path, driver, *frames)
        recording = replayed(path, driver)
        heard = OutletSpy()
        for frame in frames:
            driver.hand_over(AT, decoder.frame(frame), outlet=heard)

        assert [without_person(call) for call in recording.calls] == [
            without_person(call) for call in heard.calls
        ]
        assert recording.frames == heard.frames


@pytest.mark.parametrize("profile", PROFILES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(frame=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_frame_can_be_recorded(profile: str, frame: bytes, tmp_path: Path) -> None:
    text = recorded(tmp_path / "any.jsonl", source(profile), frame)

    assert text.count("\n") <= 1
