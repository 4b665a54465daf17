"""Real captures are read as tshark reads them, and none of them raises."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.wifi_monitor.driver import WifiMonitor
from drivers.wifi_monitor.inspect import summarise
from edge.driver.capture import Capture
from edge.driver.contract import RecordedFile, SourceSpec
from edge.driver.testing import OutletSpy
from edge.model.names import Instant, SourceName

AGREE = Path(__file__).resolve().parents[3] / "scripts" / "bench" / "agree.py"
CORPUS_FRAMES = 23_340
CORPUS_PROBES = 202


def captures_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*cap*") if path.is_file())


def replay(path: Path) -> OutletSpy:
    moments = [at for at, _, _, _ in Capture(path)]
    file = RecordedFile(
        path=path, started=Instant(min(moments, default=0)), ended=Instant(max(moments, default=0))
    )
    spy = OutletSpy()
    for _ in WifiMonitor(SourceSpec(name=SourceName("one"), driver="wifi_monitor")).replay(
        file, spy
    ):
        pass
    return spy


def test_every_capture_that_breaks_parsers_is_read_and_every_frame_accounted_for(
    captures: Path,
) -> None:
    paths = captures_in(captures / "wifi" / "parser_corpus")

    spies = [replay(path) for path in paths]
    summaries = [summarise(path) for path in paths]

    assert sum(summary["frames"] for summary in summaries) == CORPUS_FRAMES
    assert sum(summary["probe_requests"] for summary in summaries) == CORPUS_PROBES
    for spy, summary in zip(spies, summaries, strict=True):
        refused = sum(spy.refused.values()) - (summary["damage"] is not None)
        assert spy.frames == summary["frames"] == len(spy.calls) + refused


@pytest.mark.parametrize(
    "some",
    [
        "wifi/parser_corpus/**/*cap*",
        "wifi/iphones_and_androids/*.pcap",
        "wifi/labelled_phones/T/*-ch-1-*.pcap",
        "wifi/room_occupancy/*2023-04-14.pcap.gz",
    ],
)
def test_every_well_formed_probe_request_is_read_as_tshark_reads_it(
    captures: Path, some: str
) -> None:
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not on the PATH; install it: apt-get install tshark")
    paths = [path for path in sorted(captures.glob(some)) if path.is_file()]

    done = subprocess.run(
        [sys.executable, AGREE, "--json", *paths], capture_output=True, text=True, check=False
    )
    figures = json.loads(done.stdout)

    assert figures["disagree"] == {}
    assert figures["frames"] == figures["agree"] > 100
    assert done.returncode == 0
