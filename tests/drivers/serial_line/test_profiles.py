"""Every shipped profile does what its own examples say; a wrong profile is answered with why."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.serial_line.driver import SerialLine, decode_record
from drivers.serial_line.line import open_decoder
from drivers.serial_line.profile import Example, load_profile, profile_files, shipped_profiles
from edge.driver.contract import SourceSpec
from edge.driver.testing import OutletSpy
from edge.errors import ConfigError
from edge.model.names import Instant, SourceName

SHIPPED = profile_files([shipped_profiles()])
FIXED = {"door-counter-csv", "scanner-plain", "till-json"}
OTHERS = {
    "till-text-receipt",
    "scanner-aim",
    "door-counter-binary",
    "esp32-probe-csv",
    "wiegand-hex",
}
AT = Instant(1_773_478_800 * 10**9)


def examples() -> list[Any]:
    return [
        pytest.param(name, example, id=f"{name}-{number}")
        for name, path in SHIPPED.items()
        for number, example in enumerate(load_profile(path).example, start=1)
    ]


def spec(profile: str | None, **options: object) -> SourceSpec:
    return SourceSpec(
        name=SourceName("line"), driver="serial_line", profile=profile, options=options
    )


def told(name: str, example: Example) -> list[dict[str, Any]]:
    """Give the calls and refusals an example leads to, the way examples write them."""
    spy = OutletSpy()
    line = SerialLine(spec(name))
    record = {"line": example.line} if example.line is not None else {"hex": example.hex}
    outcomes: list[dict[str, Any]] = []
    for outcome in decode_record(open_decoder(SHIPPED[name]), record):
        line.hand_over(AT, outcome, outlet=spy)
        outcomes += [{"call": call, **written(detail)} for call, _, detail in spy.calls]
        outcomes += [{"refused": reason} for reason in spy.refused]
        spy = OutletSpy()
    return outcomes


def written(detail: dict[str, Any]) -> dict[str, Any]:
    plain = {
        key: value.hex() if isinstance(value, bytes) else value for key, value in detail.items()
    }
    if "items" in plain:
        plain["items"] = list(plain["items"])
    return {key: value for key, value in plain.items() if value not in (None, [])}


@pytest.mark.parametrize(("name", "example"), examples())
def test_an_example_does_what_it_says(name: str, example: Example) -> None:
    expected = [
        {key: value for key, value in outcome.items() if value != []} for outcome in example.expect
    ]

    assert told(name, example) == expected


def test_the_profiles_that_recordings_may_name_are_shipped() -> None:
    assert set(SHIPPED) >= FIXED | OTHERS


@pytest.mark.parametrize("name", SHIPPED)
def test_every_profile_shows_a_line_that_counts_one_that_is_refused_and_a_stream(name: str) -> None:
    shown = load_profile(SHIPPED[name]).example

    assert any("call" in outcome for example in shown for outcome in example.expect)
    assert any("refused" in outcome for example in shown for outcome in example.expect)
    assert all((example.line is None) is not (example.hex is None) for example in shown)


def test_a_missing_profile_is_answered_with_the_names_there_are() -> None:
    with pytest.raises(ConfigError, match="needs the profile") as fault:
        SerialLine(spec(None))

    assert all(name in fault.value.remedy for name in SHIPPED)


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("door-counter-cvs", "door-counter-csv"),
        ("till_json", "till-json"),
        ("scanner", "scanner-plain"),
    ],
)
def test_an_unknown_profile_is_answered_with_what_was_meant(wrong: str, meant: str) -> None:
    with pytest.raises(ConfigError) as fault:
        SerialLine(spec(wrong))

    assert f"no profile is named {wrong!r}" in str(fault.value)
    assert meant in fault.value.remedy


@pytest.mark.parametrize("name", ["../policies/off", "/etc/passwd", "", "door-counter-csv.toml"])
def test_a_profile_is_a_name_and_never_a_path(name: str) -> None:
    with pytest.raises(ConfigError, match="no profile is named"):
        SerialLine(spec(name))


def test_a_store_may_have_profiles_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "our-till.toml").write_text(SHIPPED["till-json"].read_text())

    SerialLine(spec("our-till", devices=str(tmp_path)))
    SerialLine(spec("till-json", devices=str(tmp_path)))

    assert profile_files([tmp_path, shipped_profiles()])["our-till"].parent == tmp_path


@pytest.mark.parametrize("folder", ["/nowhere/at/all", 7])
def test_a_folder_of_profiles_that_is_not_there_is_refused(folder: object) -> None:
    with pytest.raises(ConfigError, match="devices"):
        SerialLine(spec("till-json", devices=folder))


GOOD = """
description = "a door"
[frame]
kind = "pattern"
pattern = '(?P<direction>\\w+),(?P<people>\\d+)'
[meaning]
call = "door"
directions = { IN = "entered" }
"""


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("[frame]", "[fraem]", "unknown field `fraem`"),
        ("description", "descriptoin", "descriptoin"),
        ("[frame]", "[frame", "]"),
        ('kind = "pattern"', 'kind = "patern"', "patern"),
        ("(?P<people>", "(?P<people", "no regular expression"),
        ("(?P<people>", "(?P<persons>", "no field is named 'persons'"),
        ("(?P<direction>", "(", "direction, entered or left"),
        ('directions = { IN = "entered" }', "", "needs directions"),
        ('"entered"', '"in"', "directions"),
        ('call = "door"', 'call = "card"', "directions"),
        (
            'call = "door"\ndirections = { IN = "entered" }',
            'call = "card"',
            "gives no field 'code'",
        ),
        ("[frame]", '[framing]\nkind = "delimited"\ndelimiter = "xx"\n[frame]', "non-hexadecimal"),
        ("[frame]", "heartbeats = ['(']\n[frame]", "unterminated"),
        ("[frame]", '[device]\nparity = "mark"\n[frame]', "parity"),
        (
            "kind = \"pattern\"\npattern = '(?P<direction>\\w+),(?P<people>\\d+)'",
            "kind = \"search\"\nfields = { direction = 'IN|OUT' }",
            "exactly one group",
        ),
    ],
)
def test_a_profile_with_a_fault_is_refused_with_the_fault(
    tmp_path: Path, before: str, after: str, why: str
) -> None:
    path = tmp_path / "door.toml"
    assert before in GOOD
    path.write_text(GOOD.replace(before, after, 1))

    with pytest.raises(ConfigError) as fault:
        open_decoder(path)

    assert why in fault.value.why
    assert str(path) == fault.value.where


def test_a_profile_without_a_fault_is_used(tmp_path: Path) -> None:
    path = tmp_path / "door.toml"
    path.write_text(GOOD)

    assert open_decoder(path).line("IN,2") is not None


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text("AR-1,. ", max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.just("article"), inner),
    max_leaves=6,
)  # fmt: skip
TILL_LINES = st.dictionaries(
    st.sampled_from(["receipt", "total", "currency", "card", "lane", "items"]), ANY_JSON
).map(lambda record: msgspec.json.encode(record).decode())


@pytest.mark.parametrize("name", SHIPPED)
@given(line=st.text('INOUT,123#[]{}:"é\x1b\0\n', max_size=40) | TILL_LINES)
def test_any_line_gives_a_reading_a_reason_or_a_sign_of_life(name: str, line: str) -> None:
    (outcome,) = decode_record(open_decoder(SHIPPED[name]), {"line": line})

    assert_fit(outcome)


@pytest.mark.parametrize("name", SHIPPED)
@given(pieces=st.lists(st.binary(max_size=60), max_size=5))
def test_any_stream_gives_readings_reasons_and_signs_of_life(
    name: str, pieces: list[bytes]
) -> None:
    decoder = open_decoder(SHIPPED[name])

    for piece in pieces:
        for outcome in decode_record(decoder, {"hex": piece.hex()}):
            assert_fit(outcome)


def assert_fit(outcome: object) -> None:
    """A reason is a few fixed words of lower case and JSON, so it can hold no content."""
    if isinstance(outcome, str):
        assert outcome in REASONS
    elif outcome is not None:
        assert isinstance(outcome, msgspec.Struct)


REASONS = {
    "bad address",
    "bad checksum",
    "bad code",
    "bad currency",
    "bad direction",
    "bad items",
    "bad lane",
    "bad people",
    "bad receipt",
    "bad signal",
    "bad total",
    "frame overlong",
    "half frame",
    "no code",
    "no match",
    "no receipt",
    "not JSON",
    "not hex",
    "not text",
}
