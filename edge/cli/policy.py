"""This is where `edge policy` says what is allowed now, and why."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from edge.cli.asking import settings_option, state_option
from edge.cli.lazy import LazyGroup
from edge.cli.output import EdgeCommand, json_option, say, write_json, write_table

if TYPE_CHECKING:
    from edge.daemon.policy_force import Force

POLICY_COMMANDS: Final = {
    "list": ("edge.cli.policy:listed", "List the policies that are shipped."),
    "show": ("edge.cli.policy:show", "Say what is allowed now, and why."),
}


@click.group(cls=LazyGroup, lines=POLICY_COMMANDS)
def policy() -> None:
    """Say which policy is in force, and what each of them allows."""


@click.command(cls=EdgeCommand)
@click.argument("name", required=False)
@settings_option
@state_option
@json_option
def show(name: str | None, settings: Path, state: Path, *, as_json: bool) -> None:
    """Say in plain words what is allowed now, and why; with NAME, what that policy would allow.

    In force is what both the store's settings and the platform permit, for the purposes that the
    published notice tells customers of.
    """
    from edge.daemon.policy_force import forced, read_force  # noqa: PLC0415 - loads when it runs
    from edge.privacy.policy_words import explain  # noqa: PLC0415 - likewise

    force = read_force(settings, state).force if name is None else forced(name)
    told = explain(force.policy)
    if as_json:
        write_json({**_origin(force), "allows": told})
        return
    say(why(force))
    rows = [(one.about, "yes" if one.allowed else "no", one.words) for one in told]
    write_table(force.policy.name, ("what", "allowed", "in words"), rows)


@click.command("list", cls=EdgeCommand)
@json_option
def listed(*, as_json: bool) -> None:
    """List the policies that are shipped, with what tells them apart."""
    from edge.config.policies import load_policy, policy_names  # noqa: PLC0415 - when it runs

    found = [load_policy(name)[0] for name in policy_names()]
    if as_json:
        write_json(found)
        return
    rows = [
        (one.name, one.probes, one.face, one.template_key, str(one.retention.templates_d))
        for one in found
    ]
    columns = ("policy", "probes", "faces", "template key", "templates, days")
    write_table("Policies", columns, rows, right=(4,))


def why(force: "Force") -> str:
    """Say in one paragraph why this policy is in force."""
    words = [f"{force.policy.name} is in force: the settings name {force.local}"]
    if force.platform is not None:
        words.append(f"the platform wants {force.platform}, and the stricter of both counts")
    if force.doubt:
        words.append(force.doubt)
    if force.untold:
        words.append(f"no notice tells customers of {', '.join(force.untold)}")
    return "; ".join(words)


def _origin(force: "Force") -> dict[str, object]:
    return {
        "policy": force.policy.name,
        "settings": force.local,
        "platform": force.platform,
        "why": why(force),
        "not_on_the_notice": force.untold,
        "rules": force.policy,
    }
