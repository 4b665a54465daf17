import contextlib
import json
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import WireError
from edge.model.event import OccupancyEstimated, VisitStarted
from edge.model.names import DoorName, VisitId, ZoneName
from edge.store.rows import LedgerRow
from edge.sync.batch import BatchLimits, pack, unpack
from edge.sync.cloudevents import EventSource, decode_event, decode_events, encode_event

SOURCE = EventSource(store="toy-042", node="node-1", epoch="0123456789abcdef")
NOW_MS = 1_773_478_800_000
VISIT = VisitId("v-00000000000000aa")


def row(sequence: int = 1, *, at_ms: int = NOW_MS, items: int = 0) -> LedgerRow:
    door = DoorName("d" * items) if items else DoorName("main")
    return LedgerRow(
        sequence=sequence,
        at_ms=at_ms,
        recorded_ms=at_ms + 250,
        data=VisitStarted(visit=VISIT, door=door),
        visit=VISIT,
    )


def test_an_event_has_every_attribute_of_the_contract() -> None:
    raw = encode_event(row(42), source=SOURCE)

    assert json.loads(raw) == {
        "specversion": "1.0",
        "id": "0123456789abcdef/00000000000000000042",
        "source": "/stores/toy-042/nodes/node-1",
        "type": "visit.started.v1",
        "time": "2026-03-14T09:00:00.000Z",
        "recordedtime": "2026-03-14T09:00:00.250Z",
        "sequence": "00000000000000000042",
        "subject": VISIT,
        "dataschema": "urn:store-edge:schema:visit.started.v1",
        "dataclassification": "pseudonymous",
        "clocksynced": True,
        "data": {"visit": VISIT, "door": "main", "people": 1, "basis": "door"},
    }


def test_an_event_without_a_visit_has_no_subject_and_a_missing_figure_is_null() -> None:
    data = OccupancyEstimated(
        zone=ZoneName("floor"),
        from_="2026-03-14T09:00:00.000Z",
        to="2026-03-14T09:05:00.000Z",
        people=None,
        low=None,
        high=None,
        coverage=0.0,
        method="none",
        skill=None,
    )
    unsynced = LedgerRow(sequence=1, at_ms=0, recorded_ms=0, synced=False, data=data)

    event = json.loads(encode_event(unsynced, source=SOURCE))

    assert "subject" not in event
    assert event["data"]["people"] is None
    assert event["clocksynced"] is False


@given(st.integers(1, 10**18), st.integers(0, 4_000_000_000_000), st.text(min_size=1, max_size=20))
def test_what_is_written_can_be_read(sequence: int, at_ms: int, door: str) -> None:
    data = VisitStarted(visit=VISIT, door=DoorName(door))
    written = LedgerRow(sequence=sequence, at_ms=at_ms, recorded_ms=at_ms, data=data, visit=VISIT)

    read = decode_event(encode_event(written, source=SOURCE))

    assert (read.sequence, read.epoch, read.fault) == (sequence, SOURCE.epoch, "")
    assert encode_event(written, source=SOURCE) == encode_event(written, source=SOURCE)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_as_a_wire_error(raw: bytes) -> None:
    for read in (
        decode_event,
        decode_events,
        lambda raw: unpack(raw, {"content-encoding": "zlib"}),
    ):
        with contextlib.suppress(WireError):
            read(raw)


def test_an_event_of_a_newer_type_is_taken_as_it_is() -> None:
    event = json.loads(encode_event(row(), source=SOURCE)) | {"type": "visit.dreamt.v9"}

    read = decode_event(json.dumps(event).encode())

    assert (read.envelope.type, read.fault) == ("visit.dreamt.v9", "")


def test_data_that_is_not_as_its_schema_says_is_told_of_and_not_refused() -> None:
    event = json.loads(encode_event(row(), source=SOURCE)) | {"data": {"visit": 5}}

    read = decode_event(json.dumps(event).encode())

    assert "visit" in read.fault


@pytest.mark.parametrize(
    "change", [{"id": "e/00000000000000000002"}, {"specversion": "0.3"}, {"time": "yesterday"}]
)
def test_an_envelope_that_contradicts_the_contract_is_refused(change: dict[str, str]) -> None:
    event = json.loads(encode_event(row(), source=SOURCE)) | change

    with pytest.raises(WireError):
        decode_event(json.dumps(event).encode())


@given(
    st.lists(st.integers(0, 3000), min_size=1, max_size=60),
    st.integers(1, 20),
    st.integers(500, 20_000),
)
def test_batches_hold_every_event_in_order_and_keep_their_limits(
    sizes: list[int], most_events: int, most_bytes: int
) -> None:
    rows = [row(number, items=size) for number, size in enumerate(sizes, 1)]
    limits = BatchLimits(events=most_events, payload_bytes=most_bytes)

    batches = pack(rows, SOURCE, now_ms=NOW_MS, limits=limits)

    numbers = [
        event.sequence
        for batch in batches
        for event in unpack(batch.payload, batch.properties(acknowledged=0))
    ]
    assert numbers == list(range(1, len(sizes) + 1))
    for batch in batches:
        plain = zlib.decompress(batch.payload) if batch.compressed else batch.payload
        assert batch.events <= most_events
        assert len(plain) <= most_bytes or batch.events == 1
        assert (batch.first, batch.last - batch.first + 1) == (batch.first, batch.events)


def test_history_and_news_do_not_share_a_message() -> None:
    rows = [row(1, at_ms=NOW_MS - 400_000), row(2, at_ms=NOW_MS - 1000), row(3)]

    old, new = pack(rows, SOURCE, now_ms=NOW_MS, limits=BatchLimits())

    assert (old.historical, old.last, new.historical, new.first) == (True, 1, False, 2)
    assert old.properties(acknowledged=7) == {
        "epoch": SOURCE.epoch,
        "first": "1",
        "last": "1",
        "schema": "1",
        "historical": "true",
        "acknowledged": "7",
    }


def test_a_batch_that_inflates_without_end_is_refused() -> None:
    bomb = zlib.compress(b"[" + b" " * 50_000_000 + b"]")

    with pytest.raises(WireError, match="inflates beyond"):
        unpack(bomb, {"content-encoding": "zlib"})


@pytest.mark.parametrize("cut", [1, 10, 40])
def test_a_batch_that_was_cut_off_is_refused(cut: int) -> None:
    (batch,) = pack(map(row, range(1, 20)), SOURCE, now_ms=NOW_MS, limits=BatchLimits())

    with pytest.raises(WireError):
        unpack(batch.payload[:-cut], batch.properties(acknowledged=0))


def test_twenty_thousand_events_are_written_in_a_second() -> None:
    rows = [row(number) for number in range(1, 5001)]

    begun = time.process_time()
    for each in rows:
        encode_event(each, source=SOURCE)
    spent_s = time.process_time() - begun

    assert 5000 / spent_s > 20_000
