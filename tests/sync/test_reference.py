"""The contract as documents: current, complete, and true of real messages."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from edge.model.event import (
    EVENT_TYPES,
    ConsentWithdrawn,
    ErasureCompleted,
    Event,
    EventData,
    EvidenceWeight,
    FootfallCounted,
    OccupancyEstimated,
    PurchaseRecorded,
    RowsErased,
    SourceStateChanged,
    VisitCorrected,
    VisitEnded,
    VisitIdentified,
    VisitStarted,
    ZoneEntered,
    ZoneLeft,
)
from edge.model.names import (
    CustomerId,
    DoorName,
    SourceName,
    VisitId,
    ZoneName,
)
from edge.store.database import Store
from edge.sync.asyncapi import asyncapi_document, reference_files, write_reference
from edge.sync.batch import unpack
from edge.sync.channels import CHANNELS
from edge.sync.messages import Incoming, Outgoing
from edge.sync.payloads import (
    Activation,
    Health,
    Info,
    Occupancy,
    PartHealth,
    Reported,
    ZoneOccupancy,
)
from edge.sync.platform.customers_file import read_customers
from edge.sync.schemas import all_schemas
from edge.sync.topics import parse_topic
from tests.sync.broker import Mosquitto
from tests.sync.test_downlink import Book, observer
from tests.sync.worlds import START, appliance, platform, ports, until

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"
AT = "2026-03-14T09:00:00.000Z"
VISIT = VisitId("v-00000000000000aa")

ONE_OF_EACH: tuple[EventData, ...] = (
    ConsentWithdrawn(customer=CustomerId("c-1"), purposes=("visit_history",), method="card"),
    ErasureCompleted(
        request="000000000417/0",
        rows=(RowsErased(table="customer", rows=1), RowsErased(table="event", rows=3)),
        residue=0,
        searched=("the customer's id", "their mark"),
        asked=AT,
    ),
    VisitStarted(visit=VISIT, door=DoorName("main")),
    VisitIdentified(
        visit=VISIT,
        customer=CustomerId("c-1"),
        confidence=0.97,
        grade="confirmed",
        evidence=(EvidenceWeight(kind="card", weight=6.0),),
        purposes=("visit_history",),
    ),
    ZoneEntered(visit=VISIT, zone="floor", confidence=0.8),
    ZoneLeft(visit=VISIT, zone="unknown", dwell_s=3.5, confidence=0.8, reason="sensor is down"),
    VisitEnded(visit=VISIT, duration_s=600.0, how="door"),
    VisitCorrected(visit=VISIT, what="merged", with_=VisitId("v-00000000000000bb"), reason="same"),
    FootfallCounted(
        door=DoorName("main"), from_=AT, to=AT, in_=3, out=1, coverage=1.0, calibration=2
    ),
    OccupancyEstimated(
        zone=ZoneName("floor"),
        from_=AT,
        to=AT,
        people=None,
        low=None,
        high=None,
        coverage=0.0,
        method="none",
        skill=None,
    ),
    PurchaseRecorded(receipt="R-1", total=23.9, currency="EUR", visit=VISIT, items=("a",)),
    SourceStateChanged(
        source=SourceName("door-1"), from_="watching", to="parked", reason="r", remedy="m"
    ),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "edge.db", epoch="e1") as opened:
        yield opened


def validate(name: str, value: Any) -> None:
    schema = json.loads((REFERENCE / "schemas" / f"{name}.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(value)


def test_the_committed_documents_are_what_the_code_says() -> None:
    committed = {
        str(path.relative_to(REFERENCE)): path.read_text(encoding="utf-8")
        for path in [REFERENCE / "asyncapi.json", *(REFERENCE / "schemas").glob("*.json")]
    }

    # Where this fails: run scripts/reference and commit what it wrote.
    assert committed == reference_files()


def test_documents_that_are_no_longer_made_are_taken_away(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "old.json").write_text("{}")

    written = write_reference(tmp_path)

    assert {path.name for path in (tmp_path / "schemas").iterdir()} == {
        path.name for path in written if path.parent.name == "schemas"
    }


def test_every_schema_is_a_schema_and_has_a_name_of_its_own() -> None:
    schemas = all_schemas()

    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    assert len({schema["$id"] for schema in schemas.values()}) == len(schemas)
    assert {kind.type for kind in EVENT_TYPES} <= set(schemas)


def test_every_reference_in_the_asyncapi_document_leads_somewhere() -> None:
    document = asyncapi_document()

    references = set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document)))

    assert references
    for reference in references:
        place: Any = document
        for step in reference.split("/"):
            place = place[step]
    assert document["asyncapi"] == "3.0.0"
    assert set(document["operations"]) == {
        f"{'send' if channel.direction == 'up' else 'receive'}-{channel.name}"
        for channel in CHANNELS
    }


def test_the_page_about_mqtt_names_every_topic_event_and_property() -> None:
    page = (REFERENCE / "mqtt.md").read_text(encoding="utf-8")
    properties = ("epoch", "first", "last", "schema", "historical", "acknowledged")

    names = [channel.topic for channel in CHANNELS] + [kind.type for kind in EVENT_TYPES]

    assert [name for name in (*names, *properties) if f"`{name}`" not in page] == []


def test_there_is_an_example_of_every_event_type() -> None:
    assert {type(data) for data in ONE_OF_EACH} == set(EVENT_TYPES)


@pytest.mark.broker
async def test_real_messages_are_as_their_schemas_say(
    mosquitto: Mosquitto, store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "customers.jsonl"
    file.write_text(
        '{"cursor":"001","deltas":[{"op":"erase","customer":"c-1","version":2,"reason":"x"}]}\n'
    )
    store.ledger.append(
        [Event(at=START, recorded=START, data=data, visit=VISIT) for data in ONE_OF_EACH]
    ).result()

    async with (
        observer(mosquitto.url) as watching,
        platform(
            mosquitto.url,
            tmp_path / "p.db",
            customers=read_customers(file),
            playbook=b'{"version":1,"offers":[{"offer":"o"}]}',
        ) as serving,
        appliance(store, mosquitto.url, ports(customers=Book(store))) as sync,
    ):
        drained = await sync.wait_drained(20)
        await _say_everything(sync)
        request = Outgoing(
            topic=sync._settings.address.topic("request", "ping"), payload=b'{"transaction":"t"}'
        )
        await serving._link.deliver(request, within_s=5)
        await until(lambda: len(watching.of("response/ping")) == 1)

    assert drained
    names = {_validate(seen) for seen in watching.seen}
    assert names >= {channel.name for channel in CHANNELS} - {"desired", "reported"}


async def _say_everything(sync: Any) -> None:
    part = PartHealth(name="door-1", state="watching", since=AT, rate=3.0, coverage=1.0)
    sync.publish_health(Health(at=AT, parts=(part,), outbox_oldest=AT, certificate_days=80.5))
    zone = ZoneOccupancy(zone="floor", coverage=0.0)
    sync.publish_occupancy(Occupancy(at=AT, zones=(zone,)))
    activation = Activation(
        activation="a-1",
        touchpoint="till-1",
        offer="o",
        rule="r",
        visit=VISIT,
        valid_until=AT,
    )
    assert sync.publish_activation(activation, valid_s=60)
    await asyncio.sleep(0)


def _validate(seen: Incoming) -> str:
    place = parse_topic(seen.topic)
    assert place is not None
    name = place.channel.replace("/", "-")
    if name != "events":
        validate(name, json.loads(seen.payload))
        return name
    batch = [
        json.loads(msgspec.json.encode(e.envelope)) for e in unpack(seen.payload, seen.properties)
    ]
    validate("events", batch)
    for event in batch:
        validate("cloudevent", event)
        validate(event["type"], event["data"])
    headers = asyncapi_document()["components"]["messages"]["events"]["headers"]
    jsonschema.Draft202012Validator(headers).validate(dict(seen.properties))
    return name


def test_health_and_info_say_what_is_zero_none_and_unknown() -> None:
    part = PartHealth(name="door-1", state="watching", since=AT)
    health = json.loads(msgspec.json.encode(Health(at=AT, parts=(part,))))
    info = json.loads(msgspec.json.encode(Info(version="1")))

    assert (health["outbox_depth"], health["clock_synced"]) == (0, True)
    assert [health[name] for name in ("outbox_oldest", "space_days", "certificate_days")] == (
        [None] * 3
    )
    assert (health["parts"][0]["drops"], health["parts"][0]["coverage"]) == (0, None)
    assert (info["settings_version"], info["notice"]) == (0, "")


def test_a_settings_report_is_as_its_schema_says() -> None:
    reported = Reported(version=3, faults=("store.id is missing",))

    validate("reported", json.loads(msgspec.json.encode(reported)))
    validate("desired", {"version": 4, "settings": {"store": {"id": "x"}}, "confirm_within_s": 60})
