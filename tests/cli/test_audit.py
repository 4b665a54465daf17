"""`edge audit log` shows the trail, and fails where it is not as it was written."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edge.cli.main import main
from edge.daemon.keys import device_key
from edge.privacy.audit import audit_key
from edge.store import audit
from edge.store.database import Store
from edge.store.engine import connect_writer
from tests.privacy.kit import NOW


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Give a state folder with three entries."""
    key = audit_key(device_key(tmp_path))
    with Store.open(tmp_path / "edge.db") as store:
        for rows in (1, 2, 3):
            store.writer.submit(
                lambda conn, rows=rows: audit.append(
                    conn,
                    at=NOW,
                    what="erasure.completed",
                    subject=bytes(16),
                    detail={"rows": rows, "left": []},
                    key=key,
                )
            ).result()
    return tmp_path


def edge(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["audit", "log", *map(str, arguments)])


def test_the_newest_entries_are_shown_and_name_nobody(state: Path) -> None:
    done = edge("show", "--state", state, "--last", 2, "--json")

    assert [one["detail"]["rows"] for one in json.loads(done.output)] == [2, 3]
    assert json.loads(done.output)[0]["subject"] == "00" * 16
    assert "rows 3" in edge("show", "--state", state).output


def test_an_untouched_trail_is_verified(state: Path) -> None:
    done = edge("verify", "--state", state)

    assert (done.exit_code, done.output) == (
        0,
        "the audit trail is as it was written: 3 entries\n",
    )


def test_one_changed_byte_fails_and_names_the_entry(state: Path) -> None:
    conn = connect_writer(state / "edge.db")
    conn.execute("UPDATE audit SET detail = replace(detail, '2', '3') WHERE number = 2")
    conn.close()

    done = edge("verify", "--state", state, "--json")

    assert done.exit_code == 74
    assert json.loads(done.stderr)["error"]["where"] == "entry 2"


def test_an_export_has_a_line_for_each_entry(state: Path, tmp_path: Path) -> None:
    edge("export", "--state", state, "--out", tmp_path / "trail.jsonl")

    lines = (tmp_path / "trail.jsonl").read_text().splitlines()
    assert [json.loads(line)["number"] for line in lines] == [1, 2, 3]
    assert all(len(json.loads(line)["link"]) == 64 for line in lines)


def test_without_a_key_nothing_is_made_and_the_missing_file_is_named(tmp_path: Path) -> None:
    Store.open(tmp_path / "edge.db").close()

    done = edge("verify", "--state", tmp_path)

    assert done.exit_code == 78
    assert "device.key" in done.stderr
    assert not (tmp_path / "device.key").exists()
