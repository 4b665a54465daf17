"""R1: no raw identifier reaches disk, broker, terminal or log, whatever goes wrong."""

import json
import shutil
import signal
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import paho.mqtt.client as mqtt
import pytest

from tests.privacy.canaries import ADDRESSES, CANARIES, TEXTS, write_with_broken_lines
from tests.privacy.needles import everything_below, hits, opened, text_forms
from tests.sync.broker import Mosquitto

LOUD: Final = (
    "import logging; logging.basicConfig(level=logging.DEBUG);"
    "from edge.cli.main import main; main()"
)
"""Starts the command with everything logged."""


class Run:
    """Runs of the command, and everything that they left behind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.temporary = folder / "tmp"
        self.work = folder / "work"
        for made in (self.state, self.temporary, self.work):
            made.mkdir()
        self.said: list[tuple[str, bytes]] = []

    @property
    def environment(self) -> dict[str, str]:
        return {
            "XDG_STATE_HOME": str(self.state),
            "HOME": str(self.state),
            "TMPDIR": str(self.temporary),
            "PYTHONASYNCIODEBUG": "1",
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "PATH": "/usr/bin:/bin",
        }

    def edge(self, *words: str, kill_after_s: float | None = None) -> int:
        """Run a command to its end, or kill it; keep what it said."""
        with subprocess.Popen(
            [sys.executable, "-c", LOUD, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
            cwd=self.work,
        ) as process:
            try:
                out, err = process.communicate(timeout=kill_after_s or 60)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                out, err = process.communicate()
        self.said += [("stdout", out), ("stderr", err)]
        return process.returncode

    def left_behind(self) -> Iterator[tuple[str, bytes]]:
        yield from self.said
        yield from everything_below(self.state, self.temporary, self.work)

    def files(self) -> set[str]:
        return {path.name for path in self.folder.rglob("*") if path.is_file()}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


@pytest.fixture
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_with_broken_lines(tmp_path_factory.mktemp("recording") / "day")


def test_r01_a_replay_leaves_no_raw_identifier_behind(run: Run, recording: Path) -> None:
    out = run.work / "events.jsonl"

    assert run.edge("replay", str(recording), "--out", str(out), "--json") == 0
    assert run.edge("replay", str(recording), "--out", str(out)) == 0
    for command in ("now", "report"):
        run.edge(command, str(recording))

    assert {"edge.db", "device.key", "events.jsonl"} <= run.files()
    told = out.read_bytes()
    assert b'"customer":"c-member"' in told
    cards = [text for text in TEXTS.values() if text.isdigit()]
    assert told.count(b'"type":"purchase.recorded.v1"') == len(cards)
    assert any(b"DEBUG" in text for _, text in run.said)
    assert b"c-withdrew" not in told
    assert hits(run.left_behind(), CANARIES) == set()


def test_r01_a_killed_replay_leaves_none_either(run: Run, recording: Path) -> None:
    for seconds in (1.0, 1.5, 2.0):
        run.edge("replay", str(recording), "--speed", "200", kill_after_s=seconds)

    assert "edge.db-wal" in run.files()
    assert hits(run.left_behind(), CANARIES) == set()


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("ble.btsnoop", ADDRESSES["a stranger's random advertiser"] * 9),
        ("radar.pcap", ADDRESSES["a stranger on the network"] * 9),
        ("edge.toml", TEXTS["a member's card"].encode() + b" = ["),
        ("recording.toml", TEXTS["a code in a broken line"].encode() + b" = ["),
    ],
)
def test_r01_an_error_does_not_say_what_is_in_the_file(
    run: Run, recording: Path, file: str, content: bytes
) -> None:
    (recording / file).write_bytes(content)

    code = run.edge("replay", str(recording), "--out", str(run.work / "events.jsonl"))

    assert code != 0
    assert dict(run.said)["stderr"]
    assert hits(run.left_behind(), CANARIES) == set()


def test_r01_nothing_that_goes_over_the_broker_holds_a_raw_identifier(
    run: Run, recording: Path
) -> None:
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        pytest.skip("mosquitto is not installed; apt-get install mosquitto")
    broker = Mosquitto(program, run.temporary)
    broker.start()
    heard: list[tuple[str, bytes]] = []
    listener = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    listener.on_message = lambda _client, _data, message: heard.append(
        (message.topic, message.payload)
    )
    try:
        listener.connect("127.0.0.1", broker.port)
        listener.subscribe("#", qos=1)
        listener.loop_start()
        run.edge("replay", str(recording), "--mqtt", broker.url, "--deliver-within", "3")
    finally:
        listener.loop_stop()
        listener.disconnect()
        broker.stop()

    sent = [one for topic, payload in heard for one in opened(topic, payload)]
    assert any(b"c-member" in payload for _, payload in sent)
    topics = [("a topic", topic.encode()) for topic, _ in heard]
    assert hits([*sent, *topics, *run.left_behind()], CANARIES) == set()


@pytest.mark.parametrize("canary", sorted(CANARIES))
def test_r01_the_search_finds_a_canary_in_any_form_that_is_planted(
    canary: str, tmp_path: Path
) -> None:
    for number, (name, form) in enumerate(CANARIES[canary].items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "edge.db-wal").write_bytes(b"\x00before" + form + b"after\xff")

        found = hits(everything_below(folder), {canary: {name: form}})

        assert found == {f"{canary} as {name} in edge.db-wal"}


def test_r01_the_search_finds_a_canary_in_the_name_of_a_file_and_in_what_is_compressed(
    tmp_path: Path,
) -> None:
    card = TEXTS["a member's card"]
    (tmp_path / f"{card}.log").touch()
    (tmp_path / "batch").write_bytes(zlib.compress(json.dumps({"card": card}).encode()))

    found = hits(everything_below(tmp_path), {"card": text_forms(card)})

    assert found == {
        "card as text in a name",
        "card as text in batch, unpacked",
        "card as upper in a name",
        "card as upper in batch, unpacked",
        "card as lower in a name",
        "card as lower in batch, unpacked",
        "card as escaped as JSON in a name",
        "card as escaped as JSON in batch, unpacked",
    }


def test_r01_every_canary_was_in_the_recording(recording: Path) -> None:
    """Else its absence afterwards would prove nothing."""
    held = list(everything_below(recording))

    missing = [
        name
        for name, forms in CANARIES.items()
        if not hits(held, {name: forms}) and not name.endswith("identity key")
    ]

    assert missing == []
