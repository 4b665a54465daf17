"""Identifiers in recordings are stand-ins: the same each time, and of no use without the key."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.driver.disguise import disguised_address, disguised_text
from edge.driver.jsonl import json_lines
from edge.driver.jsonl_tape import LineTape, begin_lines
from edge.errors import RecordingError, StoreError
from edge.model.names import Instant

KEY, OTHER = bytes(range(32)), bytes(32)
AT = Instant(1_773_478_800_123_456_789)


@given(st.binary(min_size=6, max_size=6))
def test_a_random_address_stays_random_and_a_group_a_group(address: bytes) -> None:
    stand_in = disguised_address(address, key=KEY)

    assert len(stand_in) == 6
    assert stand_in[0] & 3 == address[0] & 3
    assert stand_in == disguised_address(address, key=KEY) != disguised_address(address, key=OTHER)


@pytest.mark.parametrize("code", ["4006381333931", "04a1b2c3", "R-0815/A", "https://club.example"])
def test_a_code_keeps_its_length_and_the_kind_of_its_signs(code: str) -> None:
    stand_in = disguised_text(code, key=KEY)

    assert stand_in != code
    assert [sign.isdigit() for sign in stand_in] == [sign.isdigit() for sign in code]
    assert [sign for sign in stand_in if not sign.isalnum()] == [
        sign for sign in code if not sign.isalnum()
    ]
    assert stand_in == disguised_text(code, key=KEY) != disguised_text(code, key=OTHER)


def test_a_code_in_hex_stays_hex_and_its_case_is_only_a_way_to_write_it() -> None:
    small, great = (disguised_text(code, key=KEY) for code in ("04a1b2c3", "04A1B2C3"))

    assert small.upper() == great
    assert len(bytes.fromhex(small)) == 4


@given(st.text(max_size=200))
def test_any_text_has_a_stand_in_of_its_length(text: str) -> None:
    assert len(disguised_text(text, key=KEY)) == len(text)


def test_what_is_appended_is_read_again_to_the_microsecond(tmp_path: Path) -> None:
    tape = begin_lines(tmp_path / "one.jsonl")

    tape.append(AT, {"line": "IN,1"})
    tape.close()

    ((at, record),) = json_lines(tmp_path / "one.jsonl")
    assert (at, record["line"]) == (AT // 1_000 * 1_000, "IN,1")


def test_a_recorded_file_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_bytes(b"a day's work")

    with pytest.raises(RecordingError, match=r"one\.jsonl"):
        begin_lines(tmp_path / "one.jsonl")


def test_a_full_disk_is_said_and_names_no_content() -> None:
    with Path("/dev/full").open("wb", buffering=0) as file:
        tape = LineTape(Path("/dev/full"), file)

        with pytest.raises(StoreError, match="No space left") as fault:
            tape.append(AT, {"line": "secret"})

    assert "secret" not in str(fault.value)
