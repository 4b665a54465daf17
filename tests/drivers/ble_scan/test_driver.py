"""The driver hands over members' ids and every address, counts the rest, and keeps nothing."""

import random
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.ble_scan.__main__ import main
from drivers.ble_scan.driver import BleScan
from edge.driver.contract import SourceSpec
from edge.driver.testing import OutletSpy
from edge.errors import ConfigError, RecordingError
from edge.model.names import Instant, SourceName
from tests.drivers.ble_scan.bytes_of import (
    ADDRESS,
    EID,
    HOUR,
    START,
    START_S,
    btsnoop,
    directed,
    eid_payload,
    event,
    extended,
    legacy,
    recorded,
    structure,
)

SPEC = SourceSpec(name=SourceName("ble-floor"), driver="ble_scan")


def replayed(path: Path, content: bytes) -> tuple[OutletSpy, Sequence[Instant]]:
    spy = OutletSpy()
    return spy, list(BleScan(SPEC).replay(recorded(path, content), spy))


def test_a_members_rotating_id_is_handed_over(tmp_path: Path) -> None:
    content = btsnoop(event(0x02, legacy(eid_payload(), rssi=-71)))

    spy, moments = replayed(tmp_path / "floor", content)

    detail = {"address": ADDRESS, "is_random": True, "ephemeral_id": EID, "signal_dbm": -71}
    assert spy.calls == [("advert", START, detail)]
    assert (spy.frames, spy.refused, moments) == (1, {}, [START])


def test_an_advertisement_without_an_id_is_handed_over_with_its_address_alone(
    tmp_path: Path,
) -> None:
    content = btsnoop(event(0x0D, extended(structure(0x09, b"someone's watch"), rssi=127)))

    spy, _ = replayed(tmp_path / "floor", content)

    detail = {"address": ADDRESS, "is_random": True, "ephemeral_id": None, "signal_dbm": None}
    assert spy.calls == [("advert", START, detail)]


def test_an_anonymous_advertisement_is_handed_over_only_with_an_id(tmp_path: Path) -> None:
    content = btsnoop(
        event(0x0D, extended(eid_payload(), kind=0, address_type=0xFF)),
        event(0x0D, extended(b"", kind=0, address_type=0xFF)),
        event(0x0B, directed()),
    )

    spy, _ = replayed(tmp_path / "floor", content)

    assert [(call[2]["address"], call[2]["ephemeral_id"]) for call in spy.calls] == [
        (bytes(6), EID)
    ]
    assert spy.frames == 3


def test_broken_advertisements_are_counted_and_the_others_handed_over(tmp_path: Path) -> None:
    content = btsnoop(
        event(0x02, legacy(b"\x1e\x09cut"), legacy(eid_payload())),
        event(0x02, legacy()[:4]),
        event(0x02, legacy(eid_payload()))[:-1],
    )

    spy, _ = replayed(tmp_path / "floor", content)

    assert len(spy.calls) == spy.frames == 1
    assert spy.refused == {"broken advert": 1, "broken report": 1, "event cut short": 1}


def test_a_payload_the_controller_cut_is_used_up_to_the_cut(tmp_path: Path) -> None:
    cut = eid_payload() + b"\x1e\x09cut"
    content = btsnoop(
        event(0x0D, extended(cut, status=2)), event(0x0D, extended(b"\x1e\x09cut", status=2))
    )

    spy, _ = replayed(tmp_path / "floor", content)

    assert [call[2]["ephemeral_id"] for call in spy.calls] == [EID, None]
    assert spy.refused == {}


def test_records_far_outside_the_recording_are_counted_and_not_used(tmp_path: Path) -> None:
    packet = event(0x02, legacy(eid_payload()))

    early, _ = replayed(tmp_path / "early", btsnoop(packet, start_s=START_S - 3601))
    late, _ = replayed(tmp_path / "late", btsnoop(packet, start_s=START_S + 7201))
    near, _ = replayed(tmp_path / "near", btsnoop(packet, start_s=START_S - 3600))

    assert early.refused == late.refused == {"outside the recording": 1}
    assert early.calls == late.calls == []
    assert len(near.calls) == 1


def test_a_dense_recording_comes_in_batches_of_512(tmp_path: Path) -> None:
    packet = event(0x02, legacy(eid_payload()))
    content = btsnoop(*[packet] * 1_100, gap_s=0.000_1)
    spy = OutletSpy()

    handed = [
        len(spy.calls) for _ in BleScan(SPEC).replay(recorded(tmp_path / "floor", content), spy)
    ]

    assert handed == [512, 1_024, 1_100]


def test_a_sparse_recording_comes_record_by_record(tmp_path: Path) -> None:
    content = btsnoop(*[event(0x02, legacy(eid_payload()))] * 3)

    _, moments = replayed(tmp_path / "floor", content)

    assert moments == [START, START + 10**9, START + 2 * 10**9]


def test_an_empty_btsnoop_file_gives_nothing(tmp_path: Path) -> None:
    spy, moments = replayed(tmp_path / "floor", btsnoop())

    assert (spy.calls, spy.frames, spy.refused, moments) == ([], 0, {}, [])


def test_options_and_profiles_of_other_drivers_are_refused() -> None:
    with pytest.raises(ConfigError, match="no option 'channel'"):
        BleScan(SourceSpec(name=SPEC.name, driver="ble_scan", options={"channel": 37}))
    with pytest.raises(ConfigError, match="takes no profile"):
        BleScan(SourceSpec(name=SPEC.name, driver="ble_scan", profile="scanner-plain"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400), is_headed=st.booleans())
def test_any_file_is_counted_or_refused(tmp_path: Path, content: bytes, *, is_headed: bool) -> None:
    whole = (btsnoop() if is_headed else b"") + content

    try:
        spy, _ = replayed(tmp_path / "floor", whole)
    except RecordingError:
        assert not is_headed
    else:
        assert spy.calls == []


def test_a_survey_counts_kinds_and_names_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = structure(0x09, b"Ada's watch")
    content = btsnoop(
        event(0x02, legacy(eid_payload())),
        event(0x02, legacy(name, address=bytes.fromhex("c00102030405"))),
        event(0x0D, extended(b"", kind=0, address_type=0xFF)),
        event(0x02, legacy()[:4]),
    )
    recorded(tmp_path / "floor", content)

    status = main([str(tmp_path / "floor")])

    lines = {tuple(line.split(maxsplit=1)) for line in capsys.readouterr().out.splitlines()}
    assert status == 0
    assert lines == {
        ("3", "advertisements"),
        ("1", "eddystone eid"),
        ("2", "no beacon"),
        ("1", "resolvable private address"),
        ("1", "without an address"),
        ("1", "with a name"),
        ("1", "broken report"),
    }


def test_a_survey_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 64
    assert main([str(tmp_path / "nowhere")]) == 65
    assert "nowhere" in capsys.readouterr().err


@pytest.mark.endurance
def test_a_damaged_day_of_advertisements_never_stops_the_driver(tmp_path: Path) -> None:
    seed = random.SystemRandom().getrandbits(32)
    sys.stdout.write(f"seed {seed}\n")
    dice = random.Random(seed)
    sound = [
        event(0x02, legacy(eid_payload())),
        event(0x02, legacy(eid_payload()), legacy(structure(0xFF, bytes(20)))),
        event(0x0D, extended(eid_payload(), status=1)),
        event(0x0D, extended(eid_payload())),
        event(0x0B, directed()),
    ]

    for _ in range(300):
        whole = bytearray(btsnoop(*dice.choices(sound, k=1_000), gap_s=0.01))
        for _ in range(dice.randrange(200)):
            whole[dice.randrange(16, len(whole))] = dice.randrange(256)
        spy, _ = replayed(tmp_path / "floor", bytes(whole))

        assert all(START - HOUR <= at <= START + 2 * HOUR for _, at, _ in spy.calls)
        assert all(len(detail["address"]) == 6 for _, _, detail in spy.calls)
