"""What a face in view meets at the privacy door, live and in a recording."""

import pytest

from edge.config.schema import SourceSettings
from edge.daemon.door import PrivacyDoor
from edge.daemon.faces import GATE_CLOSED, GATE_OFF, NOBODY, TARGET_FPIR
from edge.daemon.gate_settings import check_gate
from edge.daemon.merge import Feed, merged
from edge.errors import ConfigError
from edge.model.customer import Face
from edge.model.names import CustomerId, SourceName
from edge.model.observation import CustomerHeard, EvidenceKind
from edge.privacy.face_key import code_text, make_code, wrap, wrapping_key
from edge.privacy.policy import FaceMode, TemplateKey
from tests.daemon.enrol_kit import BY_CUSTOMER
from tests.daemon.face_kit import CAMERA, ENGINE, Encoder, Shop, View, enrolled, match, vector
from tests.privacy.kit import NOW, later, policy

ADA, BEN = enrolled("ada", seed=1), enrolled("ben", seed=2)


def test_a_customer_who_scans_a_card_and_looks_up_is_recognised() -> None:
    shop, encoder = Shop(ADA, BEN), Encoder(match())

    shop.sign("ada", NOW)
    shop.camera.face(later(3), View(encoder))

    (heard,) = shop.recognised
    assert (heard.customer, heard.evidence) == ("ada", EvidenceKind.FACE)
    assert heard.weight == 6.5
    assert "face_recognition" in heard.purposes
    (gallery,) = encoder.galleries
    assert [one.vector for one in gallery.templates] == [vector(1)]
    assert (gallery.engine, gallery.target_fpir) == (ENGINE, TARGET_FPIR)
    assert shop.counts() == {"seen": 1, "encoded": 1, "matched": 1}


def test_a_face_that_is_nobody_of_the_gallery_leaves_only_a_count() -> None:
    shop, encoder = Shop(ADA), Encoder(None)

    shop.sign("ada", NOW)
    shop.camera.face(later(1), View(encoder))

    assert shop.recognised == []
    assert shop.counts() == {"seen": 1, "encoded": 1, "discarded": 1}


def test_a_face_already_in_view_is_compared_once_the_gate_opens() -> None:
    shop, encoder = Shop(ADA), Encoder(match())
    view = View(encoder)

    shop.camera.face(NOW, view)
    shop.camera.face(later(0.5), view)
    shop.sign("ada", later(0.7))
    shop.camera.face(later(1), view)

    assert [one.customer for one in shop.recognised] == ["ada"]
    assert shop.counts() == {"seen": 1, "encoded": 1, "matched": 1}
    assert shop.camera.tally().refused == {GATE_CLOSED: 1}


def test_a_face_is_compared_once_in_one_opening_and_again_in_the_next() -> None:
    shop, encoder = Shop(ADA, BEN), Encoder(None, match())
    view = View(encoder)

    shop.sign("ada", NOW)
    shop.camera.face(later(1), view)
    shop.camera.face(later(2), view)
    shop.sign("ben", later(3))
    shop.camera.face(later(4), view)

    assert encoder.calls == 2


def test_a_kiosk_closes_after_its_match() -> None:
    shop, encoder = Shop(ADA), Encoder(match())

    shop.sign("ada", NOW)
    shop.camera.face(later(1), View(encoder))
    shop.camera.face(later(2), View(encoder))

    assert encoder.calls == 1


def test_a_card_at_the_till_opens_no_gate_at_the_kiosk() -> None:
    shop, encoder = Shop(ADA), Encoder(match())

    shop.sign("ada", NOW, source="till")
    shop.camera.face(later(1), View(encoder))

    assert encoder.calls == 0


def test_a_source_without_a_gate_compares_nothing_whatever_is_scanned() -> None:
    shop, encoder = Shop(ADA, gate="off"), Encoder(match())

    shop.sign("ada", NOW)
    shop.camera.face(later(1), View(encoder))

    assert encoder.calls == 0
    assert shop.camera.tally().refused == {GATE_OFF: 1}


def test_a_template_of_another_engine_is_refused_and_never_compared() -> None:
    shop, encoder = Shop(enrolled("ada", engine="another")), Encoder(match())

    shop.sign("ada", NOW)
    shop.camera.face(later(1), View(encoder))

    assert encoder.calls == 0
    assert shop.camera.tally().refused == {NOBODY: 1}


def test_a_consent_that_ends_while_a_face_is_compared_names_nobody() -> None:
    shop, encoder = Shop(ADA), Encoder()
    encoder.is_slow = True

    shop.sign("ada", NOW)
    shop.camera.face(later(1), View(encoder))
    shop.recogniser.remove(CustomerId("ada"))
    encoder.waiting[0](match())

    assert shop.recognised == []
    assert shop.counts() == {"seen": 1, "encoded": 1, "discarded": 1}


def test_a_customer_who_is_forgotten_closes_the_gate_they_opened() -> None:
    shop, encoder = Shop(ADA), Encoder(match())

    shop.sign("ada", NOW)
    shop.desk.forget(CustomerId("ada"))
    shop.camera.face(later(1), View(encoder))

    assert encoder.calls == 0


def test_an_answer_that_is_no_slot_of_the_gallery_names_nobody() -> None:
    shop, encoder = Shop(ADA), Encoder(match(slot=7))

    shop.sign("ada", NOW)
    shop.camera.face(later(1), View(encoder))

    assert shop.recognised == []


def test_a_gated_camera_looks_for_those_present_only() -> None:
    shop, encoder = Shop(ADA, BEN, gate="gated"), Encoder(None)

    shop.sign("ben", NOW, by=EvidenceKind.BLE, source="receiver")
    shop.camera.face(later(1), View(encoder))

    (gallery,) = encoder.galleries
    assert [one.vector for one in gallery.templates] == [vector(2)]


def test_a_sealed_template_is_compared_only_with_the_key_that_its_customer_brought() -> None:
    sealed = Face(model=ENGINE, sealed=b"sealed", quality=0.9)
    ada = enrolled("ada", faces=(sealed,))
    opened: list[bytes] = []

    def unseal(_face: Face, key: bytes) -> bytes:
        opened.append(key)
        return vector(1)

    strict = policy(template_key=TemplateKey.CUSTOMER, face=FaceMode.KIOSK)
    shop, encoder = Shop(ada, under=strict, unseal=unseal), Encoder(None, match())

    shop.sign("ada", NOW)
    shop.camera.face(later(1), View(encoder))
    without_key = encoder.calls
    shop.sign("ada", later(2))
    shop.desk.bring_key(CustomerId("ada"), b"key")
    shop.camera.face(later(3), View(encoder))
    shop.camera.face(later(40), View(encoder))

    assert without_key == 0
    assert (encoder.calls, opened) == (1, [b"key"])
    assert b"key" not in shop.desk._keys.values()


def test_where_the_customer_holds_the_key_an_open_template_is_not_used() -> None:
    strict = policy(template_key=TemplateKey.CUSTOMER, face=FaceMode.KIOSK)
    shop, encoder = Shop(ADA, under=strict), Encoder(match())

    shop.sign("ada", NOW)
    shop.camera.face(later(1), View(encoder))

    assert encoder.calls == 0


@pytest.mark.parametrize("permitted", list(FaceMode))
@pytest.mark.parametrize("wanted", list(FaceMode))
def test_a_gate_beyond_the_policy_does_not_start(permitted: FaceMode, wanted: FaceMode) -> None:
    rules = policy(face=permitted)
    source = SourceSettings(
        name="cam", driver="camera_face", zone="kiosk", options={"gate": wanted.value}
    )
    order = list(FaceMode)

    if order.index(wanted) <= order.index(permitted):
        check_gate(source, rules)
    else:
        with pytest.raises(ConfigError, match="does not permit"):
            check_gate(source, rules)


def test_a_gate_without_a_zone_or_of_an_unknown_name_does_not_start() -> None:
    bare = SourceSettings(name="cam", driver="camera_face", options={"gate": "kiosk"})
    odd = SourceSettings(name="cam", driver="camera_face", options={"gate": "ajar"})

    with pytest.raises(ConfigError, match="needs a zone"):
        check_gate(bare, policy())
    with pytest.raises(ConfigError, match="no gate"):
        check_gate(odd, policy())


def test_settings_that_are_read_anew_leave_an_open_gate_open() -> None:
    shop, encoder = Shop(ADA), Encoder(match())

    shop.sign("ada", NOW)
    shop.desk.place([shop.settings])
    shop.camera.face(later(1), View(encoder))

    assert encoder.calls == 1


def test_in_a_recording_a_face_meets_the_gate_as_it_stood_at_that_moment() -> None:
    shop, encoder = Shop(ADA), Encoder(match())
    camera, scanner = Feed(), Feed()
    door = recorded_door(shop, CAMERA, camera)
    door.face(NOW, View(encoder))
    door.face(later(2), View(encoder))
    scanner.hand_over(
        CustomerHeard(
            at=later(1),
            source=SourceName("scanner"),
            customer=CustomerId("ada"),
            evidence=EvidenceKind.CARD,
            purposes=(),
            until=later(9),
        )
    )

    found = list(merged([camera, scanner], hear=shop.desk.hear))

    kinds = [one.evidence for one in found if isinstance(one, CustomerHeard)]
    assert kinds == [EvidenceKind.CARD, EvidenceKind.FACE]
    assert encoder.calls == 1


def test_in_a_recording_the_key_of_a_face_opens_the_gate_in_its_own_moment_and_not_before() -> None:
    code = make_code(CustomerId("ada"))
    key = wrapping_key(code, CustomerId("ada"))
    assert key is not None
    sealed = Face(
        model=ENGINE,
        quality=0.9,
        sealed=wrap(vector(1), key=key, code_id=code.id, model=ENGINE),
    )
    shop, encoder = Shop(enrolled("ada", faces=(sealed,)), under=BY_CUSTOMER), Encoder(match())
    scanner, camera = Feed(), Feed()
    shown = recorded_door(shop, SourceName("scanner"), scanner)
    seen = recorded_door(shop, CAMERA, camera)

    shown.card(later(2), code_text(code))
    seen.face(later(1), View(encoder))
    seen.face(later(3), View(encoder))
    found = list(merged([scanner, camera], hear=shop.desk.hear))

    assert [one.at for one in found if isinstance(one, CustomerHeard)] == [later(3)]
    assert encoder.calls == 1


def recorded_door(shop: Shop, source: SourceName, feed: Feed) -> PrivacyDoor:
    """Give the door of a recorded source."""
    return PrivacyDoor(
        source,
        rules=shop.camera._rules,
        floor_dbm=-92,
        hand_over=feed.hand_over,
        defer=feed.hand_over,
    )
