"""R8: only templates of adults whose consent to face recognition is in force are compared."""

import itertools

import pytest

from edge.model.customer import Face, Purpose, Role
from edge.model.names import CustomerId, Instant
from edge.privacy.policy import OFF, Policy, TemplateKey
from edge.privacy.recogniser import Recogniser
from edge.privacy.templates import Candidate, Templates
from tests.daemon.face_kit import ENGINE, Shop, enrolled, vector
from tests.privacy.kit import NOW, SECRET, consent, later, policy
from tests.privacy.states import GRANTING, STATES

VALID = {
    "2027-03-01T00:00:00Z": True,
    "2026-03-14T10:00:01Z": True,
    "2026-03-14T10:00:00Z": False,
    "2026-03-13T00:00:00Z": False,
    "": False,
}
JURISDICTIONS: dict[str, tuple[Policy, bool]] = {
    "device": (policy(template_key=TemplateKey.DEVICE), True),
    "customer": (policy(template_key=TemplateKey.CUSTOMER), False),
    "no faces": (policy(template_key=TemplateKey.DEVICE, max_stale_s={}), False),
    "off": (OFF, False),
}


def candidates(templates: Templates, at: Instant = NOW) -> tuple[Candidate, ...]:
    return templates.candidates(None, engine=ENGINE, at=at, keys={}, unseal=lambda *_: None)


@pytest.mark.parametrize("jurisdiction", JURISDICTIONS)
def test_r08_a_template_is_given_out_only_where_everything_says_so(jurisdiction: str) -> None:
    rules, permits = JURISDICTIONS[jurisdiction]

    for state, until, adult, trusted in itertools.product(
        STATES, VALID, (True, False), (True, False)
    ):
        ada = enrolled(
            "ada",
            adult_attested=adult,
            trusted=trusted,
            consents=(consent(Purpose.FACE_RECOGNITION, state, valid_until=until),),
        )
        templates = Templates(Recogniser([ada], policy=rules, secret=SECRET), policy=rules)
        templates.put(ada)

        found = candidates(templates)

        wanted = permits and state in GRANTING and VALID[until] and adult and trusted
        assert bool(found) == wanted, (state, until, adult, trusted)


@pytest.mark.parametrize("purpose", [one for one in Purpose if one != Purpose.FACE_RECOGNITION])
def test_r08_no_other_purpose_implies_it(purpose: Purpose) -> None:
    shop = Shop(enrolled("ada", purposes=(purpose,)))

    assert candidates(shop.templates) == ()


def test_r08_a_template_outlives_its_consent_nowhere() -> None:
    ends = consent(Purpose.FACE_RECOGNITION, valid_until="2026-03-14T10:00:05Z")
    shop = Shop(enrolled("ada", consents=(ends,)))

    assert len(candidates(shop.templates, later(4))) == 1
    assert candidates(shop.templates, later(5)) == ()


def test_r08_a_consent_taken_back_here_counts_at_once() -> None:
    shop = Shop(enrolled("ada"))

    shop.recogniser.withhold(CustomerId("ada"), [Purpose.FACE_RECOGNITION])

    assert candidates(shop.templates) == ()


def test_r08_members_of_staff_have_no_templates() -> None:
    shop = Shop(enrolled("ada", role=Role.STAFF))

    assert candidates(shop.templates) == ()


def test_r08_a_new_version_without_faces_takes_them_away() -> None:
    shop = Shop(enrolled("ada"))

    shop.templates.put(enrolled("ada", faces=()))

    assert candidates(shop.templates) == ()


def test_r08_each_template_is_given_with_its_customer() -> None:
    two = (
        Face(model=ENGINE, vector=vector(1), quality=0.9),
        Face(model="another", vector=vector(2), quality=0.9),
        Face(model=ENGINE, vector=vector(3), quality=0.5),
    )
    shop = Shop(enrolled("ada", faces=two), enrolled("ben", seed=4))

    found = candidates(shop.templates)

    assert [(one.customer, one.vector) for one in found] == [
        ("ada", vector(1)),
        ("ada", vector(3)),
        ("ben", vector(4)),
    ]
