"""This is where everything is gathered that the checks of the rules look at."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from edge.config.schema import Settings
from edge.daemon.control import SOCKET
from edge.daemon.control_client import ask
from edge.daemon.doctor.machine import SERVICE, Machine
from edge.daemon.places import DATABASE
from edge.daemon.policy_force import Force, read_force
from edge.daemon.run_proof import CAMERA, Proof
from edge.daemon.verify.kept import Kept, read_kept
from edge.errors import EdgeError
from edge.model.names import Instant
from edge.privacy.policy import OFF, Policy

UNIT_ASKED: Final = (
    "LoadState,LimitCORE,MemorySwapMax,PrivateTmp,UMask,ProtectSystem,ProtectHome,NoNewPrivileges"
)


class Appliance(msgspec.Struct, frozen=True, kw_only=True):
    """One appliance at one moment, running or not; nothing of it is changed."""

    machine: Machine
    settings: Settings | None
    fault: str
    """Why the settings cannot be used; empty where they can."""
    force: Force
    """The policy in force, and what it came from."""
    proof: Proof | None
    """What the running daemon says; None where none runs."""
    silence: str
    """Why no daemon answered."""
    unit: Mapping[str, str]
    """The service's properties; empty where systemd does not run or knows no such service."""
    kept: Kept
    """What lies on the disk."""

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self.force.policy

    @property
    def clock_synced(self) -> bool:
        """Tell whether the daemon's clock can be trusted; yes while none runs."""
        return self.proof is None or self.proof.clock_synced

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.machine.state

    @property
    def has_camera(self) -> bool:
        """Tell whether a camera is configured."""
        sources = () if self.settings is None else self.settings.sources
        return any(one.driver == CAMERA for one in sources)


async def look(machine: Machine) -> Appliance:
    """Look at settings, daemon, service and disk."""
    settings, force, fault = _settings(machine)
    proof, silence = await asyncio.to_thread(_proof, machine)
    database, now = machine.state / DATABASE, Instant(machine.now_ns())
    return Appliance(
        machine=machine,
        settings=settings,
        fault=fault,
        force=force,
        proof=proof,
        silence=silence,
        unit=await _unit(machine),
        kept=await asyncio.to_thread(read_kept, database, now),
    )


def _settings(machine: Machine) -> tuple[Settings | None, Force, str]:
    """Give the settings and the policy; where they cannot be used nothing is permitted."""
    try:
        found = read_force(machine.settings, machine.state)
    except EdgeError as error:
        return (
            None,
            Force(policy=OFF, permitted=OFF, local=OFF.name, platform=None),
            f"{error.what}: {error.why}",
        )
    return found.settings, found.force, ""


def _proof(machine: Machine) -> tuple[Proof | None, str]:
    if not (machine.state / SOCKET).exists():
        return None, "no daemon runs"
    try:
        return msgspec.convert(ask(machine.state, "proof"), Proof), ""
    except EdgeError as error:
        return None, f"{error.what}: {error.why}"
    except msgspec.ValidationError:
        return None, "the daemon is of another version"


async def _unit(machine: Machine) -> Mapping[str, str]:
    if not machine.has_systemd:
        return {}
    ran = await machine.run(("systemctl", "show", SERVICE, f"--property={UNIT_ASKED}"))
    if ran is None or ran.status:
        return {}
    told = dict(line.partition("=")[::2] for line in ran.output.splitlines())
    return told if told.get("LoadState") == "loaded" else {}
