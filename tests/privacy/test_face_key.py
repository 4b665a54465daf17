"""A template whose key its customer holds opens with that key, and with nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from edge.model.customer import Face
from edge.model.names import CustomerId
from edge.privacy.face_key import (
    FaceCode,
    code_id,
    code_text,
    make_code,
    read_code,
    unwrap,
    wrap,
    wrapping_key,
)
from tests.daemon.face_kit import ENGINE, vector

ADA, BOB = CustomerId("c-ada"), CustomerId("c-bob")


def sealed(code: FaceCode, *, customer: CustomerId = ADA, model: str = ENGINE) -> Face:
    key = wrapping_key(code, customer)
    assert key is not None
    content = wrap(vector(1), key=key, code_id=code.id, model=model)
    return Face(model=model, sealed=content, quality=0.9)


def test_the_customers_own_code_opens_the_template() -> None:
    code = make_code(ADA)
    face = sealed(code)

    brought = read_code(code_text(code))

    assert brought is not None
    key = wrapping_key(brought, ADA)
    assert key is not None
    assert unwrap(face, key) == vector(1)
    assert code_id(face) == brought.id


def test_another_customers_code_is_refused() -> None:
    face, other = sealed(make_code(ADA)), make_code(ADA)

    key = wrapping_key(other, ADA)

    assert key is not None
    assert unwrap(face, key) is None


def test_a_code_is_bound_to_its_customer() -> None:
    code = make_code(ADA)

    assert wrapping_key(code, BOB) is None


def test_a_template_that_was_given_another_engine_or_id_does_not_open() -> None:
    code = make_code(ADA)
    face = sealed(code)
    key = wrapping_key(code, ADA)
    assert key is not None

    assert unwrap(Face(model="other/engine", sealed=face.sealed), key) is None
    assert unwrap(Face(model=ENGINE, sealed=bytes(9) + face.sealed[9:]), key) is None
    assert unwrap(Face(model=ENGINE, sealed=face.sealed[:12]), key) is None


def test_neither_key_nor_vector_stands_in_what_is_kept_or_shown() -> None:
    code = make_code(ADA)
    face = sealed(code)

    assert vector(1)[:16] not in face.sealed
    assert code.key not in face.sealed
    assert code.key.hex() not in repr(code)
    assert repr(code.key) not in repr(code)


def test_each_enrolment_draws_another_key() -> None:
    assert make_code(ADA).key != make_code(ADA).key


@given(st.text(max_size=100) | st.text(max_size=80).map(lambda text: f"se-face:1:{text}"))
def test_whatever_is_scanned_is_a_code_or_none(text: str) -> None:
    found = read_code(text)

    assert found is None or code_text(found) == text.strip()


@given(st.binary(min_size=32, max_size=32))
def test_every_code_is_read_back(key: bytes) -> None:
    code = make_code(ADA, draw=lambda _: key)

    assert read_code(code_text(code)) == code
