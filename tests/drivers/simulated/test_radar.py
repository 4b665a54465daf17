"""The radar's capture is what two radios of a busy shop would hear."""

from collections import Counter, defaultdict
from random import Random
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.simulated.handsets import CHANNELS, Handset, draw_pattern, make_handset
from drivers.simulated.outages import Outages
from drivers.simulated.phones import MODELS, STATIC, PhoneModel, Rotation
from drivers.simulated.sweeps import Street, Sweep
from drivers.simulated.wifi_air import Frame, Transmitter, transmit
from tests.drivers.simulated.conftest import Written
from tests.drivers.simulated.reading import truth_of, tshark

PROBE, BEACON, ACKNOWLEDGEMENT = "0x0004", "0x0008", "0x001d"
MALFORMED = "_ws.malformed"
FIELDS = (
    MALFORMED,
    "frame.time_epoch",
    "wlan.fc.type_subtype",
    "wlan.fc.retry",
    "wlan.ra",
    "wlan.sa",
    "wlan.seq",
    "wlan.ssid",
    "wlan.fcs.status",
    "radiotap.flags.badfcs",
    "radiotap.channel.freq",
    "radiotap.dbm_antsignal",
)
ADDRESS = slice(10, 16)
NO_OUTAGE = Outages(by_source={})


@pytest.fixture(scope="module")
def heard(day: Written) -> list[dict[str, str]]:
    """Give every packet of the radar's capture as tshark reads it, by the fields' names."""
    rows = tshark(day.folder / "radar-entrance.pcap.gz", *FIELDS, check_fcs=True)
    return [dict(zip(FIELDS, row, strict=True)) for row in rows]


@pytest.fixture(scope="module")
def probes(heard: list[dict[str, str]]) -> list[dict[str, str]]:
    """Give the whole probe requests among them."""
    return [row for row in heard if row["wlan.fc.type_subtype"] == PROBE and not _is_cut(row)]


def _is_cut(row: dict[str, str]) -> bool:
    # tshark calls a frame with a wrong check sequence malformed too.
    return bool(row[MALFORMED]) and row["wlan.fcs.status"] != "0"


def test_tshark_finds_no_fault_but_the_intended_ones(
    day: Written, heard: list[dict[str, str]]
) -> None:
    damaged = [row for row in heard if _is_cut(row)]

    assert len(damaged) == day.summary.damaged_frames > 10


def test_tshark_reads_every_whole_probe_request(day: Written, probes: list[dict[str, str]]) -> None:
    moments = [float(row["frame.time_epoch"]) for row in probes]
    signals = [int(row["radiotap.dbm_antsignal"].split(",")[0]) for row in probes]

    assert len(probes) == day.summary.probe_frames
    assert moments == sorted(moments)
    assert {row["radiotap.channel.freq"] for row in probes} == {"2412", "2462"}
    assert -94 <= min(signals) < max(signals) <= -25


def test_check_sequences_are_there_for_some_and_right_but_for_the_marked(
    probes: list[dict[str, str]],
) -> None:
    kinds = Counter((row["wlan.fcs.status"], row["radiotap.flags.badfcs"]) for row in probes)

    assert set(kinds) == {("", "0"), ("1", "0"), ("0", "1")}
    assert min(kinds.values()) > 20


def test_there_are_retries_other_kinds_and_networks_by_name(
    heard: list[dict[str, str]], probes: list[dict[str, str]]
) -> None:
    kinds = Counter(row["wlan.fc.type_subtype"] for row in heard)
    retries = [row for row in probes if row["wlan.fc.retry"] == "1"]
    named = [row for row in probes if row["wlan.ssid"] not in {"", "<MISSING>"}]

    assert kinds[BEACON] > 100
    assert kinds[ACKNOWLEDGEMENT] > 100
    assert retries
    assert "ff:ff:ff:ff:ff:ff" not in {row["wlan.ra"] for row in retries}
    assert 0 < len(named) < 0.2 * len(probes)


def test_a_deaf_radar_hears_nothing(day: Written, heard: list[dict[str, str]]) -> None:
    gap = next(
        line for line in truth_of(day.folder, "outage") if line["source"] == "radar-entrance"
    )

    moments = [float(row["frame.time_epoch"]) for row in heard]

    assert not [at for at in moments if gap["t"] <= at < gap["until"]]
    assert [at for at in moments if gap["t"] - 60 <= at < gap["t"]]


def test_some_frames_are_heard_by_both_radios(probes: list[dict[str, str]]) -> None:
    radios: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in probes:
        radios[row["wlan.sa"], row["wlan.seq"]].add(row["radiotap.channel.freq"])

    twice = sum(len(frequencies) == 2 for frequencies in radios.values())

    assert 0.005 < twice / len(radios) < 0.2


def _sent(model: PhoneModel, sweeps: int) -> tuple[list[list[bytes]], Handset]:
    rng = Random(5)
    handset = make_handset(rng, model)
    transmitter = Transmitter(rng, epoch_us=0)
    sent = []
    for number in range(sweeps):
        pattern = draw_pattern(rng, model, CHANNELS)
        sweep = Sweep(number * 60_000_000, handset, pattern, -60.0)
        sent.append([_bare(frame.packet) for frame in transmitter.send(sweep)])
    return sent, handset


def _bare(packet: bytes) -> bytes:
    return packet[int.from_bytes(packet[2:4], "little") :]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_addresses_change_as_the_model_does(model: PhoneModel) -> None:
    sent, _ = _sent(model, 12)

    per_sweep = [len({frame[ADDRESS] for frame in frames}) for frames in sent]
    overall = len({frame[ADDRESS] for frames in sent for frame in frames})

    match model.rotation:
        case Rotation.CHANNEL:
            assert mean(per_sweep) > 2
            assert overall == sum(per_sweep)
        case Rotation.SWEEP | Rotation.RUNNING:
            assert set(per_sweep) == {1}
            assert overall == 12
        case Rotation.NEVER:
            assert overall == 1


@pytest.mark.parametrize("model", [*MODELS, STATIC], ids=lambda model: model.name)
def test_only_burnt_in_addresses_are_universal(model: PhoneModel) -> None:
    sent, _ = _sent(model, 3)

    firsts = {frame[ADDRESS][0] for frames in sent for frame in frames}

    assert {first & 0x02 == 0 for first in firsts} == {model.rotation is Rotation.NEVER}
    assert not any(first & 0x01 for first in firsts)


def test_sequence_numbers_run_on_for_some_models_only() -> None:
    def steps(model: PhoneModel) -> list[int]:
        sent, _ = _sent(model, 20)
        firsts = [int.from_bytes(frames[0][22:24], "little") >> 4 for frames in sent]
        lasts = [int.from_bytes(frames[-1][22:24], "little") >> 4 for frames in sent]
        return [(first - last) % 4096 for last, first in zip(lasts, firsts[1:], strict=False)]

    for model in MODELS:
        runs_on = model.rotation in (Rotation.RUNNING, Rotation.NEVER)
        assert all(0 < step < 30 for step in steps(model)) is runs_on, model.name


def test_models_can_be_told_apart_by_their_bodies() -> None:
    bodies = [body for model in MODELS for body in model.bodies]

    assert len(set(bodies)) == len(bodies) >= 8


def test_phones_are_seen_as_often_as_labelled_ones_were() -> None:
    # Measured with Wi-Fi on: P(seen within 60/120/300 s) = .52-.60 / .72-.83 / .94-1.0.
    rng = Random(11)
    waits = []
    for _ in range(600):
        model = rng.choices(MODELS, weights=[model.share for model in MODELS])[0]
        street = Street(rng, length_s=1200.0, outages=NO_OUTAGE)
        handset = make_handset(rng, model)
        waits.append(next(street._times(handset, 0.0, 1200.0), 1200.0))

    seen = [mean(wait <= limit for wait in waits) for limit in (60, 120, 300)]

    assert 0.48 < seen[0] < 0.62
    assert 0.70 < seen[1] < 0.85
    assert seen[2] > 0.93


@given(st.lists(st.integers(0, 3_000_000), max_size=40), st.lists(st.integers(0, 3_000_000)))
def test_frames_of_overlapping_sweeps_come_in_the_order_of_time(
    begins: list[int], others: list[int]
) -> None:
    rng = Random(1)
    handset = make_handset(rng, MODELS[0])
    sweeps = [Sweep(at, handset, draw_pattern(rng, MODELS[0], CHANNELS), -60.0) for at in begins]
    noise = [Frame(at, b"noise") for at in sorted(others)]

    sweeps.sort(key=lambda sweep: sweep.at_us)
    frames = list(transmit(sweeps, Transmitter(rng, epoch_us=0), noise))

    moments = [frame.at_us for frame in frames]
    assert moments == sorted(moments)
    assert len(frames) == len(noise) + sum(len(sweep.pattern) for sweep in sweeps)
