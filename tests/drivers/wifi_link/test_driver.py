"""Associations with the store's own Wi-Fi are handed over; accounts are not even looked at."""

import random
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wifi_link.decode import LinkChange, read_change
from drivers.wifi_link.driver import WifiLink
from edge.driver.contract import RecordedFile, SourceSpec
from edge.driver.testing import OutletSpy
from edge.errors import ConfigError, RecordingError
from edge.model.names import Instant, SourceName

START = Instant(1_773_478_800 * 10**9)
SPEC = SourceSpec(name=SourceName("ap"), driver="wifi_link")
ADDRESS = bytes.fromhex("a483e7001122")


def replayed(path: Path, content: bytes) -> tuple[OutletSpy, list[Instant]]:
    path.write_bytes(content)
    file = RecordedFile(path=path, started=START, ended=Instant(START + 60 * 10**9))
    spy = OutletSpy()
    return spy, list(WifiLink(SPEC).replay(file, spy))


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (
            {"event": "associated", "address": "a4:83:e7:00:11:22", "account": "ada"},
            LinkChange(address=ADDRESS, joined=True),
        ),
        (
            {"event": "disassociated", "address": "A4-83-E7-00-11-22"},
            LinkChange(address=ADDRESS, joined=False),
        ),
        (
            {"event": "associated", "address": "a483e7001122"},
            LinkChange(address=ADDRESS, joined=True),
        ),
        ({"event": "roamed", "address": "a4:83:e7:00:11:22"}, "unknown event"),
        ({"event": ["associated"], "address": "a4:83:e7:00:11:22"}, "unknown event"),
        ({"address": "a4:83:e7:00:11:22"}, "unknown event"),
        ({"event": "associated"}, "bad address"),
        ({"event": "associated", "address": "a4:83"}, "bad address"),
        ({"event": "associated", "address": "ff:ff:ff:ff:ff:ff"}, "bad address"),
    ],
)
def test_each_record_is_a_change_or_a_reason(
    record: dict[str, Any], expected: LinkChange | str
) -> None:
    assert read_change(record) == expected


def test_joining_and_leaving_are_handed_over_in_the_order_of_the_file(tmp_path: Path) -> None:
    content = (
        b'\xef\xbb\xbf{"t":1773478810,"event":"associated","address":"a4:83:e7:00:11:22"}\r\n'
        b"\r\n"
        b'{"t":1773478805.5,"event":"disassociated","address":"a4:83:e7:00:11:22","account":"a"}'
    )

    spy, moments = replayed(tmp_path / "ap.jsonl", content)

    assert spy.calls == [
        ("link", START + 10 * 10**9, {"address": ADDRESS, "joined": True}),
        ("link", START + 5_500_000_000, {"address": ADDRESS, "joined": False}),
    ]
    assert (spy.frames, spy.refused) == (2, {})
    assert moments == [START + 10 * 10**9, START + 5_500_000_000]


def test_lines_that_cannot_be_used_are_counted_and_are_no_sign_of_life(tmp_path: Path) -> None:
    content = b"\n".join(
        [
            b"hello",
            b'{"event":"associated","address":"a4:83:e7:00:11:22"}',
            b'{"t":"1773478800","event":"associated","address":"a4:83:e7:00:11:22"}',
            b'{"t":1,"event":"associated","address":"a4:83:e7:00:11:22"}',
            b'{"t":1773478800,"event":"associated","address":"nobody"}',
        ]
    )

    spy, moments = replayed(tmp_path / "ap.jsonl", content)

    assert (spy.calls, spy.frames) == ([], 0)
    assert spy.refused == {
        "not JSON": 1,
        "no time": 2,
        "outside the recording": 1,
        "bad address": 1,
    }
    assert moments == [START]


def test_options_and_profiles_of_other_drivers_are_refused() -> None:
    with pytest.raises(ConfigError, match="no option 'bssid'"):
        WifiLink(SourceSpec(name=SPEC.name, driver="wifi_link", options={"bssid": "shop"}))
    with pytest.raises(ConfigError, match="takes no profile"):
        WifiLink(SourceSpec(name=SPEC.name, driver="wifi_link", profile="till-json"))


@given(
    st.dictionaries(
        st.sampled_from(["event", "address", "t"]),
        st.none()
        | st.booleans()
        | st.floats()
        | st.text("af0:-", max_size=20)
        | st.just("associated"),
    )
)
def test_any_record_is_a_change_or_a_reason(record: dict[str, Any]) -> None:
    assert isinstance(read_change(record), LinkChange | str)


@pytest.mark.endurance
def test_a_damaged_day_of_associations_never_stops_the_driver(tmp_path: Path) -> None:
    seed = random.SystemRandom().getrandbits(32)
    sys.stdout.write(f"seed {seed}\n")
    dice = random.Random(seed)
    line = b'{"t":1773478800.5,"event":"associated","address":"a4:83:e7:00:11:22"}\n'

    for _ in range(500):
        whole = bytearray(line * 200)
        for _ in range(dice.randrange(100)):
            whole[dice.randrange(len(whole))] = dice.randrange(1, 256)
        spy, _ = replayed(tmp_path / "ap.jsonl", bytes(whole))

        assert all(len(detail["address"]) == 6 for _, _, detail in spy.calls)
        assert spy.frames == len(spy.calls)


def test_a_file_of_another_format_is_refused_as_a_whole(tmp_path: Path) -> None:
    with pytest.raises(RecordingError):
        replayed(tmp_path / "ap.jsonl", msgspec.json.encode({"t": 1}) + b"\0")
