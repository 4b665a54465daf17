"""This is where the settings and the policy are looked at, each fault with what mends it."""

import os
import re
from pathlib import Path
from typing import Final

import msgspec

from edge.config.load import load_settings
from edge.config.policies import load_policy
from edge.config.schema import Settings
from edge.daemon.doctor.findings import fail, ok, shown, warn
from edge.daemon.doctor.machine import Machine
from edge.daemon.policy_force import Force, force_of, read_force
from edge.driver.contract import Finding
from edge.driver.files import config_folder
from edge.errors import ConfigError, EdgeError

WRONG_KEY: Final = re.compile(
    r" (?P<wrong>[\w-]+): there is no such setting; did you mean '(?P<meant>[\w-]+)'\?"
)
WRONG_NAME: Final = re.compile(r"'(?P<wrong>[^']+)'[^']*did you mean '(?P<meant>[^']+)'\?")
IN_SED: Final = re.compile(r"[\w .:+-]+")
"""Names that need no care within the command; others are mended by hand."""


class SettingsFound(msgspec.Struct, frozen=True, kw_only=True):
    """The settings, where they can be used, and what is to be said of them."""

    settings: Settings | None
    findings: tuple[Finding, ...]


def examine_settings(machine: Machine) -> SettingsFound:
    """Load the settings as the daemon does; every fault is a finding of its own."""
    path = machine.settings
    if not path.exists():
        group = "" if machine.account.uid == os.geteuid() else f"-g {machine.account.name} "
        command = f"install -D -m 640 {group}{shown(_shipped())} {shown(path)}"
        return SettingsFound(
            settings=None, findings=(fail(f"there is no settings file {path}", command),)
        )
    try:
        settings = load_settings(path)
    except ConfigError as error:
        faults = tuple(fail(line, remedy_of(line, path)) for line in error.why.splitlines())
        return SettingsFound(settings=None, findings=faults)
    parts = (
        (len(settings.zones), "zone"),
        (len(settings.doors), "door"),
        (len(settings.sources), "source"),
    )
    told = ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in parts)
    return SettingsFound(settings=settings, findings=(ok(f"{path}: {told}"),))


def policy_in_force(settings: Settings, machine: Machine) -> Force:
    """Give the policy in force; a ledger that cannot be read says nothing of the platform's."""
    try:
        return read_force(machine.settings, machine.state).force
    except EdgeError:  # the check of the database says what is wrong with it
        return force_of(settings, platform=None)


def examine_policy(settings: Settings, force: Force) -> tuple[Finding, ...]:
    """Say which policy is in force, and why that one."""
    _, warning = load_policy(settings.store.policy)
    if warning is not None:
        return (warn(warning, "run scripts/install of this version again"),)
    if force.doubt:
        return (warn(force.doubt, "have the platform name a policy of: `edge policy list`"),)
    if force.policy.name == "off":
        return (ok("off: people are counted at the doors, and nobody is known"),)
    asked = "" if force.platform is None else f", the platform asks for {force.platform}"
    return (ok(f"{force.policy.name} is in force{asked}"),)


def remedy_of(fault: str, path: Path) -> str:
    """Give the command that mends a fault; where it is not certain, the editor with the file.

    A word is replaced by the one that was meant only where the settings hold it once.
    """
    key, name = WRONG_KEY.search(fault), WRONG_NAME.search(fault)
    match = key or name
    file = None if match is None else _only_file_with(match["wrong"], path)
    if match is None or file is None or not IN_SED.fullmatch(match["wrong"] + match["meant"]):
        return f"editor {shown(_file_of(fault, path))}"
    wrong, meant = match["wrong"].replace(".", r"\."), match["meant"]
    if key:
        return rf"sed -i 's/^\(\s*\){wrong}\(\s*=\)/\1{meant}\2/' {shown(file)}"
    return f"""sed -i 's/"{wrong}"/"{meant}"/' {shown(file)}"""


def _files(path: Path) -> tuple[Path, ...]:
    """Give the settings file and its drop-ins."""
    return path, *sorted(path.with_name(f"{path.name}.d").glob("*.toml"))


def _file_of(fault: str, path: Path) -> Path:
    """Give the file that a fault names at its start, else the settings file."""
    name = fault.partition(": ")[0]
    return next((file for file in _files(path) if file.name == name), path)


def _only_file_with(word: str, path: Path) -> Path | None:
    """Give the file with a word, where the word stands once in all of the settings."""
    pattern = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
    held = [file for file in _files(path) for _ in pattern.findall(_text(file))]
    return held[0] if len(held) == 1 else None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):  # the fault that is told says so
        return ""


def _shipped() -> Path:
    return config_folder() / "edge.toml"
