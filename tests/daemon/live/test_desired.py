"""Settings that the platform wants are refused as a whole, or tried, and kept or taken back."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from edge.config.load import load_settings
from edge.config.schema import Settings
from edge.daemon.auditing import AuditTrail
from edge.daemon.desired import DesiredSettings
from edge.daemon.policy_force import with_wanted
from edge.daemon.wanted import Standing, Wanted, keep_standing, read_standing
from edge.errors import ConfigError
from edge.store import audit
from edge.store.database import Store
from edge.sync.payloads import Desired, Reported
from tests.daemon.live.kit import Hands, until
from tests.privacy.kit import SECRET

FILE = """
[store]
id = "toy-1"
policy = "uk"
timezone = "Europe/Berlin"
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "edge.toml").write_text(FILE)
    with Store.open(tmp_path / "edge.db") as opened:
        yield opened


class Shop:
    """A house whose link stands or does not, and what it was told to take on."""

    def __init__(self, store: Store, tasks: asyncio.TaskGroup) -> None:
        self.path = store.path.with_name("edge.toml")
        self.settings = load_settings(self.path)
        self.is_up = True
        self.reports: list[Reported] = []
        self.store = store
        self.desk = DesiredSettings(
            store,
            store.writer.submit(read_standing).result(),
            trail=AuditTrail(store, device_key=SECRET, now=Hands().clock().now),
            is_up=self.link_stands,
            report=self.reports.append,
            tasks=tasks,
        )
        self.desk.house = self

    async def link_stands(self) -> bool:
        return self.is_up

    def try_on(self, standing: Standing) -> Settings:
        return with_wanted(self.path, standing)

    async def take_on(self, standing: Standing) -> None:
        self.settings = self.try_on(standing)

    def kept(self) -> Standing:
        """Give what a restart would find."""
        return self.store.writer.submit(read_standing).result()

    def timezone(self) -> str:
        return self.settings.store.timezone


@asynccontextmanager
async def shop(store: Store) -> AsyncIterator[Shop]:
    async with asyncio.TaskGroup() as tasks:
        yield Shop(store, tasks)


def desired(version: int, *, confirm_within_s: float = 5.0, **tables: Any) -> Desired:
    return Desired(version=version, settings=tables, confirm_within_s=confirm_within_s)


async def test_wanted_settings_are_in_force_once_the_link_stands_under_them(store: Store) -> None:
    async with shop(store) as one:
        answer = await one.desk.apply(desired(3, store={"timezone": "Asia/Tokyo"}))
        await until(lambda: one.reports)

        assert answer is None
        assert one.reports == [Reported(version=3)]
        assert (one.timezone(), one.kept().version) == ("Asia/Tokyo", 3)
        assert await one.desk.apply(desired(3)) == Reported(version=3)
        assert await one.desk.apply(desired(2)) == Reported(version=3)


async def test_what_the_link_does_not_come_back_under_is_taken_back(store: Store) -> None:
    async with shop(store) as one:
        await one.desk.apply(desired(1, store={"timezone": "Asia/Tokyo"}))
        await until(lambda: one.reports)
        one.is_up = False

        await one.desk.apply(desired(2, confirm_within_s=0.3, store={"timezone": "UTC"}))
        await until(lambda: one.timezone() == "UTC")
        await until(lambda: len(one.reports) > 1)

        told = ("version 2 was taken back: the link did not come back in time",)
        assert one.reports[-1] == Reported(version=1, faults=told)
        assert (one.timezone(), one.kept().trying) == ("Asia/Tokyo", None)
        assert await one.desk.apply(desired(2)) == Reported(version=1, faults=told)


async def test_one_wrong_word_refuses_the_whole_and_every_fault_is_told(store: Store) -> None:
    async with shop(store) as one:
        answer = await one.desk.apply(
            desired(
                1,
                store={"timezone": "Asia/Tokio", "policy": "eu_strikt", "id": "other"},
                privacy={"paused": False},
                fusion={"settle": 1},
            )
        )

        assert answer is not None
        assert answer.version == 0
        assert [fault.split(": ")[1] for fault in answer.faults] == [
            "[store] id",
            "[privacy]",
            "[store] policy",
            "[store] timezone",
            "[fusion] settle",
        ]
        assert (one.timezone(), one.kept()) == ("Europe/Berlin", Standing())


@pytest.mark.parametrize(
    "tables",
    [
        {"store": {"id": "toy-2"}},
        {"store": {"platform_key": "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="}},
        {"notice": {"controller": "x", "contact": "y"}},
        {"privacy": {"paused": True}},
    ],
)
async def test_what_belongs_to_the_store_is_not_the_platforms_to_change(
    store: Store, tables: dict[str, Any]
) -> None:
    async with shop(store) as one:
        answer = await one.desk.apply(desired(1, **tables))

        assert answer is not None
        assert "it belongs to the store" in answer.faults[0]


async def test_newer_settings_end_the_trial_of_older_ones(store: Store) -> None:
    async with shop(store) as one:
        one.is_up = False
        await one.desk.apply(desired(1, confirm_within_s=60, store={"timezone": "Asia/Tokyo"}))
        await until(lambda: one.timezone() == "Asia/Tokyo")
        repeat = await one.desk.apply(desired(1, store={"timezone": "Asia/Tokyo"}))

        one.is_up = True
        await one.desk.apply(desired(2, store={"timezone": "UTC"}))
        await until(lambda: one.reports)

        assert repeat is None
        assert one.reports == [Reported(version=2)]
        assert one.timezone() == "UTC"


async def test_a_trial_that_the_end_of_the_service_interrupted_has_failed(store: Store) -> None:
    trying = Wanted(version=7, settings={"store": {"timezone": "UTC"}}, confirm_within_s=9)
    store.writer.submit(lambda conn: keep_standing(conn, Standing(trying=trying))).result()

    async with shop(store) as one:
        await one.desk.begin()

        assert one.kept() == Standing(reverted=7)
        answer = await one.desk.apply(desired(7))
        assert answer is not None
        assert answer.faults


async def test_a_wanted_policy_counts_at_once_and_even_where_the_rest_is_taken_back(
    store: Store,
) -> None:
    async with shop(store) as one:
        one.is_up = False

        await one.desk.apply(desired(1, confirm_within_s=0.2, store={"policy": "off"}))
        kept = one.kept()
        await until(lambda: one.reports)

        assert kept.policy == "off"
        assert one.kept().policy == "off"
        assert one.settings.store.policy == "uk"


async def test_what_became_of_a_trial_stands_in_the_audit_trail(store: Store) -> None:
    async with shop(store) as one:
        await one.desk.apply(desired(4, store={"timezone": "UTC"}))
        await until(lambda: one.reports)

    reader = store.reader()
    (entry,) = audit.entries(reader)
    reader.close()
    assert (entry.what, entry.detail) == ("settings.wanted", '{"kept":true,"version":4}')


async def test_what_the_file_cannot_carry_any_more_is_taken_back(store: Store) -> None:
    async with shop(store) as one:
        good = one.try_on

        def refuse(standing: Standing) -> Settings:
            if standing.trying is not None and one.desk.standing.trying is not None:
                raise ConfigError(
                    "cannot use the settings", why="edge.toml: [store]: it is missing"
                )
            return good(standing)

        answer = await one.desk.apply(desired(1, store={"timezone": "UTC"}))
        one.try_on = refuse  # type: ignore[method-assign] # the file changes behind the desk
        await until(lambda: one.reports)

        assert answer is None
        assert one.reports == [Reported(version=0, faults=("edge.toml: [store]: it is missing",))]
