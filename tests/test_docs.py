"""What there is stands in the docs, and what stands in the docs is there."""

import re
import tomllib
from pathlib import Path

import pytest

from drivers.serial_line.profile import profile_files, shipped_profiles
from edge.cli.main import COMMANDS
from edge.daemon.registry import driver_names
from edge.errors import EdgeError
from edge.model.event import EVENT_TYPES
from edge.sync.channels import CHANNELS
from scripts.pages.errors import errors_below
from scripts.pages.write import PAGES, REFERENCE
from tests.markdown import ROOT, anchors, links, named, pages

every_page = pytest.mark.parametrize("page", pages(), ids=named)
ROW = re.compile(r"^\| `?([^`|]+?)`? \|", re.MULTILINE)


def rows(page: str) -> set[str]:
    """Give the first cell of every row of a page's tables."""
    return set(ROW.findall((ROOT / page).read_text()))


def packages(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=;\[ ]", one, maxsplit=1)[0] for one in requirements}


@every_page
def test_every_link_leads_somewhere(page: Path) -> None:
    astray = []
    for link in links(page):
        target, _, anchor = link.partition("#")
        path = (page.parent / target) if target else page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            astray.append(link)

    assert astray == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_made_from_the_code_is_current(name: str) -> None:
    committed = (REFERENCE / name).read_text(encoding="utf-8")

    assert committed == PAGES[name](), "run scripts/reference"


def test_every_command_has_its_place_in_the_reference() -> None:
    page = (REFERENCE / "commands.md").read_text()

    assert [name for name in COMMANDS if f"\n## `edge {name}`\n" not in page] == []


def test_every_event_has_its_place_in_the_reference() -> None:
    page = (REFERENCE / "events.md").read_text()

    assert [kind.type for kind in EVENT_TYPES if f"\n## `{kind.type}`\n" not in page] == []


def test_every_error_has_its_place_in_the_reference() -> None:
    assert {kind.__name__ for kind in errors_below(EdgeError)} <= rows("docs/reference/errors.md")


def test_every_topic_has_its_place_in_the_reference() -> None:
    assert {channel.topic for channel in CHANNELS} <= rows("docs/reference/mqtt.md")


def test_every_driver_has_its_place_a_page_and_a_card() -> None:
    drivers = ROOT / "drivers"

    assert set(driver_names()) <= rows("docs/reference/drivers.md")
    assert [
        f"{name}/{file}"
        for name in driver_names()
        for file in ("README.md", "card.md")
        if not (drivers / name / file).is_file()
    ] == []


def test_every_serial_profile_has_its_place_in_the_reference() -> None:
    page = (REFERENCE / "drivers.md").read_text()

    names = profile_files([shipped_profiles()])
    assert [name for name in names if f"| [`{name}`]" not in page] == []


def test_every_dependency_has_its_reason_and_no_other_has_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = (
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        project["dependency-groups"]["dev"],
    )
    python = set[str]().union(*map(packages, groups))
    listed = (ROOT / "scripts" / "debian-packages").read_text()
    debian = {
        line.split()[1].partition("=")[0]
        for line in listed.splitlines()
        if line and not line.startswith("#")
    }

    told = rows("docs/reference/dependencies.md") - {"package", "---"}

    assert told == python | debian


def test_the_exit_codes_of_the_front_page_are_those_of_the_errors() -> None:
    codes = {str(kind.exit_code) for kind in errors_below(EdgeError)}

    told = {cell for cell in rows("README.md") if cell.isdigit()}

    assert told == {"0", "2"} | codes


def test_every_page_can_be_reached_from_the_front_page() -> None:
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in reached:
            continue
        reached.add(page)
        found = ((page.parent / link.partition("#")[0]).resolve() for link in links(page))
        ahead += [path for path in found if path.suffix == ".md" and path.is_file()]

    assert {named(page) for page in pages()} - {named(page) for page in reached} == set()


def test_every_decision_is_in_force_or_says_what_replaced_it() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))

    numbers = [int(record.name[:4]) for record in records]
    assert numbers == list(range(1, len(records) + 1))
    for record in records:
        text = record.read_text()
        assert text.startswith(f"# {record.name[:4]}. ")
        assert re.search(r"^Status: (in force|replaced by \[)", text, re.MULTILINE)
