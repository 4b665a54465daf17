"""R30: the wire is encrypted and certified on both ends, and nothing in sight on it is a person."""

import json
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from edge.errors import ConfigError
from edge.privacy.signing import platform_key_text
from edge.store.engine import connect_reader
from edge.sync import topics
from edge.sync.topics import node_address
from tests.conftest import ROOT
from tests.privacy.canaries import CANARIES, people
from tests.privacy.kit import PRIVATE
from tests.privacy.needles import hits
from tests.sync.authority import Authority, Files
from tests.sync.broker import Mosquitto

PATIENCE_S: Final = 20.0
PREFIX: Final = "edge/v1/toy-1/node-1/"
SAID: Final = re.compile(
    rf"{PREFIX}(status|info|health|events|occupancy|reported|customers(/sync)?|"
    r"(touchpoint|response)/[\w.-]+)"
)
KEPT: Final = {topics.STATUS, topics.INFO, topics.HEALTH, topics.OCCUPANCY, topics.REPORTED}
RULES: Final = """user platform
topic readwrite edge/v1/#
pattern readwrite edge/v1/+/%u/#
"""
"""Each device below its own name, which is the one in its certificate."""
SETTINGS: Final = """
[store]
id = "toy-1"
policy = "eu_strict"
platform_key = "{key}"
[mqtt]
url = "{url}"
node = "node-1"
ca = "{ca}"
cert = "{own.certificate}"
key = "{own.key}"
"""


class Client:
    """Somebody at the broker, by a certificate."""

    def __init__(self, wire: "Wire", files: Files) -> None:
        self.heard: list[mqtt.MQTTMessage] = []
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._client.tls_set(
            ca_certs=str(wire.authority.certificate),
            certfile=str(files.certificate),
            keyfile=str(files.key),
        )
        self._client.on_message = lambda _client, _data, message: self.heard.append(message)
        self._client.connect("127.0.0.1", wire.broker.port)
        self._client.loop_start()

    def listen(self) -> None:
        self._client.subscribe("edge/#", qos=1)

    def say(self, topic: str, payload: bytes, *, is_kept: bool = False) -> None:
        self._client.publish(topic, payload, qos=1, retain=is_kept)

    def close(self) -> None:
        stream = self._client.socket()
        self._client.disconnect()
        self._client.loop_stop()
        if stream is not None:  # the library leaves it open where the broker was first
            stream.close()


class Wire:
    """A broker with certificates and rules, and a daemon at it."""

    def __init__(self, folder: Path, program: str) -> None:
        self.folder = folder
        self.authority = Authority.make(folder)
        server = self.authority.issue("127.0.0.1")
        rules = folder / "rules"
        rules.write_text(RULES)
        rules.chmod(0o600)
        self.broker = Mosquitto(
            program,
            folder,
            f"cafile {self.authority.certificate}\ncertfile {server.certificate}\n"
            f"keyfile {server.key}\nrequire_certificate true\nuse_identity_as_username true\n"
            f"acl_file {rules}\nlog_type all",
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.broker.start()
        url = self.broker.url.replace("mqtt:", "mqtts:")
        own = self.authority.issue("node-1")
        settings = SETTINGS.format(
            key=platform_key_text(PRIVATE), url=url, ca=self.authority.certificate, own=own
        )
        (self.folder / "edge.toml").write_text(settings)
        command = [Path(sys.executable).with_name("edge"), "run", "--trust-clock"]
        command += ["--settings", self.folder / "edge.toml", "--state", self.folder / "state"]
        with (self.folder / "daemon.log").open("wb") as log:
            self._process = subprocess.Popen(command, stderr=log, cwd=ROOT)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE_S)
        self.broker.stop()

    def as_named(self, name: str) -> Client:
        return Client(self, self.authority.issue(name))

    def customers(self) -> int:
        database = self.folder / "state" / "edge.db"
        if not database.exists():
            return 0
        reader = connect_reader(database)
        try:
            (count,) = reader.execute("SELECT count(*) FROM customer").fetchone()
            return int(count)
        finally:
            reader.close()


def until(claim: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not claim():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        pytest.skip("mosquitto is not installed; apt-get install mosquitto")
    one = Wire(tmp_path_factory.mktemp("wire"), program)
    one.start()
    yield one
    one.stop()


@pytest.fixture(scope="module")
def platform(wire: Wire) -> Iterator[Client]:
    """Give a platform that has told of four people, in a message that the broker keeps."""
    client = wire.as_named("platform")
    client.listen()
    until(lambda: any(message.topic == f"{PREFIX}health" for message in client.heard))
    told = json.dumps({"cursor": "1", "deltas": people()}).encode()
    client.say(f"{PREFIX}customers", told, is_kept=True)
    until(lambda: wire.customers() >= 4)
    yield client
    client.close()


@pytest.mark.broker
def test_r30_every_topic_names_the_store_and_the_device_alone(platform: Client) -> None:
    said = {message.topic for message in platform.heard}

    assert {topic for topic in said if not SAID.fullmatch(topic)} == set()
    assert hits([("a topic", topic.encode()) for topic in said], CANARIES) == set()


@pytest.mark.broker
def test_r30_a_kept_message_about_customers_is_cleared(platform: Client, wire: Wire) -> None:
    cleared = f"{PREFIX}customers"

    until(lambda: any(m.topic == cleared and not m.payload for m in platform.heard))

    late = wire.as_named("platform")
    late.listen()
    until(lambda: any(message.topic == f"{PREFIX}info" for message in late.heard))
    late.close()
    assert not [message for message in late.heard if message.topic == cleared and message.payload]


@pytest.mark.broker
def test_r30_what_the_broker_keeps_of_a_device_speaks_of_no_person(
    platform: Client, wire: Wire
) -> None:
    until(lambda: any(not message.payload for message in platform.heard))
    late = wire.as_named("platform")
    late.listen()
    until(lambda: {f"{PREFIX}{one}" for one in ("status", "info", "health")} <= _topics(late))
    late.close()

    kept = [message for message in late.heard if message.retain]
    assert {message.topic.removeprefix(PREFIX) for message in kept} <= KEPT
    assert hits([(message.topic, message.payload) for message in kept], CANARIES) == set()
    assert [message for message in kept if b"c-member" in message.payload] == []


@pytest.mark.broker
def test_r30_the_devices_name_at_the_broker_is_that_of_store_and_node(
    platform: Client, wire: Wire
) -> None:
    assert platform.heard

    log = (wire.folder / "mosquitto.log").read_text()

    assert " as toy-1.node-1 (" in log
    assert "c-member" not in log


@pytest.mark.broker
def test_r30_a_device_hears_and_says_nothing_in_anothers_name(platform: Client, wire: Wire) -> None:
    other = wire.as_named("node-2")
    other.listen()

    other.say(f"{PREFIX}customers", b'{"deltas": "by another device"}')
    other.say("edge/v1/toy-1/node-2/status", b"own")
    platform.say(f"{PREFIX}ack", b'{"epoch": "another", "through": 0}')
    until(lambda: "edge/v1/toy-1/node-2/status" in _topics(other))
    time.sleep(0.3)
    other.close()

    assert _topics(other) == {"edge/v1/toy-1/node-2/status"}
    assert not [m for m in platform.heard if b"by another device" in m.payload]
    platform.heard = [m for m in platform.heard if "node-2" not in m.topic]


@pytest.mark.broker
def test_r30_without_a_certificate_nobody_is_heard(wire: Wire) -> None:
    context = ssl.create_default_context(cafile=str(wire.authority.certificate))

    with socket.create_connection(("127.0.0.1", wire.broker.port), timeout=5) as plain:
        answer = _greet(context, plain)

    assert answer == b""


@pytest.mark.parametrize("name", ["a4:83:e7:00:11:22", "a483e7001122", "v-0123456789abcdef"])
def test_r30_a_name_that_reads_like_an_address_or_a_visit_stands_in_no_topic(name: str) -> None:
    with pytest.raises(ConfigError):
        node_address("toy-1", name)


def _greet(context: ssl.SSLContext, plain: socket.socket) -> bytes:
    """Say hello as an MQTT client; give the broker's answer, nothing where it hangs up."""
    hello = bytes.fromhex("101000044d5154540502003c000003616263")
    try:
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as wrapped:
            wrapped.sendall(hello)
            return wrapped.recv(16)
    except (ssl.SSLError, ConnectionError):
        return b""


def _topics(client: Client) -> set[str]:
    return {message.topic for message in client.heard}
