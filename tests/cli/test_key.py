"""A lost key is said, and given up on purpose only; a backup names nobody."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edge.cli.main import main
from edge.config.schema import StoreSettings
from edge.daemon.keys import KEY_FILE
from edge.daemon.live_store import open_live_store
from edge.daemon.lock import FolderLock
from edge.store import audit, customers
from edge.store.engine import Connection
from tests.privacy.kit import NOW
from tests.privacy.vaults import DEVICE_KEY, EVERYBODY, fill, found_in, names_read, needles


def edge(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    (folder / KEY_FILE).write_bytes(DEVICE_KEY)
    (folder / KEY_FILE).chmod(0o600)
    with open_live_store(folder, StoreSettings(id="toy-1")) as store:
        fill(store)

        def job(conn: Connection) -> None:
            customers.keep_cursor(conn, "042")
            audit.append(conn, at=NOW, what="service.started", key=bytes(32))

        store.writer.submit(job).result()
    return folder


def test_a_key_that_fits_is_named_by_its_place_and_never_shown(state: Path) -> None:
    done = edge("key", "show", "--state", state)

    assert done.exit_code == 0
    assert f"{state / KEY_FILE} fits the database" in done.output.replace("\n", "")
    assert DEVICE_KEY.hex() not in done.output


def test_a_lost_key_is_said_with_what_to_do(state: Path) -> None:
    (state / KEY_FILE).unlink()

    done = edge("key", "show", "--state", state)

    assert "missing" in done.output
    assert "edge key renew" in done.output


def test_a_key_that_is_there_is_not_renewed(state: Path) -> None:
    done = edge("key", "renew", "--yes", "--state", state)

    assert done.exit_code == 78
    assert "the key is not lost" in done.output


def test_while_the_service_runs_the_key_is_not_renewed(state: Path) -> None:
    (state / KEY_FILE).unlink()

    with FolderLock(state):
        done = edge("key", "renew", "--yes", "--state", state)

    assert done.exit_code == 78
    assert "another process works" in done.output


def test_a_renewal_that_is_not_wanted_changes_nothing(state: Path) -> None:
    key = (state / KEY_FILE).read_bytes()
    (state / KEY_FILE).unlink()

    done = CliRunner().invoke(main, ["key", "renew", "--state", str(state)], input="n\n")

    (state / KEY_FILE).write_bytes(key)
    (state / KEY_FILE).chmod(0o600)
    with open_live_store(state, StoreSettings(id="toy-1")) as store:
        assert done.exit_code == 1
        assert names_read(store)["customers"] == set(EVERYBODY)


def test_after_a_renewal_counting_goes_on_and_everybody_is_asked_for_anew(state: Path) -> None:
    (state / KEY_FILE).unlink()

    done = edge("key", "renew", "--yes", "--state", state)

    assert done.exit_code == 0
    assert "2 customers, whom 6 events are about" in done.output.replace("\n", " ")
    with open_live_store(state, StoreSettings(id="toy-1")) as store:
        reader = store.reader()
        found = (customers.cursor(reader), customers.count(reader))
        entries = list(audit.entries(reader))
        reader.close()
        assert store.vault is not None
        assert found == (None, 0)
        assert entries == []
        assert store.ledger.last() == 10
        assert names_read(store)["events"] == {None}
        fill(store)
        assert names_read(store)["customers"] == set(EVERYBODY)


def test_a_backup_counts_everything_and_names_nobody(state: Path, tmp_path: Path) -> None:
    (tmp_path / "safe").mkdir()
    copy = tmp_path / "safe" / "ledger.db"

    done = edge("backup", copy, "--state", state)
    again = edge("backup", copy, "--state", state)
    lost = edge("backup", tmp_path / "nowhere" / "copy.db", "--state", state)

    assert done.exit_code == 0
    assert found_in(tmp_path / "safe", needles()) == []
    assert [file.name for file in (tmp_path / "safe").iterdir()] == ["ledger.db"]
    assert (again.exit_code, lost.exit_code) == (74, 74)
    assert "name a file in a folder that you may write" in lost.output
