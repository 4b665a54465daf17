"""Recorded JSON lines give dated objects; every line that is none gives a fixed reason."""

import gzip
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.driver.jsonl import LONGEST_LINE, TimedObject, json_lines, read_line
from edge.errors import RecordingError

AT = 1_773_478_800 * 10**9


def read(tmp_path: Path, content: bytes) -> list[TimedObject | str]:
    path = tmp_path / "lines.jsonl"
    path.write_bytes(content)
    return list(json_lines(path))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"t":1773478800,"line":"IN,1"}', (AT, {"t": 1773478800, "line": "IN,1"})),
        (b'  {"t": 1773478800.123457}\r', (AT + 123_457_000, {"t": 1773478800.123457})),
        (b'\xef\xbb\xbf{"t":1773478800}', (AT, {"t": 1773478800})),
        (b'{"t":-1}', (-(10**9), {"t": -1})),
        (b"", None),
        (b" \r", None),
        (b'{"t":"1773478800"}', "no time"),
        (b'{"t":true}', "no time"),
        (b'{"t":null}', "no time"),
        (b'{"t":1e308}', "no time"),
        (b'{"line":"IN,1"}', "no time"),
        (b"[1]", "not an object"),
        (b"1773478800", "not an object"),
        (b'{"t":1773478800', "not JSON"),
        (b'{"t":NaN}', "not JSON"),
        (b'{"t":1,"line":"\xff"}', "not JSON"),
        (b"[" * 10_000, "not JSON"),
        (b"IN,1", "not JSON"),
    ],
)
def test_each_line_is_a_dated_object_or_a_reason(
    line: bytes, expected: TimedObject | str | None
) -> None:
    assert read_line(line) == expected


@pytest.mark.parametrize(
    "content",
    [
        b'{"t":1}\n{"t":2}\n',
        b'{"t":1}\n{"t":2}',
        b'\xef\xbb\xbf{"t":1}\r\n\r\n{"t":2}\r\n',
        gzip.compress(b'{"t":1}\n{"t":2}\n', mtime=0),
        gzip.compress(b'{"t":1}\n', mtime=0) + gzip.compress(b'{"t":2}\n', mtime=0),
    ],
)
def test_line_ends_marks_and_gzip_do_no_harm(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path, content) == [(10**9, {"t": 1}), (2 * 10**9, {"t": 2})]


def test_lines_out_of_order_stay_in_the_order_of_the_file(tmp_path: Path) -> None:
    entries = read(tmp_path, b'{"t":2}\n{"t":1}\n')

    assert entries == [(2 * 10**9, {"t": 2}), (10**9, {"t": 1})]


@pytest.mark.parametrize("size", [LONGEST_LINE + 1, 300_000, 1_000_000])
def test_an_overlong_line_is_dropped_once_and_the_next_is_read(tmp_path: Path, size: int) -> None:
    entries = read(tmp_path, b'{"t":1}\n' + b"x" * size + b'\n{"t":2}\n')

    assert entries == [(10**9, {"t": 1}), "line overlong", (2 * 10**9, {"t": 2})]


def test_an_overlong_line_at_the_end_is_dropped_once(tmp_path: Path) -> None:
    assert read(tmp_path, b"x" * 1_000_000) == ["line overlong"]


def test_lines_longer_than_a_piece_of_the_file_are_put_together(tmp_path: Path) -> None:
    line = msgspec.json.encode({"t": 1, "line": "x" * 60_000})

    entries = read(tmp_path, b"\n".join([line] * 20))

    assert len(entries) == 20
    assert not any(isinstance(entry, str) for entry in entries)


def test_a_gzip_file_cut_short_keeps_the_lines_before(tmp_path: Path) -> None:
    whole = gzip.compress(b'{"t":1}\n' * 1_000)

    entries = read(tmp_path, whole[:-12])

    assert entries[0] == (10**9, {"t": 1})
    assert entries[-1] == "gzip cut short"


@pytest.mark.parametrize(
    "content", [b"\xd4\xc3\xb2\xa1\x02\x00", b"btsnoop\0", '{"t":1}'.encode("utf-16")]
)
def test_a_file_that_holds_no_text_is_refused_as_a_whole(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(RecordingError, match="NUL bytes"):
        read(tmp_path, content)


def test_a_file_that_is_not_there_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"door\.jsonl"):
        list(json_lines(tmp_path / "door.jsonl"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=300)
    | st.text(max_size=100).map(lambda text: msgspec.json.encode({"t": 1, "line": text}))
)
def test_any_bytes_give_objects_or_reasons(tmp_path: Path, content: bytes) -> None:
    try:
        entries = read(tmp_path, content)
    except RecordingError:
        assert b"\0" in content
    else:
        assert all(isinstance(entry, str | tuple) for entry in entries)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(max_size=40), max_size=20), st.sampled_from([b"\n", b"\r\n", b"\n\n"]))
def test_every_object_that_was_written_is_read_back(
    tmp_path: Path, lines: list[str], ending: bytes
) -> None:
    records = [{"t": number, "line": line} for number, line in enumerate(lines)]
    content = ending.join(map(msgspec.json.encode, records))

    entries = read(tmp_path, content)

    assert entries == [(number * 10**9, record) for number, record in enumerate(records)]
