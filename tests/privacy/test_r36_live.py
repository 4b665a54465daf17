"""R36 and R31 on a running daemon, a real broker and a platform: a policy switched off and on."""

import json
from pathlib import Path

import msgspec
import pytest

from edge.daemon.ledgers import open_reader
from edge.daemon.trail import read_trail
from edge.model.customer import Customer
from edge.store import customers
from tests.daemon.live.running import eventually
from tests.daemon.live.test_wanted_policy import policy_of, want
from tests.privacy.erasures import ANNA, told_of
from tests.privacy.live_shop import ADDRESS, shop_with_anna
from tests.sync.broker import Mosquitto
from tests.sync.worlds import until


def tokens(state: Path) -> int | None:
    """Count the tokens that lie on the disk; None where nobody is kept."""
    reader = open_reader(state / "edge.db")
    try:
        kept = customers.get(reader, ANNA)
    finally:
        reader.close()
    if kept is None or kept.record is None:
        return None
    return len(msgspec.msgpack.decode(kept.record, type=Customer).tokens)


@pytest.mark.broker
async def test_r36_a_policy_that_is_switched_off_and_on_purges_and_has_everything_sent_anew(
    folder: Path, mosquitto: Mosquitto
) -> None:
    async with shop_with_anna(folder, mosquitto) as shop:
        running = shop.running

        async def is_purged() -> bool:
            return await policy_of(running) == "off" and tokens(running.state) == 0

        async def is_back() -> bool:
            return await policy_of(running) == "eu_strict" and bool(tokens(running.state))

        await want(mosquitto, 1, store={"policy": "off"})
        await eventually(is_purged)

        await want(mosquitto, 2, store={"policy": "eu_strict"})
        await eventually(is_back)

        refused = told_of(ANNA, "personal_offers", version=99)
        raw = json.dumps({"cursor": "099", "deltas": [refused]}).encode()
        await shop.serving.send(ADDRESS, "customers", payload=raw)
        await until(lambda: "consent.reduced" in entries(running.state))

    trail = read_trail(folder / "state")
    assert trail.verdict.broken_at is None
    assert {"retention.swept", "policy.changed"} <= set(entries(folder / "state"))
    reduced = next(one for one in trail.entries if one.what == "consent.reduced")
    assert reduced.subject
    assert ANNA not in "".join(one.detail for one in trail.entries)


def entries(state: Path) -> list[str]:
    return [entry.what for entry in read_trail(state).entries]
