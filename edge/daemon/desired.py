"""This is where the settings that the platform wants are put on trial, kept or taken back.

They are refused as a whole where anything in them is wrong. Otherwise they are laid over the
settings file, and kept once the link to the platform stands under them; where it does not come
back in time, what was in force before is in force again. A trial that the end of the service
interrupted counts as failed, so that no settings can keep the service from starting.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

import msgspec

from edge.config.policies import policy_names
from edge.config.schema import Settings
from edge.daemon.auditing import AuditTrail
from edge.daemon.wanted import Standing, Wanted, keep_standing
from edge.driver.options import meant
from edge.errors import ConfigError
from edge.privacy.audit import SETTINGS_WANTED
from edge.store.database import Store
from edge.sync.payloads import Desired, Reported

log = logging.getLogger(__name__)

LOOK_S: Final = 0.2
"""Between two looks at the link during a trial."""
OWN: Final = (("store", "id"), ("store", "platform_key"), ("notice",), ("privacy",))
"""What belongs to the store: who it is, whom it trusts, and what its customers were promised."""


class House(Protocol):
    """What a trial is made with (edge.daemon.run_settings.InForce)."""

    settings: Settings

    def try_on(self, standing: Standing) -> Settings:
        """Give the settings as they would be.

        Raises: ConfigError that lists every fault.
        """

    async def take_on(self, standing: Standing) -> None:
        """Let them take effect.

        Raises: ConfigError where that cannot be; then nothing has changed.
        """


class DesiredSettings:
    """Takes in what the platform wants (edge.sync.ports.SettingsPort); the event loop's."""

    def __init__(
        self,
        store: Store,
        standing: Standing,
        *,
        trail: AuditTrail,
        is_up: Callable[[], Awaitable[bool]],
        report: Callable[[Reported], object],
        tasks: asyncio.TaskGroup,
    ) -> None:
        """`is_up` says whether the link stands, `report` publishes what became of a trial."""
        self.standing = standing
        self.house: House | None = None
        """Set once everything is put together, before the exchange begins."""
        self._store = store
        self._trail = trail
        self._is_up = is_up
        self._report = report
        self._tasks = tasks
        self._trial: asyncio.Task[None] | None = None

    @property
    def version(self) -> int:
        """The version in force; 0 where only the store's own settings count."""
        return self.standing.version

    async def begin(self) -> None:
        """Take back what the end of the service left on trial."""
        trying = self.standing.trying
        if trying is not None:
            log.warning("settings %d were on trial when the service ended", trying.version)
            await self._keep(trying=None, reverted=trying.version)

    async def apply(self, desired: Desired) -> Reported | None:
        """Refuse them at once, or put them on trial; None where a trial will tell.

        The same version again, which every new link brings, changes nothing.
        """
        now = self.standing
        if now.trying is not None and desired.version <= now.trying.version:
            return None
        if desired.version <= now.version:
            return Reported(version=now.version)
        if desired.version == now.reverted:
            return Reported(version=now.version, faults=(_not_back(desired.version),))
        policy, tables = _without_policy(desired.settings)
        wanted = Wanted(
            version=desired.version, settings=tables, confirm_within_s=desired.confirm_within_s
        )
        faults = self._faults(wanted, policy)
        if faults:
            log.warning("the settings %d of the platform were refused", desired.version)
            return Reported(version=now.version, faults=faults)
        await self._end_trial()
        await self._keep(trying=wanted, policy=policy)
        self._trial = self._tasks.create_task(self._try(wanted), name="settings on trial")
        return None

    async def _try(self, wanted: Wanted) -> None:
        """Let settings take effect, and keep them or take them back."""
        faults: tuple[str, ...] = ()
        try:
            await self._house().take_on(self.standing)
        except ConfigError as error:
            faults = tuple(error.why.splitlines())
        if self.standing.trying != wanted:
            return  # newer ones came, and are taken on from here
        if not faults and not await self._link_is_back(wanted):
            faults = (_not_back(wanted.version),)
        if self.standing.trying != wanted:
            return
        if faults:
            await self._keep(trying=None, reverted=wanted.version)
            await self._house().take_on(self.standing)
            log.error("the settings %d of the platform were taken back", wanted.version)
        else:
            await self._keep(trying=None, confirmed=wanted)
            log.info("the settings %d of the platform are in force", wanted.version)
        await self._trail.note(
            SETTINGS_WANTED, detail={"version": wanted.version, "kept": not faults}
        )
        self._report(Reported(version=self.standing.version, faults=faults))

    async def _end_trial(self) -> None:
        """Let a trial see that newer settings have come."""
        if self._trial is not None and not self._trial.done():
            await self._keep(trying=None)
            await asyncio.wait({self._trial})

    async def _link_is_back(self, wanted: Wanted) -> bool:
        try:
            async with asyncio.timeout(wanted.confirm_within_s):
                while self.standing.trying == wanted and not await self._is_up():  # noqa: ASYNC110 - the link is asked, it tells nobody
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            return False
        return True

    def _faults(self, wanted: Wanted, policy: str | None) -> tuple[str, ...]:
        """List everything that is wrong with wanted settings."""
        faults = [
            f"desired: [{place[0]}] {'.'.join(place[1:])}".rstrip()
            + ": it belongs to the store; change it in its own settings"
            for place in OWN
            if _holds(wanted.settings, place)
        ]
        if policy is not None and policy not in policy_names():
            hint = meant(policy, policy_names())
            faults.append(f"desired: [store] policy: {policy!r:.60}: no such policy; {hint}")
        tried = msgspec.structs.replace(self.standing, trying=wanted)
        try:
            self._house().try_on(tried)
        except ConfigError as error:
            faults += error.why.splitlines()
        return tuple(faults)

    async def _keep(self, **changes: Any) -> None:
        """Keep where things stand; it is on the disk when this returns."""
        self.standing = msgspec.structs.replace(self.standing, **changes)
        standing = self.standing
        kept = self._store.writer.submit(lambda conn: keep_standing(conn, standing))
        # Shielded: whoever is cancelled while waiting for a job takes the job back.
        await asyncio.shield(asyncio.wrap_future(kept))

    def _house(self) -> House:
        if self.house is None:
            raise RuntimeError("wanted settings came before the house stood")
        return self.house


def _without_policy(settings: Mapping[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """Take the policy out of wanted settings: it does not replace the store's own."""
    store = settings.get("store")
    if not isinstance(store, dict) or not isinstance(store.get("policy"), str):
        return None, dict(settings)
    rest = {key: value for key, value in store.items() if key != "policy"}
    return store["policy"], {**settings, "store": rest}


def _holds(tables: Mapping[str, Any], place: tuple[str, ...]) -> bool:
    found: Any = tables
    for key in place:
        if not isinstance(found, dict) or key not in found:
            return False
        found = found[key]
    return True


def _not_back(version: int) -> str:
    return f"version {version} was taken back: the link did not come back in time"
