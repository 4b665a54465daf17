import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.model.customer import Customer, Profile
from edge.privacy.minimise import minimal_profile, tells_age
from tests.privacy.kit import decoded, put

BIRTH_KEYS = [
    "age",
    "Age",
    "age_band",
    "birth_date",
    "birthDate",
    "birthday",
    "BirthYear",
    "dob",
    "customer.dob",
    "date-of-birth",
    "bornOn",
    "geburtsdatum",
    "Geburtstag",
    "alter",
    "date_naissance",
    "fecha_nacimiento",
    "childName",
    "children",
    "kids_ages",
    "isMinor",
]
OTHER_KEYS = [
    "ltv_band",
    "language",
    "storage",
    "page",
    "usage_count",
    "voltage",
    "homeStore",
    "average",
]
CANARY = "1987-06-05"
DATES = [CANARY, "05.06.1987", "5/6/1987", "19870605", "born 1987/06/05 in Bonn", "05-06-87"]


@pytest.mark.parametrize("key", BIRTH_KEYS)
def test_r15_an_attribute_that_speaks_of_an_age_is_dropped(key: str) -> None:
    profile = minimal_profile({"attributes": {key: "something", "ltv_band": "A"}})

    assert profile.attributes == {"ltv_band": "A"}


@pytest.mark.parametrize("key", OTHER_KEYS)
def test_r15_an_attribute_that_only_looks_like_it_is_kept(key: str) -> None:
    assert not tells_age(key)


@pytest.mark.parametrize("date", DATES)
def test_r15_a_date_is_dropped_wherever_it_stands(date: str) -> None:
    profile = minimal_profile(
        {"display_name": date, "language": date, "segments": [date], "attributes": {"note": date}}
    )

    assert profile == Profile()


@pytest.mark.parametrize("text", ["A", "4006381333931", "lego", "1987", "tier 3", "2.5", "newborn"])
def test_r15_what_is_no_date_is_kept(text: str) -> None:
    profile = minimal_profile({"segments": [text], "attributes": {"note": text}})

    assert profile.segments == (text,)
    assert profile.attributes == {"note": text}


def test_r15_a_birth_date_in_an_inbound_profile_reaches_nothing() -> None:
    raw = {
        "display_name": "Ada",
        "birth_date": CANARY,
        "dob": CANARY,
        "children": [{"name": "Kim", "born": CANARY}],
        "attributes": {"dob": CANARY, "x": CANARY, "children": "2", "nested": {"dob": CANARY}},
        "segments": ["lego", CANARY, {"born": CANARY}],
    }

    someone = decoded(put("visit_history", profile=raw, birth_date=CANARY, children=["Kim"]))

    assert someone.profile == Profile(display_name="Ada", segments=("lego",))
    assert CANARY not in msgspec.json.encode(someone).decode()
    assert b"Kim" not in msgspec.msgpack.encode(someone)


def test_r15_no_field_of_a_customer_is_about_age_or_children() -> None:
    fields = [*Customer.__struct_fields__, *Profile.__struct_fields__]

    # The attestation says that somebody is of age, and neither when they were born nor how old.
    assert [field for field in fields if tells_age(field)] == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(raw=JSON)
def test_r15_any_profile_becomes_one_of_texts_only(raw: Any) -> None:
    profile = minimal_profile(raw)

    assert msgspec.convert(json.loads(msgspec.json.encode(profile)), Profile) == profile
