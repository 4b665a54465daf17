"""Every type of event survives the disk, old rows included."""

import types
from collections.abc import Iterator
from typing import Any, Union, get_args, get_origin

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import StoreError
from edge.model.event import EVENT_TYPES, Event, EventData, VisitStarted
from edge.model.names import Instant, VisitId
from edge.privacy.keyring import Keyring
from edge.store import reading
from edge.store.database import Store
from edge.store.rows import from_row, to_row, visit_bytes, visit_name

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VISITS = st.binary(min_size=8, max_size=8).map(visit_name)
MOMENTS = st.integers(0, 4_000_000_000_000).map(lambda ms: Instant(ms * 1_000_000))
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    VisitId: VISITS,
    int: st.integers(-(2**31), 2**31),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    str: TEXT,
    type(None): st.none(),
}


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Give any value of a field's type."""
    if get_origin(kind) in (Union, types.UnionType):
        return st.one_of([values(part) for part in get_args(kind)])
    if get_origin(kind) is tuple:
        return st.lists(values(get_args(kind)[0]), max_size=4).map(tuple)
    if kind in PLAIN:
        return PLAIN[kind]
    if hasattr(kind, "__supertype__"):
        return values(kind.__supertype__)
    return structs(kind)


def structs(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Give any value of a struct."""
    return st.builds(kind, **{f.name: values(f.type) for f in msgspec.structs.fields(kind)})


DATA: st.SearchStrategy[EventData] = st.one_of([structs(kind) for kind in EVENT_TYPES])


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Give any event, about its own visit, another one or none."""
    data = draw(DATA)
    visit = draw(st.sampled_from([getattr(data, "visit", None), None, VisitId("v-" + "7" * 16)]))
    return Event(at=draw(MOMENTS), recorded=draw(MOMENTS), data=data, visit=visit)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("rows") / "store.db"
    with Store.open(path, cipher=Keyring(bytes(range(32)))) as store:
        yield store


@given(batch=st.lists(events(), max_size=5))
def test_any_event_of_any_type_comes_back_from_the_disk(kept: Store, batch: list[Event]) -> None:
    first, _ = kept.ledger.append(batch).result()

    reader = kept.reader()
    rows = list(reading.events(reader, after=first - 1))
    reader.close()

    assert [row.data for row in rows] == [event.data for event in batch]
    assert [row.visit for row in rows] == [event.visit for event in batch]
    assert [row.at_ms * 1_000_000 for row in rows] == [event.at for event in batch]
    assert [row.recorded_ms * 1_000_000 for row in rows] == [event.recorded for event in batch]


@given(data=DATA)
def test_an_old_row_without_the_newer_fields_reads_with_their_defaults(data: EventData) -> None:
    fields = msgspec.structs.fields(data)
    old = [field.name for field in fields if field.required]
    array = msgspec.msgpack.encode([getattr(data, name) for name in old])

    row = from_row((1, EVENT_TYPES.index(type(data)), 0, 0, 1, None, array))

    assert [field.name for field in fields[: len(old)]] == old
    assert row.data == type(data)(**{name: getattr(data, name) for name in old})


@given(code=st.integers(-3, 300), data=st.binary(max_size=60))
def test_any_bytes_in_a_row_read_as_an_event_or_are_a_store_error(code: int, data: bytes) -> None:
    try:
        row = from_row((7, code, 0, 0, 1, b"12345678", data))
    except StoreError as caught:
        found = caught.where
    else:
        found = type(row.data).type

    assert found in {"sequence 7", *(kind.type for kind in EVENT_TYPES)}


def test_an_event_written_by_a_newer_version_says_so() -> None:
    with pytest.raises(StoreError, match="not known to this version"):
        from_row((1, len(EVENT_TYPES), 0, 0, 1, None, b"\x90"))


def test_a_visit_is_kept_once_in_a_row() -> None:
    visit = VisitId("v-0123456789abcdef")
    event = Event(at=Instant(0), recorded=Instant(0), data=VisitStarted(visit=visit), visit=visit)

    *_, column, data = to_row(event)

    assert column == bytes.fromhex("0123456789abcdef")
    assert b"0123456789abcdef" not in data


@given(raw=st.binary(min_size=8, max_size=8))
def test_a_visit_id_and_its_bytes_are_the_same_thing(raw: bytes) -> None:
    assert visit_bytes(visit_name(raw)) == raw
