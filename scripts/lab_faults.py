"""Stages faults on an installed appliance, and does what `edge doctor` says against each.

It runs as root inside the lab's container (scripts/lab), never on a machine that matters.
"""

import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass

STATE = "/var/lib/store-edge"
SETTINGS = "/etc/store-edge/edge.toml"
RESTART = "systemctl restart store-edge"
STOP = "systemctl stop store-edge"
ACL = "/etc/mosquitto/acl"
SEALED_KEY = "/etc/credstore.encrypted/store-edge.device-key"
OPENED = f"systemd-creds decrypt --name=device-key {SEALED_KEY} -"
SPOILED = f"sed -i '1s/^......../AAAAAAAA/' {SEALED_KEY}"
WHEELS = "/srv/wheels"
INSTALL_AGAIN = (
    f"cd /srv/store-edge; scripts/install --wheels {WHEELS}"
    f" $([ -e {WHEELS}/with-cameras.txt ] || echo --without-cameras)"
)
SETTLE_S = 10.0
"""The service has so long to be as it should be after a remedy."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that goes wrong in stores."""

    name: str
    stage: str
    check: str
    words: str
    """What the doctor has to say."""
    mend: str = "{command}"
    """What is run; the doctor's command stands in it, or what its words ask for."""


FAULTS = (
    Fault(name="stopped service", stage=STOP, check="service", words="is inactive"),
    Fault(
        name="service that does not start at boot",
        stage="systemctl disable --quiet store-edge",
        check="service",
        words="does not start with the machine",
    ),
    Fault(
        name="wrong key in the settings",
        stage=rf"sed -i 's/^\[store\]/[store]\ntimezon = \"Europe\/Berlin\"/' {SETTINGS}",
        check="settings",
        words="did you mean 'timezone'?",
    ),
    Fault(
        name="unknown policy",
        stage=rf"sed -i 's/^\[store\]/[store]\npolicy = \"eu_strikt\"/' {SETTINGS}",
        check="settings",
        words="did you mean 'eu_strict'?",
    ),
    Fault(
        name="service that gave up over its settings",
        stage=f"cp {SETTINGS} /root/good.toml; echo '[broken' >> {SETTINGS}; {RESTART}; sleep 2;"
        f" cp /root/good.toml {SETTINGS}",
        check="service",
        words="gave up",
    ),
    Fault(
        name="no settings file",
        stage=f"mv {SETTINGS} /root/lost.toml",
        check="settings",
        words="there is no settings file",
    ),
    Fault(
        name="unknown driver",
        stage=f"""printf '[[source]]\\nname = "till"\\ndriver = "serial_lin"\\n"""
        f"""profile = "till-json"\\n[source.options]\\nport = "socket://127.0.0.1:9"\\n'"""
        f""" > {SETTINGS}.d/10-till.toml""",
        check="source till",
        words="'serial_lin'; did you mean 'serial_line'?",
    ),
    Fault(
        name="unknown profile",
        stage=f"sed -i 's/till-json/til-json/' {SETTINGS}.d/10-till.toml",
        check="source till",
        words="'til-json'; did you mean 'till-json'?",
    ),
    Fault(
        name="broker that does not run",
        stage="systemctl stop mosquitto",
        check="broker port",
        words="no broker listens there",
    ),
    Fault(
        name="broker without rights for us",
        stage=f"echo 'topic read edge/#' > {ACL}; chown mosquitto {ACL}; chmod 600 {ACL};"
        f" echo 'acl_file {ACL}' >> /etc/mosquitto/conf.d/lab.conf; systemctl restart mosquitto",
        check="broker login",
        words="does not take our messages",
        mend=f"echo '{{command}}' > {ACL}; systemctl restart mosquitto",
    ),
    Fault(
        name="state folder of somebody else",
        stage=f"{STOP}; chown root: {STATE}",
        check="state folder",
        words="does not belong to store-edge",
    ),
    Fault(
        name="state folder open to everybody",
        stage=f"chmod 755 {STATE}",
        check="state folder",
        words="open to other users",
    ),
    Fault(
        name="device key lost",
        stage=f"{STOP}; mv {SEALED_KEY} /root/backup; systemctl start store-edge",
        check="device key",
        words="the device key is missing",
        mend=f"mv /root/backup {SEALED_KEY}; {RESTART}",
    ),
    Fault(
        name="device key of another machine",
        stage=f"cp {SEALED_KEY} /root/backup; {SPOILED}; {RESTART} || true",
        check="device key",
        words="this machine does not open it",
        mend=f"{{command}}; mv /root/backup {SEALED_KEY}; {RESTART}",
    ),
    Fault(
        name="device key beside the database",
        stage=f"{OPENED} > {STATE}/device.key; rm {SEALED_KEY}; chmod 600 {STATE}/device.key;"
        f" chown store-edge: {STATE}/device.key; {RESTART}",
        check="device key",
        words="lies beside the database",
        mend=INSTALL_AGAIN,
    ),
    Fault(
        name="device key open to everybody",
        stage=f"{OPENED} > {STATE}/device.key; rm {SEALED_KEY}; chmod 644 {STATE}/device.key;"
        f" chown store-edge: {STATE}/device.key; {RESTART}",
        check="device key",
        words="can be read by others",
    ),
    Fault(
        name="device key cut short",
        stage=f"{STOP}; truncate --size 9 {STATE}/device.key",
        check="device key",
        words="has 9 bytes",
        mend=f"{{command}}; {INSTALL_AGAIN}",
    ),
    Fault(
        name="damaged database",
        stage=f"{STOP}; dd if=/dev/urandom of={STATE}/edge.db bs=4096 seek=1 count=4 conv=notrunc",
        check="database",
        words="is damaged",
    ),
    Fault(
        name="database of a newer version",
        stage=f'{STOP}; /opt/store-edge/current/bin/python -c "import sqlite3; '
        f"sqlite3.connect('{STATE}/edge.db').execute('PRAGMA user_version = 99')\"",
        check="database",
        words="made by a newer version",
    ),
    Fault(
        name="daemon beside the service",
        stage=f"{STOP}; systemd-run --quiet --collect --unit beside --uid store-edge edge run"
        f" --settings {SETTINGS} --state {STATE}; sleep 3",
        check="lock",
        words="is not the service",
    ),
    Fault(
        name="serial port without rights",
        stage="install -m 600 /dev/null /dev/ttyUSB0",
        check="serial ports",
        words="may not be used by store-edge",
    ),
    Fault(
        name="full disk",
        stage=f"{STOP}; mount -t tmpfs -o size=600m,mode=700,uid=$(id -u store-edge) tmpfs {STATE};"
        f" fallocate -l 560M {STATE}/old.pcap; chown store-edge: {STATE}/old.pcap",
        check="disk",
        words="the ledger cannot grow",
        mend="rm \"$({command} | head -n 1 | cut -d ' ' -f 2-)\"",
    ),
)


def main() -> int:
    """Go through all faults; the exit status is the number of those that were not mended."""
    run(
        f"""printf '[mqtt]\\nurl = "mqtt://127.0.0.1:1883"\\nnode = "node-1"\\n'"""
        f" > {SETTINGS}.d/20-platform.toml; systemctl restart mosquitto; {RESTART}"
    )
    unmended = [fault.name for fault in FAULTS if not is_named_and_mended(fault)]
    run(f"{STOP}; umount {STATE}; {RESTART}")  # the small disk of the last fault
    print(f"{len(FAULTS) - len(unmended)} of {len(FAULTS)} faults were named and mended")
    for name in unmended:
        print(f"not mended: {name}")
    return len(unmended)


def is_named_and_mended(fault: Fault) -> bool:
    """Stage one fault, look, do what is said, and look again."""
    run(fault.stage)
    named = next((line for line in doctor() if is_it(line, fault)), None)
    if named is None:
        print(f"FAULT  {fault.name}: not named")
        return False
    quoted = re.findall(r"`([^`]+)`", named["remedy"])
    command = fault.mend.replace("{command}", quoted[-1] if quoted else named["remedy"])
    print(f"fault  {fault.name}\n       {named['level']} {named['check']}: {named['what']}")
    print(f"       $ {command}")
    run(command)
    end = time.monotonic() + SETTLE_S
    while any(is_it(line, fault) for line in doctor()):
        if time.monotonic() > end:
            print("       it is still there")
            return False
        time.sleep(0.5)
    run("systemctl is-active --quiet store-edge || systemctl restart store-edge")
    print("       mended")
    return True


def is_it(line: dict[str, str], fault: Fault) -> bool:
    """Tell whether a line of the doctor is about the fault."""
    return line["check"] == fault.check and line["level"] != "ok" and fault.words in line["what"]


def doctor() -> list[dict[str, str]]:
    """Ask the doctor."""
    done = subprocess.run(["edge", "doctor", "--json"], capture_output=True, text=True, check=False)
    if not done.stdout:
        print(done.stderr)
    found: list[dict[str, str]] = json.loads(done.stdout)
    return found


def run(command: str) -> None:
    """Run a command line as a technician would; what it says is shown where it fails."""
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"       (exit status {done.returncode}) {done.stderr.strip()[-300:]}")


if __name__ == "__main__":
    sys.exit(main())
