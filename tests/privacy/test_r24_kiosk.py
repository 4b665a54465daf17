"""R24: a kiosk asks over the broker, and the platform is not needed."""

import json
from pathlib import Path
from typing import Any

import pytest

from edge.daemon.keys import device_key
from edge.daemon.places import DATABASE
from edge.privacy.keyring import Keyring
from edge.store.database import Store
from edge.sync.messages import Outgoing
from tests.daemon.live.kit import driver_that, for_ever
from tests.daemon.live.running import daemon
from tests.privacy.erasures import ANNA, Desk, told_of
from tests.privacy.kit import CARD
from tests.privacy.live_shop import ADDRESS, with_broker
from tests.privacy.test_r24_local_withdrawal import EVERYTHING
from tests.sync.broker import Mosquitto
from tests.sync.test_downlink import Observer, observer
from tests.sync.worlds import until


def heard(kiosk: Observer, *levels: str) -> list[Any]:
    """Give what was said on a topic of the store."""
    topic = ADDRESS.topic(*levels)
    return [json.loads(seen.payload) for seen in kiosk.seen if seen.topic == topic]


@pytest.mark.broker
async def test_r24_a_kiosk_takes_consents_back_over_the_broker(
    folder: Path, mosquitto: Mosquitto
) -> None:
    state = folder / "state"
    state.mkdir(mode=0o700)
    with Store.open(state / DATABASE, cipher=Keyring(device_key(state))) as seeded:
        await Desk(seeded).deliver(told_of(ANNA))

    async with (
        observer(mosquitto.url) as kiosk,
        daemon(folder, settings=with_broker(mosquitto), scanner=driver_that(for_ever)),
    ):
        await until(lambda: bool(heard(kiosk, "customers", "sync")))
        for transaction in ("t-1", "t-1", "t-2"):
            request = {
                "transaction": transaction,
                "data": {"card": CARD, "purposes": ["visit_history"]},
            }
            assert kiosk.link is not None
            await kiosk.link.deliver(
                Outgoing(
                    topic=ADDRESS.topic("request", "withdraw"),
                    payload=json.dumps(request).encode(),
                ),
                within_s=5,
            )
        await until(lambda: len(heard(kiosk, "response", "withdraw")) == 3)

    first, repeated, again = heard(kiosk, "response", "withdraw")
    assert first["status"] == again["status"] == "ok"
    assert repeated == first
    assert first["data"]["purposes"] == ["visit_history"]
    assert set(first["data"]["left"]) == {"presence_ble", "wifi_recognition"} <= set(EVERYTHING)
    assert all(
        ANNA.encode() not in seen.payload and CARD.encode() not in seen.payload
        for seen in kiosk.seen
        if "request" not in seen.topic
    )
