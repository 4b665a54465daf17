"""Addresses in every spelling become six bytes; wrong names are answered with the right ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.driver.address import station_address
from edge.driver.contract import SourceSpec
from edge.driver.options import check_no_profile, check_options, meant
from edge.errors import ConfigError
from edge.model.names import SourceName

ADDRESS = bytes.fromhex("a483e7001122")


@pytest.mark.parametrize(
    "text", ["a4:83:e7:00:11:22", "A4-83-E7-00-11-22", "a483e7001122", " A4:83:e7:00:11:22\n"]
)
def test_every_spelling_gives_the_same_bytes(text: str) -> None:
    assert station_address(text) == ADDRESS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a4:83:e7:00:11",
        "a4:83:e7:00:11:22:33",
        "a4:83-e7:00:11:22",
        "a4:83:e7:00:11:2g",
        "ff:ff:ff:ff:ff:ff",
        "01:00:5e:00:00:01",
        "00:00:00:00:00:00",
        "\u0664a:83:e7:00:11:22",
        None,
        181_000_000,
        ["a4:83:e7:00:11:22"],
    ],
)
def test_what_names_no_station_gives_nothing(text: object) -> None:
    assert station_address(text) is None


@given(st.binary(min_size=6, max_size=6), st.sampled_from(":-"), st.booleans())
def test_every_stations_address_comes_back_as_it_was_written(
    address: bytes,
    mark: str,
    is_upper: bool,  # noqa: FBT001 - drawn by hypothesis
) -> None:
    text = address.hex(mark).upper() if is_upper else address.hex(mark)
    names_a_station = any(address) and not address[0] & 1

    assert station_address(text) == (address if names_a_station else None)


@given(st.text())
def test_any_text_is_an_address_or_none(text: str) -> None:
    address = station_address(text)

    assert address is None or len(address) == 6


def test_an_unknown_option_is_named_with_what_was_meant() -> None:
    spec = SourceSpec(name=SourceName("tills"), driver="serial_line", options={"device": "/x"})

    with pytest.raises(ConfigError) as fault:
        check_options(spec, ("devices",))

    assert "no option 'device'" in fault.value.what
    assert fault.value.where == "source tills"
    assert fault.value.remedy == "did you mean 'devices'? known: devices"


def test_known_options_and_missing_profiles_pass() -> None:
    spec = SourceSpec(name=SourceName("tills"), driver="x", options={"devices": "/x"})

    check_options(spec, ("devices",))
    check_no_profile(spec)

    assert meant("quite different", ["devices"]) == "known: devices"
    assert meant("any", []) == "known: none"
