"""This is where a policy is read from its file; what cannot be read is OFF."""

from pathlib import Path

from edge.config.layers import read_layer
from edge.driver.files import config_folder
from edge.driver.options import meant
from edge.errors import ConfigError
from edge.privacy.policy import OFF, Policy, parse_policy


def policy_names(folder: Path | None = None) -> tuple[str, ...]:
    """List the policies that are shipped, sorted."""
    return tuple(sorted(file.stem for file in _folder(folder).glob("*.toml")))


def load_policy(name: str, *, folder: Path | None = None) -> tuple[Policy, str | None]:
    """Give the policy of a name, and a warning where it is OFF because it could not be read."""
    if name not in policy_names(folder):
        return (
            OFF,
            f"there is no policy {name!r}, so off is in force; {meant(name, policy_names(folder))}",
        )
    try:
        policy = parse_policy(read_layer(_folder(folder) / f"{name}.toml").tables)
    except ConfigError as error:
        return OFF, f"the policy {name!r} cannot be read, so off is in force: {error.why}"
    if policy.name != name:
        return OFF, f"the file of policy {name!r} holds {policy.name!r}, so off is in force"
    return policy, None


def _folder(folder: Path | None) -> Path:
    return folder or config_folder() / "policies"
