"""R21 on a running daemon, a real broker and a platform: 5 s and 60 s hold, and with margins."""

import asyncio
import json
import time
from pathlib import Path

import pytest

from tests.privacy.erasures import ANNA, erased
from tests.privacy.live_shop import ADDRESS, scan, shop_with_anna, stored, told
from tests.sync.broker import Mosquitto
from tests.sync.worlds import until

STOPS_WITHIN_S = 5.0
GONE_WITHIN_S = 60.0


@pytest.mark.broker
async def test_r21_a_delivered_erasure_stops_processing_in_5_s_and_is_complete_in_60_s(
    folder: Path, mosquitto: Mosquitto
) -> None:
    async with shop_with_anna(folder, mosquitto) as shop:
        began = time.monotonic()
        raw = json.dumps({"cursor": "002", "deltas": [erased(ANNA)]}).encode()
        await shop.serving.send(ADDRESS, "customers", payload=raw)
        await until(lambda: b"erasure.completed.v1" in told(shop.database))
        gone_s = time.monotonic() - began
        for _ in range(5):
            scan(shop.scanner)
            await asyncio.sleep(0.3)
        traces = [
            path.name
            for path in shop.running.state.iterdir()
            if path.is_file() and ANNA.encode() in path.read_bytes()
        ]

    sent = stored(shop.database)
    (receipt,) = [place for place, one in enumerate(sent) if "erasure.completed" in one["type"]]
    naming = [place for place, one in enumerate(sent) if one["data"].get("customer") == ANNA]
    assert gone_s < STOPS_WITHIN_S < GONE_WITHIN_S
    assert sent[receipt]["data"]["residue"] == 0
    assert traces == []
    assert naming
    assert max(naming) < receipt
