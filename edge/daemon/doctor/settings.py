"""This is where the settings and the policy are looked at, each fault with what mends it."""

import re
from pathlib import Path
from typing import Final

import msgspec

from edge.config.load import load_settings
from edge.config.policies import load_policy
from edge.config.schema import Settings
from edge.daemon.doctor.findings import fail, ok, shown, warn
from edge.daemon.doctor.machine import Machine
from edge.driver.contract import Finding
from edge.driver.files import config_folder
from edge.errors import ConfigError

WRONG_KEY: Final = re.compile(
    r" (?P<wrong>[\w-]+): there is no such setting; did you mean '(?P<meant>[\w-]+)'\?"
)
WRONG_NAME: Final = re.compile(
    r": '(?P<wrong>[^']+)': there is no such [\w ]+; did you mean '(?P<meant>[^']+)'\?"
)
NOT_IN_SED: Final = re.compile(r"[^\w .:+-]")
"""Characters that would need care within the command; such names are mended by hand."""


class SettingsFound(msgspec.Struct, frozen=True, kw_only=True):
    """The settings, where they can be used, and what is to be said of them."""

    settings: Settings | None
    findings: tuple[Finding, ...]


def examine_settings(machine: Machine) -> SettingsFound:
    """Load the settings as the daemon does; every fault is a finding of its own."""
    path = machine.settings
    if not path.exists():
        command = f"install -D -m 640 -g {machine.account.name} {shown(_shipped())} {shown(path)}"
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


def examine_policy(settings: Settings) -> tuple[Finding, ...]:
    """Say which policy is in force."""
    policy, warning = load_policy(settings.store.policy)
    if warning is not None:
        return (warn(warning, "run scripts/install of this version again"),)
    if policy.name == "off":
        return (ok("off: people are counted at the doors, and nobody is known"),)
    return (ok(f"{policy.name} is in force"),)


def remedy_of(line: str, path: Path) -> str:
    """Give the command that mends a fault; where it is not certain, the editor with the file.

    A word is replaced by the one that was meant only where the file holds it once.
    """
    file = _file_of(line, path)
    for pattern, form in ((WRONG_KEY, r"^\(\s*\){}\(\s*=\)"), (WRONG_NAME, '"{}"')):
        match = pattern.search(line)
        if match is None:
            continue
        wrong, meant = match["wrong"], match["meant"]
        if NOT_IN_SED.search(wrong + meant) or not _stands_once(file, wrong):
            break
        replaced = rf"\1{meant}\2" if pattern is WRONG_KEY else f'"{meant}"'
        found = form.format(wrong.replace(".", r"\."))
        return f"sed -i 's/{found}/{replaced}/' {shown(file)}"
    return f"editor {shown(file)}"


def _file_of(line: str, path: Path) -> Path:
    """Give the file that a fault names: the settings or one of their drop-ins."""
    name = line.partition(": ")[0]
    drop_in = path.with_name(f"{path.name}.d") / name
    return drop_in if name.endswith(".toml") and drop_in.is_file() else path


def _stands_once(file: Path, word: str) -> bool:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return len(re.findall(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)) == 1


def _shipped() -> Path:
    return config_folder() / "edge.toml"
