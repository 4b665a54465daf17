"""What a live source needs is asked for, and a secret is kept out of the settings."""

import asyncio
import socket
from pathlib import Path

import pytest

from drivers.wifi_link.driver import WifiLink
from drivers.wifi_link.options import Told, read_options
from drivers.wifi_link.secret import read_secret, secret_path
from edge.driver.contract import Finding, Level, SourceSpec
from edge.errors import ConfigError
from edge.model.names import SourceName
from tests.lab.listening import AwaitedOutlet, running
from tests.lab.wifi_link import free_port


def link(**options: object) -> WifiLink:
    return WifiLink(SourceSpec(name=SourceName("ap"), driver="wifi_link", options=options))


@pytest.mark.parametrize(
    ("options", "asked_for"),
    [
        ({"source": "carrier pigeon"}, "source"),
        ({"source": "hostapd"}, "control"),
        ({"source": "radius"}, "secret_file"),
        ({"source": "radius", "secret_file": "a", "secret_env": "B"}, "one secret"),
        ({"source": "radius", "secret_file": "a", "listen": "everywhere"}, "listen"),
        ({"source": "radius", "secret_file": "a", "listen": "127.0.0.1:99999"}, "listen"),
        ({"source": "webhook", "secret_file": "a", "validator": "b"}, "ssid"),
        ({"source": "webhook", "secret_file": 7}, "secret_file"),
    ],
)
def test_settings_that_cannot_be_say_what_is_needed(
    options: dict[str, object], asked_for: str
) -> None:
    with pytest.raises(ConfigError, match=asked_for):
        link(**options)


def test_a_secret_in_the_settings_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigError, match="does not belong") as fault:
        link(source="radius", secret="hunter2-hunter2")  # noqa: S106 - a wrong place for one

    assert "hunter2" not in str(fault.value)
    assert "secret_file" in fault.value.remedy


def test_a_secret_is_read_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"0123456789abcdef\n")
    told = Told(secret_file=str(tmp_path / "secret"))

    assert read_secret(told, {}, where="ap") == b"0123456789abcdef"


def test_a_secret_without_a_folder_is_a_credential_of_the_service(tmp_path: Path) -> None:
    (tmp_path / "radius").write_bytes(b"0123456789abcdef")
    told, environment = Told(secret_file="radius"), {"CREDENTIALS_DIRECTORY": str(tmp_path)}  # noqa: S106 - a file

    assert read_secret(told, environment, where="ap") == b"0123456789abcdef"
    assert secret_path(told, {}) == Path("/run/credentials/radius")


def test_a_secret_may_stand_in_the_environment() -> None:
    told = Told(secret_env="RADIUS")  # noqa: S106 - a name

    assert read_secret(told, {"RADIUS": "0123456789abcdef"}, where="ap") == b"0123456789abcdef"
    with pytest.raises(ConfigError, match="RADIUS has fewer than 8 bytes"):
        read_secret(told, {}, where="ap")


def test_without_its_secret_nothing_listens(tmp_path: Path) -> None:
    async def fault_of(driver: WifiLink) -> object:
        async with running(driver, AwaitedOutlet()) as run:
            return await run.fault()

    fault = asyncio.run(fault_of(link(source="radius", secret_file=str(tmp_path / "nowhere"))))
    nobody = asyncio.run(fault_of(link()))

    assert isinstance(fault, ConfigError)
    assert "cannot read the secret" in str(fault)
    assert isinstance(nobody, ConfigError)
    assert "source" in nobody.remedy


def checked(driver: WifiLink) -> tuple[Finding, ...]:
    return asyncio.run(driver.check())


def levels(driver: WifiLink) -> list[Level]:
    return [finding.level for finding in checked(driver)]


@pytest.mark.parametrize("source", ["radius", "webhook"])
def test_a_check_looks_at_secret_and_address(source: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    kind = socket.SOCK_DGRAM if source == "radius" else socket.SOCK_STREAM
    listen = f"127.0.0.1:{free_port(kind)}"
    driver = link(source=source, secret_file=str(secret), listen=listen)

    missing = levels(driver)
    secret.write_bytes(b"0123456789abcdef")
    secret.chmod(0o644)
    open_to_all = levels(driver)
    secret.chmod(0o600)
    fine = levels(driver)
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", int(listen.rpartition(":")[2])))
        if kind is socket.SOCK_STREAM:
            other.listen()
        taken = levels(driver)

    assert missing == [Level.FAIL, Level.OK]
    assert open_to_all == [Level.WARN, Level.OK]
    assert fine == [Level.OK, Level.OK]
    assert taken == [Level.OK, Level.WARN]


def test_a_webhook_that_others_can_reach_is_warned_of(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"0123456789abcdef")
    listen = f"0.0.0.0:{free_port(socket.SOCK_STREAM)}"

    *_, finding = checked(
        link(source="webhook", secret_file=str(tmp_path / "secret"), listen=listen)
    )

    assert finding.level is Level.WARN
    assert "TLS" in finding.remedy


def test_without_a_source_the_check_says_which_there_are() -> None:
    (finding,) = checked(link())

    assert finding.level is Level.FAIL
    assert "hostapd" in finding.remedy


def test_an_address_of_six_is_written_in_brackets() -> None:
    spec = SourceSpec(
        name=SourceName("ap"),
        driver="wifi_link",
        options={"source": "radius", "secret_file": "radius", "listen": "[::1]:1813"},
    )

    assert read_options(spec).listen == "[::1]:1813"
    assert levels(WifiLink(spec))[-1] in {Level.OK, Level.WARN}
