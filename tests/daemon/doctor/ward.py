"""A machine in a folder: real files below it, and programs that keep what they are told."""

import asyncio
import os
import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from edge.daemon.doctor.checkup import examine
from edge.daemon.doctor.findings import SEVERITY, Line
from edge.daemon.doctor.machine import Account, Machine, Ran, run_program
from edge.driver.contract import Level
from edge.model.names import SECOND

NOW_NS = 1_900_000_000 * SECOND
SOUND = """
[store]
id = "store-1"
timezone = "Europe/Berlin"
[[zone]]
name = "toys"
"""
FORBIDDEN = ("apt-get", "mount", "timedatectl")
"""What a remedy must never do to the machine that runs the tests."""
COMMAND = re.compile(r"`([^`]+)`")

SYSTEMCTL = """#!/bin/bash
# Keeps each unit's properties as a file, and changes them as the real one does.
cd '{units}'
verb=$1 now=no
shift
put() {{ sed -i "s/^$2=.*/$2=$3/" "$1"; }}
for unit; do
    [ "$unit" != --now ] || now=yes
    case $unit in -*) continue ;; esac
    [ -e "$unit" ] || unit=$unit.service
    case $verb in
        show) cat "$unit" 2> /dev/null || echo LoadState=not-found ;;
        enable) put "$unit" UnitFileState enabled ;;
        start | restart) put "$unit" NRestarts 0 ;;
    esac
    case $verb-$now in start-* | restart-* | enable-yes) put "$unit" ActiveState active ;; esac
done
"""
TIMEDATECTL = """#!/bin/bash
# Answers whether somebody asks a time server, and lets that be switched on.
case $1 in
    show) cat {clock} ;;
    set-ntp) sed -i 's/^NTP=.*/NTP=yes/' {clock}; touch {synced} ;;
esac
"""


async def synchronised() -> bool:
    return True


def own_account() -> Account:
    return Account(name=str(os.getuid()), uid=os.getuid(), gids=frozenset(os.getgroups()))


@dataclass
class Ward:
    """A machine to be examined; `machine` is what the doctor gets to see of it."""

    folder: Path
    machine: Machine = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        for name in ("etc", "root", "bin", "units"):
            (self.folder / name).mkdir()
        self.state.mkdir(mode=0o700)
        self.settings.write_text(SOUND)
        for name in FORBIDDEN:
            self.program(name, "#!/bin/sh\nexit 99\n")
        self.program("systemctl", SYSTEMCTL.format(units=self.folder / "units"))
        self.machine = Machine(
            settings=self.settings,
            state=self.state,
            account=own_account(),
            now_ns=lambda: NOW_NS,
            root=self.folder / "root",
            run=self._run,
            is_synced=synchronised,
        )

    @property
    def settings(self) -> Path:
        return self.folder / "etc" / "edge.toml"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def change(self, **changes: object) -> None:
        self.machine = msgspec.structs.replace(self.machine, **changes)

    def add_settings(self, text: str) -> None:
        self.settings.write_text(f"{self.settings.read_text()}\n{text}\n")

    def file(self, path: str, text: str = "") -> Path:
        """Put a file below the machine's root, such as sys/class/net/wlan0/type."""
        made = self.folder / "root" / path
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(text)
        return made

    def unit(self, name: str, **properties: str) -> None:
        """Let systemd run this machine and know a unit."""
        (self.folder / "root/run/systemd/system").mkdir(parents=True, exist_ok=True)
        told = {"LoadState": "loaded", "UnitFileState": "enabled", "NRestarts": "0", **properties}
        lines = [f"{name}={value}" for name, value in told.items()]
        (self.folder / "units" / name).write_text("\n".join(lines) + "\n")

    def program(self, name: str, text: str) -> None:
        made = self.folder / "bin" / name
        made.write_text(text)
        made.chmod(0o755)

    def examine(self) -> tuple[Line, ...]:
        return asyncio.run(examine(self.machine))

    def fault(self, check: str) -> Line:
        """Give the worst line of a check; there has to be one that is not well."""
        found = [line for line in self.examine() if line.check == check]
        assert found, f"there is no check {check!r}"
        worst = max(found, key=lambda line: SEVERITY[line.level])
        assert worst.level is not Level.OK, worst
        return worst

    def levels(self, check: str) -> set[Level]:
        return {line.level for line in self.examine() if line.check == check}

    def is_well(self, check: str) -> bool:
        return self.levels(check) == {Level.OK}

    def follow(self, line: Line) -> None:
        """Do what the remedy says, word for word, as a technician would paste it.

        It happens in the machine's folder, where there is no checkout that could be installed.
        """
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-c", command_of(line)],
            cwd=self.folder,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command_of(line)}: {done.stderr}"

    async def _run(self, words: Sequence[str]) -> Ran | None:
        own = self.folder / "bin" / words[0]
        return await run_program((str(own), *words[1:])) if own.exists() else None


def command_of(line: Line) -> str:
    """Give the command of a remedy: what stands in backticks, or all of it."""
    quoted = COMMAND.findall(line.remedy)
    return quoted[-1] if quoted else line.remedy


Stage = Callable[[Ward], None]
