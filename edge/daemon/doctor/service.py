"""This is where systemd is asked how the service is."""

from collections.abc import Mapping
from typing import Final

from edge.daemon.doctor.findings import fail, ok, warn
from edge.daemon.doctor.machine import SERVICE, Machine
from edge.driver.contract import Finding

ASKED: Final = "LoadState,ActiveState,SubState,UnitFileState,NRestarts,Result,MainPID"
LOG: Final = "journalctl --unit store-edge --lines 30 --no-pager"


async def unit_state(machine: Machine, unit: str) -> Mapping[str, str]:
    """Ask systemd for a unit's properties; empty where it gives no answer."""
    ran = await machine.run(("systemctl", "show", unit, f"--property={ASKED}"))
    if ran is None or ran.status:
        return {}
    pairs = (line.partition("=") for line in ran.output.splitlines())
    return {name: value for name, _, value in pairs}


async def examine_service(machine: Machine) -> tuple[Finding, ...]:
    """Say whether systemd runs the service, starts it at boot, and had to start it again."""
    if not machine.has_systemd:
        what = "systemd does not run here, so nothing starts the daemon or starts it again"
        return (warn(what, f"edge run --settings {machine.settings} --state {machine.state}"),)
    state = await unit_state(machine, SERVICE)
    if not state:
        return (fail("systemd gave no answer", "systemctl status"),)
    if state.get("LoadState") != "loaded":
        return (fail(f"{SERVICE} is not installed", "scripts/install"),)
    return (*_standing(state), *_starts_at_boot(state))


def _standing(state: Mapping[str, str]) -> tuple[Finding, ...]:
    active, sub = state.get("ActiveState", ""), state.get("SubState", "")
    restarts = int(state.get("NRestarts") or 0)
    if active == "failed":
        what = f"{SERVICE} gave up ({state.get('Result', 'unknown')}); its last words: `{LOG}`"
        return (fail(what, "systemctl reset-failed store-edge; systemctl start store-edge"),)
    if active == "activating" and sub == "auto-restart":
        what = f"{SERVICE} dies at its start ({restarts} times so far)"
        return (fail(what, f"mend the other lines first; its last words: `{LOG}`"),)
    if active not in {"active", "reloading", "activating"}:
        return (fail(f"{SERVICE} is {active}", "systemctl start store-edge"),)
    if restarts:
        what = f"{SERVICE} is {active}, and was started again {restarts} times since it was started"
        return (warn(what, f"see why, then `systemctl restart store-edge`: {LOG} --priority err"),)
    return (ok(f"{SERVICE} is {active}"),)


def _starts_at_boot(state: Mapping[str, str]) -> tuple[Finding, ...]:
    if state.get("UnitFileState") == "enabled":
        return ()
    return (warn(f"{SERVICE} does not start with the machine", "systemctl enable store-edge"),)
