"""A wrong rate is told from the bytes alone; a right one is never left for a little noise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.serial_line.hearing import Hearing
from drivers.serial_line.line import open_decoder
from drivers.serial_line.profile import profile_files, shipped_profiles
from drivers.serial_line.speed import COMMON_BAUDS, SpeedWatch, Verdict
from tests.lab.serial import garble

PROFILES = profile_files([shipped_profiles()])
every_profile = pytest.mark.parametrize("profile", PROFILES)


class Port:
    """A port without hardware: what comes in is heard and judged, as it is at a real one."""

    def __init__(self, profile: str, *, baud: int = 9600, can_change: bool = True) -> None:
        self._path = PROFILES[profile]
        self._hearing = Hearing(open_decoder(self._path), midway_s=0.1)
        self.watch = SpeedWatch(open_decoder(self._path).profile, baud=baud, can_change=can_change)

    def take(self, data: bytes, *, after_s: float = 1.0) -> Verdict | None:
        came = self._hearing.take(data, after_s=after_s)
        verdict = self.watch.take(data, [heard.outcome for heard in came])
        if verdict is Verdict.TRY_NEXT:
            self._hearing = Hearing(open_decoder(self._path), midway_s=0.1)
        return verdict


def test_garbage_at_the_set_rate_has_the_other_rates_tried() -> None:
    port = Port("door-counter-csv", baud=9600)

    assert port.take(garble(40)) is None
    assert port.take(garble(40)) is Verdict.TRY_NEXT
    assert port.watch.baud == 115200


def test_every_common_rate_is_tried_once_and_then_it_is_given_up() -> None:
    port = Port("door-counter-csv", baud=19200)
    tried = []

    while port.take(garble(80)) is Verdict.TRY_NEXT:
        tried.append(port.watch.baud)

    assert sorted([*tried, 19200]) == sorted(COMMON_BAUDS)


@pytest.mark.parametrize(
    ("profile", "sound"),
    [
        ("door-counter-csv", b"IN,1\n"),
        ("scanner-plain", b"4006381333931\n"),
        ("scanner-aim", b"\x02]E04006381333931\x03"),
        ("till-json", b'{"receipt":"R-1","total":1.5,"currency":"EUR"}\n'),
        ("till-text-receipt", b"Bon-Nr: 1\nSUMME 1,50\x1dV"),
        ("door-counter-binary", bytes.fromhex("aa55040102035f68")),
        ("wiegand-hex", b"04A1B2C3\r"),
        ("esp32-probe-csv", b"123456,da:a1:19:00:11:22,-67,6\n"),
    ],
)
def test_the_rate_at_which_the_device_is_understood_is_found(profile: str, sound: bytes) -> None:
    port = Port(profile, baud=1200)
    while port.take(garble(80)) is not Verdict.TRY_NEXT:
        pass

    assert port.take(sound) is Verdict.FOUND
    assert port.take(sound) is None


def test_a_rate_that_gives_text_is_found_though_the_profile_is_another_devices() -> None:
    port = Port("door-counter-csv", baud=1200)
    port.take(garble(80))

    assert port.take(b"ets Jun  8 2016 00:22:57\n") is Verdict.FOUND


@every_profile
def test_noise_when_a_plug_is_pushed_in_changes_nothing(profile: str) -> None:
    port = Port(profile)

    assert port.take(garble(20)) is None


def test_a_device_that_was_understood_is_doubted_four_times_as_late() -> None:
    port = Port("door-counter-csv")
    port.take(b"IN,1\n")

    assert port.take(garble(200)) is None
    assert port.take(garble(60)) is Verdict.TRY_NEXT


def test_text_of_a_foreign_device_is_no_reason_to_change_the_rate() -> None:
    port = Port("door-counter-csv")

    assert {port.take(b"hello, I am a label printer\n") for _ in range(100)} == {None}


def test_letters_beyond_ascii_are_no_garbage_in_a_text_of_utf_8() -> None:
    port = Port("till-json")

    assert {port.take("Κατάστημα κλειστό σήμερα\n".encode()) for _ in range(20)} == {None}


def test_a_printers_logo_is_no_reason_to_change_the_rate() -> None:
    port = Port("till-text-receipt")

    assert port.take(b"\x1dv0\x00\x20\x00\x40\x00" + garble(4_000)) is None
    assert port.take(b"\nBon-Nr: 1\nSUMME 1,50\x1dV") is None


def test_a_rate_that_is_not_ours_to_set_is_given_up_at_once() -> None:
    port = Port("door-counter-csv", can_change=False)

    assert port.take(garble(80)) is Verdict.NONE_FITS


def test_parity_in_the_eighth_bit_is_told_from_a_wrong_rate() -> None:
    text = b"IN,1\r\nOUT,2\r\n" * 8
    port = Port("door-counter-csv")

    assert port.take(bytes(byte | 0x80 for byte in text)) is Verdict.SEVEN_BITS


@pytest.mark.parametrize(
    ("profile", "half", "after_s", "is_half"),
    [
        ("door-counter-csv", b"IN,1\n", 0.0, False),
        ("door-counter-csv", b"N,1\n", 0.0, True),
        ("door-counter-csv", b"N,1\n", 0.5, False),
        ("scanner-plain", b"333931\n", 0.0, True),
        ("scanner-plain", b"333931\n", 0.5, False),
        ("scanner-plain", b"\n", 0.0, False),
        ("wiegand-hex", b"04A1B2C3\r", 0.0, True),
        ("till-json", b'{"receipt":"R","total":1,"currency":"EUR"}\n', 0.0, False),
        ("till-json", b'otal":1,"currency":"EUR"}\n', 0.0, True),
        ("till-text-receipt", b"SUMME 1,00\x1dV", 0.0, True),
        ("scanner-aim", b"\x02]E0400\x03", 0.0, False),
        ("door-counter-binary", bytes.fromhex("aa55040102035f68"), 0.0, False),
    ],
)
def test_only_a_line_that_may_have_begun_before_is_a_half_one(
    profile: str,
    half: bytes,
    after_s: float,
    is_half: bool,  # noqa: FBT001 - a table
) -> None:
    hearing = Hearing(open_decoder(PROFILES[profile]), midway_s=0.1)

    (first,) = hearing.take(half, after_s=after_s)
    (second,) = hearing.take(half, after_s=after_s)

    assert (first.outcome == "half a line") == is_half
    assert second.outcome != "half a line"


@every_profile
@given(pieces=st.lists(st.tuples(st.binary(max_size=80), st.floats(0, 10)), max_size=12))
def test_any_bytes_are_heard_and_judged(profile: str, pieces: list[tuple[bytes, float]]) -> None:
    port = Port(profile)

    for data, after_s in pieces:
        port.take(data, after_s=after_s)

    assert port.watch.baud in COMMON_BAUDS
