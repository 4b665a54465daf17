"""The words of the product hold what they promise by their types."""

import typing
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.model.customer import Customer, Profile
from edge.model.event import EVENT_TYPES, EventData, Sensitivity
from edge.model.moment import rfc3339
from edge.model.names import Instant
from edge.model.observation import AnyObservation, Observation
from tests.fusion.streams import observations

KINDS = typing.get_args(AnyObservation)
RAW = {"address", "mac", "ssid", "card", "code", "frame", "payload", "vector", "image", "token"}


@pytest.mark.parametrize("kind", KINDS)
def test_an_observation_cannot_hold_a_raw_identifier(kind: type[Observation]) -> None:
    names = {field.name for field in msgspec.structs.fields(kind)}

    assert not names & RAW
    assert "bytes" not in str(typing.get_type_hints(kind))


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_an_event_cannot_hold_a_raw_identifier(kind: type[EventData]) -> None:
    names = {field.encode_name for field in msgspec.structs.fields(kind)}

    assert not names & RAW
    assert "bytes" not in str(typing.get_type_hints(kind))


@pytest.mark.parametrize("kind", [*KINDS, *EVENT_TYPES, Customer, Profile])
def test_a_word_cannot_be_changed_after_it_was_said(kind: type[msgspec.Struct]) -> None:
    assert kind.__struct_config__.frozen


def test_every_type_of_event_has_a_name_of_its_own_with_a_version() -> None:
    names = [kind.type for kind in EVENT_TYPES]

    assert len(set(names)) == len(names)
    assert all(name.endswith(".v1") for name in names)


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_an_event_that_names_a_customer_is_personal_and_one_of_a_visit_not_anonymous(
    kind: type[EventData],
) -> None:
    names = {field.name for field in msgspec.structs.fields(kind)}

    if "customer" in names:
        assert kind.sensitivity is Sensitivity.PERSONAL
    elif "visit" in names:
        assert kind.sensitivity is Sensitivity.PSEUDONYMOUS
    else:
        assert kind.sensitivity is Sensitivity.ANONYMOUS


@given(observation=observations())
def test_an_observation_is_read_back_as_it_was_written(observation: AnyObservation) -> None:
    packed = msgspec.msgpack.encode(observation)

    assert msgspec.msgpack.decode(packed, type=AnyObservation) == observation  # type: ignore[arg-type]


@given(at=st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31)))  # noqa: DTZ001 - made aware below
def test_a_moment_is_written_in_utc_to_the_millisecond(at: datetime) -> None:
    aware = at.replace(tzinfo=UTC, microsecond=at.microsecond // 1000 * 1000)
    since = aware - datetime(1970, 1, 1, tzinfo=UTC)
    instant = Instant(since // timedelta(milliseconds=1) * 1_000_000)

    written = rfc3339(instant)

    assert datetime.fromisoformat(written) == aware
    assert len(written) == len("2026-03-14T09:00:00.000Z")


def test_what_is_below_a_millisecond_is_cut_off() -> None:
    assert rfc3339(Instant(1_999_999)) == "1970-01-01T00:00:00.001Z"
