"""This is where it is kept which settings the platform wants, and how far they have come."""

from typing import Any, Final

import msgspec

from edge.errors import StoreError
from edge.store import meta
from edge.store.engine import Connection

_KEY: Final = "settings.wanted"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One version of wanted settings."""

    version: int
    settings: dict[str, Any]
    """Tables as in the settings file, but for the policy: that is `Standing.policy`."""
    confirm_within_s: float


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What the platform wants, as far as it was taken up."""

    confirmed: Wanted | None = None
    """What lies over the settings file; the link came back under it."""
    trying: Wanted | None = None
    """What lies over it on trial, until the link has come back."""
    policy: str | None = None
    """The policy that the platform wants. It counts at once, and is not taken back where the link
    does not come back: a policy cannot cut the link, and the stricter one wins."""
    reverted: int = 0
    """The version that was taken back last."""

    @property
    def version(self) -> int:
        """Give the version in force; 0 where only the settings file counts."""
        return 0 if self.confirmed is None else self.confirmed.version

    @property
    def tables(self) -> dict[str, Any]:
        """Give the tables that lie over the settings file now."""
        layer = self.trying or self.confirmed
        return {} if layer is None else layer.settings


def read_standing(reader: Connection) -> Standing:
    """Give what was kept.

    Raises: StoreError where it cannot be read.
    """
    kept = meta.get(reader, _KEY)
    try:
        return Standing() if kept is None else msgspec.json.decode(kept, type=Standing)
    except msgspec.DecodeError as error:
        raise StoreError(
            "cannot read the settings that the platform wants",
            where=_KEY,
            why=str(error),
            remedy="install the version that wrote them, or a newer one",
        ) from error


def keep_standing(conn: Connection, standing: Standing) -> None:
    """Keep it; to be called in a job of the writer."""
    meta.put(conn, _KEY, msgspec.json.encode(standing).decode())
