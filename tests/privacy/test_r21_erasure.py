"""R21: an erasure takes effect at once and completely, whatever happens on the way."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.daemon.erasing_start import without_gone
from edge.fusion.fold import resume
from edge.fusion.tuning import Tuning
from edge.model.names import CustomerId
from edge.store import asked, audit
from edge.store.database import Store
from tests.conftest import ROOT
from tests.fusion.days import toy_floor
from tests.privacy.erasures import (
    ANNA,
    BERT,
    DEVICE_KEY,
    Desk,
    erased,
    heard,
    names,
    open_store,
    stay,
    told_of,
)
from tests.privacy.kit import CARD, NOW

STEPS = ("delivered", "folded", "swept", "scrubbed", "searched", "finished")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_store(tmp_path) as store:
        yield Desk(store)


def left_of(folder: Path, *needles: bytes) -> list[tuple[str, bytes]]:
    """Search every file of a folder."""
    return [
        (path.name, needle)
        for path in sorted(folder.iterdir())
        for needle in needles
        if needle in path.read_bytes()
    ]


async def with_anna(desk: Desk) -> None:
    """Let Anna and Bert be known, be inside, and have a past."""
    now = desk.clock.now()
    await desk.deliver(told_of(ANNA), told_of(BERT, tokens=[]))
    for number, who in enumerate((ANNA, BERT, ANNA), 1):
        desk.store.ledger.append(stay(number, who, now)).result()
    for who in (ANNA, BERT):
        desk.folder.offer(heard(who, now))
    await desk.folder.turn()


async def test_r21_everything_about_a_person_is_gone_and_the_receipt_says_how_much(
    desk: Desk, tmp_path: Path
) -> None:
    await with_anna(desk)
    assert desk.recogniser.by_card(CARD, desk.clock.now()) is not None

    await desk.deliver(erased(ANNA), cursor="002")
    known = desk.recogniser.by_card(CARD, desk.clock.now())
    await desk.erasing.carry()

    (receipt,) = desk.receipts()
    rows = {one.table: one.rows for one in receipt.rows}
    assert known is None
    assert ANNA not in names(desk.store)
    assert BERT in names(desk.store)
    assert ANNA not in desk.folder.fusion.named()
    assert BERT in desk.folder.fusion.named()
    assert (receipt.request, receipt.residue) == ("002/0", 0)
    assert rows["customer"] == rows["person"] == 1
    assert rows["visit"] >= 2
    assert rows["event"] >= 4
    assert left_of(tmp_path, ANNA.encode(), CARD.encode(), b"Ada") == []


async def test_r21_an_event_that_was_on_its_way_to_the_disk_is_swept_as_well(desk: Desk) -> None:
    await desk.deliver(told_of(ANNA))

    await desk.deliver(erased(ANNA), cursor="002")
    desk.store.ledger.append(stay(7, ANNA, desk.clock.now())).result()
    await desk.erasing.carry()

    assert names(desk.store) == []
    assert desk.sending.rewrites == 1
    assert desk.receipts()[0].residue == 0


async def test_r21_an_erasure_of_somebody_who_is_not_known_gets_its_receipt_once(
    desk: Desk,
) -> None:
    for _ in range(3):
        await desk.deliver(erased(ANNA))
        await desk.erasing.carry()

    (receipt,) = desk.receipts()
    assert sum(one.rows for one in receipt.rows) == 0


async def test_r21_the_erasure_waits_for_a_reader_that_looks_at_the_past_and_then_goes_on(
    desk: Desk,
) -> None:
    await with_anna(desk)
    reader = desk.store.reader()
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM event").fetchone()

    await desk.deliver(erased(ANNA), cursor="002")
    carrying = asyncio.ensure_future(desk.erasing.carry())  # noqa: TID251 - the test waits
    await asyncio.sleep(0.5)
    before = desk.receipts()
    reader.close()
    await carrying

    assert before == []
    assert desk.receipts()[0].residue == 0


async def test_r21_a_trace_that_is_found_is_told_in_the_receipt(desk: Desk) -> None:
    await desk.deliver(told_of(ANNA))
    await desk.deliver(erased(ANNA), cursor="002")

    desk.store.writer.submit(
        lambda conn: conn.execute("INSERT INTO meta VALUES ('stray', ?)", (str(ANNA),))
    ).result()
    await desk.erasing.carry()

    assert desk.receipts()[0].residue >= 1


async def test_r21_somebody_who_enrols_again_while_the_erasure_runs_keeps_the_new_record(
    desk: Desk,
) -> None:
    await with_anna(desk)

    await desk.deliver(erased(ANNA, version=5), told_of(ANNA, version=6), cursor="002")
    await desk.erasing.carry()

    assert desk.book.find(ANNA) is not None
    assert names(desk.store).count(ANNA) == 0
    assert len(desk.receipts()) == 1


async def test_r21_an_erasure_that_comes_behind_a_newer_record_leaves_no_trace(desk: Desk) -> None:
    await desk.deliver(told_of(ANNA, version=6))

    await desk.deliver(erased(ANNA, version=5), cursor="002")
    await desk.erasing.carry()

    assert desk.book.find(ANNA) is not None
    assert [receipt.residue for receipt in desk.receipts()] == [0]


async def test_r21_the_audit_trail_tells_of_the_erasure_and_names_nobody(desk: Desk) -> None:
    await with_anna(desk)
    await desk.deliver(erased(ANNA), cursor="002")

    await desk.erasing.carry()

    reader = desk.store.reader()
    (entry,) = [one for one in audit.entries(reader) if one.what == "erasure.completed"]
    verdict = audit.verify(reader, key=desk.trail.key)
    reader.close()
    assert ANNA not in entry.detail
    assert verdict.broken_at is None


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.fusion.days import toy_floor
from tests.privacy.erasures import ANNA, Desk, erased, open_store
from tests.privacy.test_r21_erasure import with_anna

def die(step):
    if step == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    store = open_store(Path(sys.argv[1]))
    desk = Desk(store, passed=die)
    await with_anna(desk)
    await desk.deliver(erased(ANNA), cursor="002")
    die("delivered")
    await desk.erasing.carry()

asyncio.run(main())
"""


def run_until(step: str, folder: Path) -> int:
    """Deliver and carry out an erasure in a process of its own that is killed after a step."""
    child = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), step],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    return child.returncode


@pytest.mark.parametrize("step", STEPS)
async def test_r21_a_kill_after_any_step_leaves_the_erasure_to_the_next_start(
    step: str, tmp_path: Path
) -> None:
    assert await asyncio.to_thread(run_until, step, tmp_path) == -signal.SIGKILL

    with open_store(tmp_path) as store:
        _forget_whoever_is_gone(store)
        desk = Desk(store)
        while await desk.erasing.carry():
            pass

        reader = store.reader()
        waiting = asked.pending(reader, limit=10)
        reader.close()
        (receipt,) = desk.receipts()
        assert waiting == []
        assert receipt.residue == 0
        assert names(store).count(ANNA) == 0
        assert ANNA not in desk.folder.fusion.named()
        assert BERT in desk.folder.fusion.named()
    assert left_of(tmp_path, ANNA.encode(), CARD.encode(), b"Ada") == []
    assert DEVICE_KEY not in (tmp_path / "edge.db").read_bytes()


def _forget_whoever_is_gone(store: Store) -> None:
    """Do what the daemon does at its start, before anything else."""
    snapshot, said = without_gone(
        store.ledger.snapshot(), store, floor=toy_floor(), tuning=Tuning(), at=NOW
    )
    assert snapshot is not None
    assert ANNA.encode() not in snapshot.state
    assert resume(snapshot.state).presences.keys() == {BERT}
    store.ledger.append(said, snapshot=snapshot).result()


async def test_r21_an_erasure_takes_effect_though_nobody_waits_for_its_delivery_any_more(
    desk: Desk,
) -> None:
    await with_anna(desk)
    started, go_on = threading.Event(), threading.Event()

    def hold(_conn: object) -> None:
        started.set()
        go_on.wait(5)

    desk.store.writer.submit(hold)
    started.wait(5)
    delivering = asyncio.ensure_future(desk.deliver(erased(ANNA), cursor="002"))  # noqa: TID251 - it is cancelled below
    await asyncio.sleep(0.2)
    delivering.cancel()
    await asyncio.wait({delivering})
    go_on.set()
    await asyncio.to_thread(desk.store.writer.submit(lambda _conn: None).result)
    await asyncio.sleep(0)
    await desk.erasing.carry()

    assert delivering.cancelled()
    assert desk.recogniser.by_card(CARD, desk.clock.now()) is None
    assert ANNA not in desk.folder.fusion.named()
    assert desk.receipts()[0].residue == 0


async def test_r21_the_transaction_of_the_delivery_takes_the_key_and_the_names_with_it(
    desk: Desk,
) -> None:
    await with_anna(desk)

    await desk.deliver(erased(ANNA), cursor="002")

    reader = desk.store.reader()
    mark = desk.store.vault.cipher.mark(ANNA) if desk.store.vault is not None else b""
    left = asked.left_under(reader, mark)
    (waiting,) = asked.pending(reader, limit=9)
    reader.close()
    assert left == 0
    assert ANNA not in names(desk.store)
    assert waiting.counts.event >= 4
    assert desk.receipts() == []


async def test_r21_a_thousand_erasures_of_strangers_do_not_keep_one_of_a_customer_waiting(
    desk: Desk,
) -> None:
    await with_anna(desk)
    strangers = [erased(CustomerId(f"stranger-{number:06}")) for number in range(1_000)]
    began = time.monotonic()

    await desk.deliver(*strangers[:500], erased(ANNA), *strangers[500:], cursor="002")
    while await desk.erasing.carry():
        pass

    receipts = desk.receipts()
    assert time.monotonic() - began < 30
    assert len(receipts) == 1_001
    assert len({one.request for one in receipts}) == 1_001
    assert [one.request for one in receipts if sum(row.rows for row in one.rows)] == ["002/500"]
    assert not any(one.residue for one in receipts)
