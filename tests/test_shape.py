"""The rules of form that no tool checks."""

import ast
import importlib.util
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = [*ROOT.glob("edge/**/*.py"), *ROOT.glob("drivers/**/*.py")]
EVERYTHING = [*PRODUCT, *ROOT.glob("scripts/**/*.py"), *ROOT.glob("tests/**/*.py")]
LONGEST_MODULE = 300
LONGEST_FUNCTION = 45
TODO = re.compile(r"\bTODO\b(?!\(#\d+\))")
SUPPRESSION = re.compile(r"# noqa\b(?!: [A-Z]+\d+(, [A-Z]+\d+)* - \S)")

READS_THE_WALL_CLOCK = re.compile(
    r"\b(time\.time(_ns)?|datetime\.(now|utcnow|today)|date\.today)\("
)
MAY_READ_THE_WALL_CLOCK = {
    "edge/cli/now.py": "says how things stand at this moment",
    "edge/daemon/delivery.py": "stamps what is sent to the platform now",
}

MAY_CATCH_EVERYTHING = {"edge/daemon/supervisor_ending.py"}
"""The one place where a defect of a driver becomes a fault of its source."""

MAY_CATCH_WHOLESALE = {
    "edge/daemon/supervisor_ending.py": "a defect of a driver is a fault of its source",
}

HEAVY = {
    "cryptography",
    "matplotlib",
    "paho",
    "pydantic",
    "pysqlite3",
    "rich",
    "scapy",
    "sqlite3",
    "sqlite_utils",
}
SENSOR_LIBRARIES = {"bleak", "cv2", "dpkt", "face_recognition", "scapy", "serial"}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def comments(path: Path) -> Iterator[tuple[int, str]]:
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def loaded_after(program: str) -> set[str]:
    """Give the top names of everything that a fresh interpreter holds after a program."""
    show = "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{program}\n{show}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return set(done.stdout.splitlines()[-1].split())


def test_no_module_is_longer_than_a_few_screens() -> None:
    lengths = {named(path): len(path.read_text().splitlines()) for path in PRODUCT}

    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    lengths = {
        f"{named(path)}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in PRODUCT
        for node in functions(path)
    }

    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def test_every_module_says_what_it_holds() -> None:
    first_lines = {
        named(path): (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0]
        for path in PRODUCT
    }

    odd = [name for name, line in first_lines.items() if not line.startswith("This is where ")]
    assert odd == []


def test_the_packages_of_edge_hand_nothing_on() -> None:
    imports = [
        f"{named(path)}:{node.lineno}"
        for path in ROOT.glob("edge/**/__init__.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]

    assert imports == []


def test_what_is_left_to_do_names_its_issue() -> None:
    loose = [
        f"{named(path)}:{line}"
        for path in EVERYTHING
        for line, text in comments(path)
        if TODO.search(text)
    ]

    assert loose == []


@pytest.mark.parametrize(
    ("comment", "is_loose"),
    [("# TODO: later", True), ("# TODO(#12): later", False), ("# TODO(me): later", True)],
)
def test_only_a_number_makes_a_todo_good(comment: str, is_loose: bool) -> None:  # noqa: FBT001 - a table
    assert bool(TODO.search(comment)) == is_loose


def test_every_exception_from_a_rule_has_its_reason() -> None:
    bare = [
        f"{named(path)}:{line} {text}"
        for path in EVERYTHING
        for line, text in comments(path)
        if SUPPRESSION.search(text)
    ]

    assert bare == []


def test_exceptions_are_caught_wholesale_in_the_supervisor_alone() -> None:
    broad = [
        named(path)
        for path in PRODUCT
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type)
    ]

    assert set(broad) <= MAY_CATCH_EVERYTHING
    assert len(broad) <= 1


def _is_broad(caught: ast.expr | None) -> bool:
    return caught is None or (
        isinstance(caught, ast.Name) and caught.id in {"Exception", "BaseException"}
    )


def test_time_of_day_is_read_where_it_must_be_and_nowhere_else() -> None:
    readers = {named(path) for path in PRODUCT if READS_THE_WALL_CLOCK.search(path.read_text())}

    assert readers == set(MAY_READ_THE_WALL_CLOCK)


def test_no_stranger_ships_packages_of_our_names() -> None:
    shipped = packages_distributions()

    for name in ("edge", "drivers"):
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin == str(ROOT / name / "__init__.py")
        assert set(shipped.get(name, [])) <= {"store-edge"}


def test_help_starts_without_anything_heavy() -> None:
    program = "from edge.cli.main import main\nmain(['--help'], standalone_mode=False)"

    loaded = loaded_after(program)

    assert "click" in loaded
    assert loaded & HEAVY == set()


def test_a_replay_loads_neither_drawing_nor_sensor_libraries() -> None:
    loaded = loaded_after("import edge.daemon.replay")

    assert "msgspec" in loaded
    assert loaded & (SENSOR_LIBRARIES | {"matplotlib", "rich", "sqlite_utils"}) == set()
