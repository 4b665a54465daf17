"""What a recording says about itself can be read again, whatever the settings hold."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.daemon.recording_folder import file_names, make_empty
from edge.daemon.recording_tapes import without_secrets
from edge.daemon.recording_toml import toml_text
from edge.errors import RecordingError

PLAIN = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    PLAIN | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PLAIN, inner, max_size=3),
    max_leaves=8,
)
TABLE = st.dictionaries(PLAIN, VALUES, max_size=4)


@given(store=TABLE, sources=st.lists(TABLE, min_size=1, max_size=3), name=VALUES)
def test_what_is_written_as_toml_is_read_as_it_was(
    store: dict[str, Any], sources: list[dict[str, Any]], name: object
) -> None:
    tables = {"name": name, "store": store, "source": sources}

    assert tomllib.loads(toml_text(tables)) == tables


def test_what_is_none_is_left_out() -> None:
    assert toml_text({"a": None, "b": {"c": None, "d": 1}}) == "[b]\nd = 1\n"


@given(st.lists(st.tuples(PLAIN, st.sampled_from([".jsonl", ".pcap.gz"])), max_size=8))
def test_every_source_has_a_file_of_its_own_inside_the_folder(
    sources: list[tuple[str, str]],
) -> None:
    names = file_names(sources)

    assert len(set(names)) == len(sources)
    assert all(Path(name).name == name and not name.startswith(".") for name in names)
    assert all(name.endswith(suffix) for name, (_, suffix) in zip(names, sources, strict=True))


def test_a_name_that_is_no_file_name_becomes_one() -> None:
    names = file_names([("Tür 1/außen", ".jsonl"), ("T r 1 au en", ".jsonl"), ("..", ".jsonl")])

    assert names == ["T-r-1-au-en.jsonl", "T-r-1-au-en-2.jsonl", "source.jsonl"]


def test_options_that_name_secrets_are_left_out_at_any_depth() -> None:
    options = {
        "port": "/dev/ttyUSB0",
        "secret_file": "/etc/x",
        "api_token": "t",
        "beacon": {"uuid": "u", "minor_key_file": "/etc/k"},
    }

    assert without_secrets(options) == {"port": "/dev/ttyUSB0", "beacon": {"uuid": "u"}}


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "day").touch()

    with pytest.raises(RecordingError, match="cannot record into this folder"):
        make_empty(tmp_path / "day")
