import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from edge.daemon.supervisor import House
from edge.daemon.supervisor_sources import Change, Sources
from edge.errors import ConfigError
from edge.model.observation import AnyObservation, SourceChanged
from tests.daemon.live.kit import Hands, driver_that, for_ever, house, named


class Street:
    """Several sources in one house."""

    def __init__(self, sources: Sources, home: House, out: list[AnyObservation]) -> None:
        self.sources = sources
        self.home = home
        self.out = out

    def told(self, name: str) -> list[str]:
        return [
            f"{one.now}: {one.reason}"
            for one in self.out
            if isinstance(one, SourceChanged) and one.source == name
        ]


@asynccontextmanager
async def street() -> AsyncIterator[Street]:
    out: list[AnyObservation] = []
    kind = driver_that(for_ever)
    async with asyncio.TaskGroup() as tasks:
        sources = Sources(tasks)
        yield Street(sources, house(lambda _: kind, out, hands=Hands()), out)
        await sources.stop()


async def test_only_what_the_settings_change_is_touched() -> None:
    async with street() as here:
        first = [named("a"), named("b", zone="x"), named("c")]
        await here.sources.apply(first, house=here.home)
        untouched = here.sources.find("a")

        change = await here.sources.apply(
            [named("a"), named("b", zone="y"), named("d")], house=here.home
        )

        assert change == Change(started=("d",), restarted=("b",), stopped=("c",), untouched=("a",))
        assert here.sources.find("a") is untouched
        assert {one.name for one in here.sources.statuses()} == {"a", "b", "d"}


async def test_a_source_that_is_taken_out_or_changed_says_so() -> None:
    async with street() as here:
        await here.sources.apply([named("a"), named("b")], house=here.home)
        await asyncio.sleep(0.01)

        await here.sources.apply([named("b", zone="y")], house=here.home)
        await asyncio.sleep(0.01)

        assert here.told("a")[-1] == "parked: it was taken out of the settings"
        assert here.told("b")[-3:] == [
            "parked: its settings changed",
            "starting: the service starts it",
            "watching: it listens",
        ]


async def test_a_source_leaves_its_device_to_another_program_for_a_while() -> None:
    async with street() as here:
        await here.sources.apply([named("a"), named("b")], house=here.home)
        await asyncio.sleep(0.01)

        async with here.sources.lend("a", "lent"):
            assert here.told("a")[-1] == "parked: lent"
            assert {one.name: one.state for one in here.sources.statuses()}["a"] == "parked"
            assert here.sources.find("b").state == "watching"
        await asyncio.sleep(0.01)

        assert here.told("a")[-1] == "watching: it listens"
        with pytest.raises(ConfigError, match="no such source"):
            async with here.sources.lend("c", "lent"):
                pass


async def test_a_source_that_was_taken_out_while_it_was_lent_does_not_come_back() -> None:
    async with street() as here:
        await here.sources.apply([named("a")], house=here.home)

        async with here.sources.lend("a", "lent"):
            await here.sources.apply([], house=here.home)

        assert here.sources.statuses() == ()


async def test_another_house_restarts_all() -> None:
    async with street() as here:
        await here.sources.apply([named("a"), named("b")], house=here.home)

        change = await here.sources.apply([named("a"), named("b")], house=here.home, has_moved=True)

        assert change.restarted == ("a", "b")


async def test_all_are_told_when_the_service_stops() -> None:
    async with street() as here:
        await here.sources.apply([named("a"), named("b")], house=here.home)
        await asyncio.sleep(0.01)

        await here.sources.stop()

        assert here.told("a")[-1] == here.told("b")[-1] == "parked: the service stops"
        assert here.sources.statuses() == ()


async def test_a_name_that_nobody_has_is_refused_with_what_may_be_meant() -> None:
    async with street() as here:
        await here.sources.apply([named("radar")], house=here.home)

        with pytest.raises(ConfigError, match="did you mean 'radar'"):
            here.sources.find("rader")


async def test_a_source_that_is_gone_cannot_be_deafened() -> None:
    async with street() as here:
        await here.sources.apply([named("a")], house=here.home)
        await asyncio.sleep(0.01)

        here.sources.deafen("gone")
        here.sources.deafen("a")

        assert [one.state for one in here.sources.statuses()] == ["deaf"]
