"""The way to a real broker, with each step of it broken in turn."""

import socket
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.driver.contract import Level
from edge.model.names import SECOND
from tests.daemon.doctor.ward import Ward, command_of
from tests.sync.authority import Authority
from tests.sync.broker import Mosquitto, free_port

pytestmark = pytest.mark.broker


def now_ns() -> int:
    return time.time_ns()


def name_broker(ward: Ward, url: str, **more: Path) -> None:
    keys = "\n".join(f'{key} = "{value}"' for key, value in more.items())
    ward.add_settings(f'[mqtt]\nurl = "{url}"\nnode = "node-1"\n{keys}')
    ward.change(now_ns=now_ns)


def restart(broker: Mosquitto, extra: str) -> None:
    broker.stop()
    broker.extra = extra
    broker.start()


def with_tls(
    broker: Mosquitto,
    authority: Authority,
    *,
    name: str = "127.0.0.1",
    ends_in: timedelta = timedelta(days=1),
) -> None:
    files = authority.issue(name, ends_in=ends_in)
    restart(
        broker,
        f"cafile {authority.certificate}\ncertfile {files.certificate}\nkeyfile {files.key}",
    )


def secure(port: int) -> str:
    return f"mqtts://127.0.0.1:{port}"


def test_a_message_goes_to_the_broker_and_back(ward: Ward, mosquitto: Mosquitto) -> None:
    name_broker(ward, mosquitto.url)

    found = [line for line in ward.examine() if line.check.startswith("broker")]

    assert {line.level for line in found} == {Level.OK}
    assert found[-1].what.startswith("a message went there and back in ")


def test_the_daemon_is_not_thrown_out_by_the_doctor(ward: Ward, mosquitto: Mosquitto) -> None:
    name_broker(ward, mosquitto.url)

    ward.examine()

    names = [
        line
        for line in (mosquitto.folder / "mosquitto.log").read_text().splitlines()
        if "New client connected" in line
    ]
    assert len(names) == 1
    assert " as store-1.node-1.doctor " in names[0]


def test_a_broker_that_does_not_run_is_named(ward: Ward, mosquitto: Mosquitto) -> None:
    name_broker(ward, mosquitto.url)
    mosquitto.stop()

    fault = ward.fault("broker port")
    mosquitto.start()

    assert "no broker listens there" in fault.what
    assert fault.remedy == "systemctl restart mosquitto"
    assert ward.is_well("broker port")


def test_steps_behind_a_fault_are_not_walked(ward: Ward) -> None:
    name_broker(ward, f"mqtt://127.0.0.1:{free_port()}")

    steps = [line.check for line in ward.examine() if line.check.startswith("broker")]

    assert steps == ["broker name", "broker port"]


def test_a_name_that_nobody_knows_is_named(ward: Ward, mosquitto: Mosquitto) -> None:
    name_broker(ward, f"mqtt://brocker.example:{mosquitto.port}")

    async def resolve(host: str, port: int) -> Sequence[str]:
        if host != "127.0.0.1":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return (f"{host}:{port}",)

    ward.change(resolve=resolve)

    fault = ward.fault("broker name")
    ward.settings.write_text(ward.settings.read_text().replace("brocker.example", "127.0.0.1"))

    assert "the name brocker.example is not known here: Name or service not known" in fault.what
    assert command_of(fault) == f"editor '{ward.settings}'"
    assert ward.is_well("broker name")


def test_a_certificate_of_another_authority_is_named(
    ward: Ward, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    ours, theirs = (tmp_path / name for name in ("ours", "theirs"))
    ours.mkdir()
    theirs.mkdir()
    with_tls(mosquitto, Authority.make(theirs))
    Authority.make(ours)
    name_broker(ward, secure(mosquitto.port), ca=ours / "ca.pem")

    fault = ward.fault("broker TLS")
    (ours / "ca.pem").write_bytes((theirs / "ca.pem").read_bytes())

    assert f"is not signed by the authority in {ours / 'ca.pem'}" in fault.what
    assert "[mqtt] ca" in fault.remedy
    # What certificates of a day's validity are warned about stands in another test.
    assert ward.levels("broker login") == {Level.OK}


def test_an_expired_certificate_of_the_broker_is_named(
    ward: Ward, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    authority = Authority.make(tmp_path)
    with_tls(mosquitto, authority, ends_in=timedelta(hours=-1))
    name_broker(ward, secure(mosquitto.port), ca=authority.certificate)

    fault = ward.fault("broker TLS")
    with_tls(mosquitto, authority)

    assert fault.what == "the certificate of 127.0.0.1 has expired"
    assert fault.remedy.startswith("have the certificate of 127.0.0.1 renewed")
    assert ward.levels("broker login") == {Level.OK}


def test_the_way_to_see_who_signed_works(ward: Ward, mosquitto: Mosquitto, tmp_path: Path) -> None:
    with_tls(mosquitto, Authority.make(tmp_path))
    name_broker(ward, secure(mosquitto.port))

    fault = ward.fault("broker TLS")

    assert "is not signed by the system's authorities" in fault.what
    ward.follow(fault)


def test_a_missing_certificate_file_is_named(ward: Ward, mosquitto: Mosquitto) -> None:
    name_broker(ward, secure(mosquitto.port), ca=ward.folder / "lost.pem")

    fault = ward.fault("broker TLS")

    assert "lost.pem" in fault.what
    assert "No such file" in fault.what


def test_a_broker_with_another_name_is_named(
    ward: Ward, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    authority = Authority.make(tmp_path)
    with_tls(mosquitto, authority, name="127.0.0.2")
    name_broker(ward, secure(mosquitto.port), ca=authority.certificate)

    fault = ward.fault("broker TLS")
    with_tls(mosquitto, authority)

    assert "made out to another name" in fault.what
    assert ward.levels("broker login") == {Level.OK}


def test_a_port_without_tls_is_named(ward: Ward, mosquitto: Mosquitto) -> None:
    name_broker(ward, secure(mosquitto.port))

    fault = ward.fault("broker TLS")
    ward.settings.write_text(ward.settings.read_text().replace("mqtts://", "mqtt://"))

    assert "TLS" in fault.what
    assert "or mqtt:// without TLS" in fault.remedy
    assert ward.is_well("broker TLS")


def test_a_certificate_of_the_broker_that_ends_soon_fails_before_it_is_too_late(
    ward: Ward, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    authority = Authority.make(tmp_path)
    with_tls(mosquitto, authority)
    name_broker(ward, secure(mosquitto.port), ca=authority.certificate)

    fault = ward.fault("broker TLS")

    assert fault.level is Level.FAIL
    assert "counts until" in fault.what


def test_a_broker_that_knows_nobody_is_named(ward: Ward, mosquitto: Mosquitto) -> None:
    restart(mosquitto, "allow_anonymous false")
    name_broker(ward, mosquitto.url)

    fault = ward.fault("broker login")
    restart(mosquitto, "")

    assert "does not let us in: the broker refused us: Not authorized" in fault.what
    assert ward.is_well("broker login")


def test_rights_to_publish_are_named_with_the_line_that_gives_them(
    ward: Ward, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    rights = tmp_path / "acl"
    rights.write_text("topic read edge/v1/store-1/node-1/#\n")
    rights.chmod(0o600)
    restart(mosquitto, f"acl_file {rights}")
    name_broker(ward, mosquitto.url)

    fault = ward.fault("broker login")
    rights.write_text(f"{command_of(fault)}\n")
    restart(mosquitto, f"acl_file {rights}")

    assert fault.level is Level.FAIL
    assert "does not take our messages" in fault.what
    assert ward.is_well("broker login")


def test_a_message_that_does_not_come_back_is_named(
    ward: Ward, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    rights = tmp_path / "acl"
    rights.write_text("topic write edge/v1/store-1/node-1/#\n")
    rights.chmod(0o600)
    restart(mosquitto, f"acl_file {rights}")
    name_broker(ward, mosquitto.url)

    fault = ward.fault("broker login")
    rights.write_text(f"{command_of(fault)}\n")
    restart(mosquitto, f"acl_file {rights}")

    assert fault.level is Level.WARN
    assert "did not give it back" in fault.what
    assert ward.is_well("broker login")


def test_our_own_certificate_is_judged_by_its_name_and_its_end(
    ward: Ward, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    authority = Authority.make(tmp_path)
    with_tls(mosquitto, authority)
    files = authority.issue("node-7")
    name_broker(
        ward,
        secure(mosquitto.port),
        ca=authority.certificate,
        cert=files.certificate,
        key=files.key,
    )
    month_ago = datetime.now(UTC) - timedelta(days=60)
    ward.change(now_ns=lambda: round(month_ago.timestamp()) * SECOND)

    told = [line.what for line in ward.examine() if line.check == "broker certificates"]

    assert any(line.startswith("our certificate counts until") for line in told)
    assert any("is made out to node-7 and not to node-1" in line for line in told)
