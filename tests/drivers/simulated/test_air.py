"""BLE captures are what a controller reports, with identifiers as the standards define them."""

import base64
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.ble_scan.driver import BleScan
from drivers.simulated.ble_air import hearing_share
from drivers.simulated.ble_codes import ephemeral_id, resolvable_address
from drivers.simulated.floor import BLE_SENSORS, CENTRES, Spot, ble_dbm
from edge.driver.recording import open_recording
from edge.driver.testing import OutletSpy
from edge.model.names import SECOND, Instant
from edge.privacy.eddystone import EphemeralIds
from edge.privacy.irk import AddressResolver
from tests.drivers.simulated.conftest import Written
from tests.drivers.simulated.reading import deltas_of, truth_of, tshark

REPORTS = "bthci_evt.le_meta_subevent"


@pytest.mark.parametrize(
    ("counter_s", "expected"), [(0, "a9b76a71c5f89290"), (2000, "4144413e45fefa58")]
)
def test_an_ephemeral_id_is_the_published_one(counter_s: int, expected: str) -> None:
    # Vectors of the ephemeral_calc gem's specification.
    key = bytes.fromhex("0102030405060708090a111213141516")

    assert ephemeral_id(key, counter_s, k=10).hex() == expected


def test_a_resolvable_address_is_the_one_of_the_core_specification() -> None:
    # Core 5.4, vol 3, part H, D.7: ah() sample data.
    irk = bytes.fromhex("ec0234a357c8ad05341010a60a397d9b")

    assert resolvable_address(irk, 0x708194).hex() == "7081940dfbaa"


class Owners:
    """Who sends what, by the product's own tables, worked out to the end at each question."""

    def __init__(self, eids: dict[bytes, str], irks: dict[bytes, str]) -> None:
        self._eids, self._irks = eids, irks
        self._table, self._resolver = EphemeralIds(10), AddressResolver()
        for key in eids:
            self._table.add(key)
        for key in irks:
            self._resolver.add(key)

    def by_id(self, identifier: bytes, at: Instant) -> str | None:
        self._table.turn_to(at)
        self._table.finish()
        key = self._table.find(identifier)
        return None if key is None else self._eids[key]

    def by_address(self, address: bytes, at: Instant) -> str | None:
        self._resolver.find(address, at)
        self._resolver.finish()
        key = self._resolver.find(address, at)
        return None if key is None else self._irks[key]


@given(key=st.binary(min_size=16, max_size=16), at=st.integers(2**20, 2**32 - 1))
def test_the_product_resolves_what_is_computed_here(key: bytes, at: int) -> None:
    owners = Owners({key: "owner"}, {})

    assert owners.by_id(ephemeral_id(key, at), Instant(at * SECOND)) == "owner"


def _spoken(day: Written) -> dict[str, OutletSpy]:
    spies = {}
    for source in open_recording(day.folder).sources:
        if source.spec.driver == "ble_scan":
            spies[str(source.spec.name)] = spy = OutletSpy()
            for _ in BleScan(source.spec).replay(source.file, spy):
                pass
    return spies


def _keys(day: Written, kind: str) -> dict[bytes, str]:
    return {
        base64.b64decode(token["key"]): delta["customer"]
        for delta in deltas_of(day.folder)
        for token in delta.get("tokens", ())
        if token["kind"] == kind
    }


def test_every_identifier_in_the_air_is_a_members(day: Written) -> None:
    owners = Owners(_keys(day, "eid"), _keys(day, "irk"))
    by_id: dict[str, int] = defaultdict(int)
    by_address: dict[str, int] = defaultdict(int)

    for spy in _spoken(day).values():
        assert spy.refused == {}
        for _, at, heard in spy.calls:
            if heard["ephemeral_id"] is not None:
                owner = owners.by_id(heard["ephemeral_id"], at)
                assert owner is not None
                by_id[owner] += 1
            elif (owner := owners.by_address(heard["address"], at)) is not None:
                by_address[owner] += 1

    assert len(by_id) > 10
    assert by_address


def test_members_who_are_denied_still_speak(day: Written) -> None:
    owners = Owners(_keys(day, "eid"), {})
    denied = {line["customer"] for line in truth_of(day.folder, "denied")}

    heard = {
        owners.by_id(call["ephemeral_id"], at)
        for spy in _spoken(day).values()
        for _, at, call in spy.calls
        if call["ephemeral_id"] is not None
    }

    assert denied & heard


def test_members_walk_past_outside_and_are_heard_weakly(day: Written) -> None:
    owners = Owners(_keys(day, "eid"), {})
    staff = {delta["customer"] for delta in deltas_of(day.folder) if delta.get("role") == "staff"}
    came = {line.get("customer") for line in truth_of(day.folder, "entered", "denied")} | staff
    outside = [
        (sensor, call["signal_dbm"])
        for sensor, spy in _spoken(day).items()
        for _, at, call in spy.calls
        if call["ephemeral_id"] is not None and owners.by_id(call["ephemeral_id"], at) not in came
    ]

    at_the_door = [signal for sensor, signal in outside if sensor == "ble-entrance"]

    assert at_the_door
    assert sum(at_the_door) / len(at_the_door) < -78


def test_the_nearest_sensor_is_the_loudest_on_average(day: Written) -> None:
    for zone in BLE_SENSORS.values():
        levels = {other: ble_dbm(CENTRES[zone], CENTRES[other]) for other in BLE_SENSORS.values()}
        assert max(levels, key=levels.__getitem__) == zone
        assert sorted(levels.values())[-2] < levels[zone] - 5
    assert day.summary.adverts > 10_000


def test_power_at_one_metre_and_loss_are_the_measured_ones() -> None:
    sensor = Spot(0.0, 0.0)

    near, far = (ble_dbm(Spot(0.0, distance), sensor) for distance in (10.0, 100.0))

    assert near - far == pytest.approx(14.0, abs=0.15)
    assert near == pytest.approx(-61.9 - 14.0, abs=0.15)


@given(st.floats(-120, 0))
def test_hearing_is_a_share_that_grows_with_power(level_dbm: float) -> None:
    assert 0 <= hearing_share(level_dbm - 3) <= hearing_share(level_dbm) <= 1


@pytest.mark.parametrize("sensor", sorted(BLE_SENSORS))
def test_tshark_reads_a_capture_of_advertising_reports(day: Written, sensor: str) -> None:
    path = day.folder / f"{sensor}.btsnoop"

    damaged = tshark(path, "frame.number", only="_ws.malformed")
    rows = tshark(path, "frame.time_epoch", REPORTS, "bthci_evt.rssi", only=REPORTS)

    moments = [float(at) for at, _, _ in rows]
    assert damaged == []
    assert moments == sorted(moments)
    assert {kind for _, kind, _ in rows} == {"0x02", "0x0d"}
    assert all(-100 <= int(rssi) <= -20 for _, _, rssi in rows)
    assert day.summary.started.timestamp() <= moments[0]
    assert moments[-1] <= day.summary.ended.timestamp()


def test_a_dark_sensor_hears_nothing_and_the_others_go_on(day: Written) -> None:
    dark = next(
        line for line in truth_of(day.folder, "outage") if line["source"].startswith("ble-")
    )

    def heard(sensor: str) -> int:
        within = f"frame.time_epoch >= {dark['t']} && frame.time_epoch < {dark['until'] - 0.002}"
        only = f"{REPORTS} && {within}"
        return len(tshark(day.folder / f"{sensor}.btsnoop", "frame.number", only=only))

    assert {sensor for sensor in BLE_SENSORS if heard(sensor) == 0} == {dark["source"]}
