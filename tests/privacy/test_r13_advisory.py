"""R13: what a match comes to is advice with its confidence and its reason, never a refusal."""

import re
from typing import Any

import msgspec

from edge.driver.faces import Match
from edge.model.event import EVENT_TYPES, VisitIdentified
from edge.model.observation import AnyObservation, CustomerHeard

ACTING = re.compile(
    r"deny|denied|alert|alarm|block|ban|exclu|suspect|watch_?list|threat|refus|price|security|"
    r"trespass|stranger|unknown_face|suspicio",
    re.IGNORECASE,
)
"""Words of fields by which somebody could be kept out, priced or followed."""
COUNTS = {"refused"}
"""SignOfLife counts what was not used; it speaks of no person."""


def test_r13_no_event_and_no_observation_has_a_field_to_act_against_a_person() -> None:
    kinds: list[type[Any]] = [*EVENT_TYPES, *AnyObservation.__args__, Match]
    fields = {name for kind in kinds for name in kind.__struct_fields__}

    assert {name for name in fields if ACTING.search(name)} <= COUNTS


def test_r13_an_identification_says_how_sure_it_is_and_why() -> None:
    fields = set(VisitIdentified.__struct_fields__)

    assert {"confidence", "grade", "evidence", "purposes"} <= fields


def test_r13_a_match_has_no_place_for_anybody_but_a_consenting_customer() -> None:
    required = {
        field.name
        for field in msgspec.structs.fields(CustomerHeard)
        if field.default is msgspec.NODEFAULT and field.default_factory is msgspec.NODEFAULT
    }

    assert {"customer", "purposes", "until"} <= required
    assert "customer" not in Match.__struct_fields__
