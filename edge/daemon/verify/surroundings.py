"""This is where the rules about process and wire are looked at: R29 and R30."""

from typing import Final
from urllib.parse import urlsplit

from edge.daemon.verify.appliance import Appliance
from edge.daemon.verify.ruling import Seen, absent, broken, holds, unseen
from edge.errors import ConfigError
from edge.sync.topics import node_address

UNIT: Final = {
    "LimitCORE": "0",
    "MemorySwapMax": "0",
    "PrivateTmp": "yes",
    "UMask": "0077",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "NoNewPrivileges": "yes",
}
"""What the service's unit must say (systemd.exec(5), systemd.resource-control(5))."""
REINSTALL: Final = (
    "run scripts/install of this version again, and look at `systemctl cat store-edge`"
)


def shut_in(appliance: Appliance) -> Seen:
    """R29: what the process holds does not reach a core file, the swap, or another user."""
    proof = appliance.proof
    if proof is not None and not proof.wipes_memory:
        return broken("the daemon's freed memory is not overwritten", REINSTALL)
    if not appliance.machine.has_systemd:
        return absent("systemd does not run here; the shipped unit says all of it")
    if not appliance.unit:
        return unseen("systemd knows no service store-edge", "scripts/install")
    wrong = [name for name, value in UNIT.items() if appliance.unit.get(name) != value]
    if wrong:
        told = ", ".join(f"{name}={appliance.unit.get(name, 'nothing')}" for name in wrong)
        return broken(f"the service runs with {told}", REINSTALL)
    return holds(f"the service runs with {', '.join(f'{k}={v}' for k, v in UNIT.items())}")


def wire_is_closed(appliance: Appliance) -> Seen:
    """R30: the way to the platform is encrypted and certified on both ends."""
    settings = appliance.settings
    if settings is None:
        return unseen(appliance.fault, "edge doctor")
    mqtt = settings.mqtt
    if mqtt is None:
        return absent("the settings have no [mqtt]; everything stays here")
    try:
        prefix = node_address(settings.store.id, mqtt.node).topic("")
    except ConfigError as error:
        return broken(str(error), error.remedy)
    told = f"topics lie below {prefix}, which names store and device alone"
    if urlsplit(mqtt.url).scheme != "mqtts":
        remedy = "write [mqtt] url as mqtts://HOST:8883, with ca, cert and key; then: `edge reload`"
        return broken(f"the way to the platform is not encrypted; {told}", remedy)
    if mqtt.cert is None or mqtt.key is None:
        return broken(
            f"TLS without a certificate of this device; {told}", "set [mqtt] cert and key"
        )
    return holds(f"TLS with this device's certificate {mqtt.cert}; {told}")
