"""This is where a shop is made up in which every raw identifier is a canary."""

import json
import math
import struct
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from edge.model.customer import Consent
from tests.daemon.recordings import Shop, by_address, by_token, member
from tests.privacy.kit import consent, private_address
from tests.privacy.needles import address_forms, text_forms, vector_forms

PROBING: Final = [bytes.fromhex(f"da{number:02x}7e51c0{number:02x}") for number in range(1, 9)]
ADDRESSES: Final = {
    **{f"a phone that probes, number {n}": one for n, one in enumerate(PROBING)},
    "a stranger's random advertiser": bytes.fromhex("5ee0f1a2b3c4"),
    "a stranger's public advertiser": bytes.fromhex("ac233f9a8b7c"),
    "a stranger on the network": bytes.fromhex("f4d10899aa5b"),
    "the device of somebody who withdrew": bytes.fromhex("3c22fb60d719"),
    "the device of somebody nobody signed for": bytes.fromhex("3c22fb60d82a"),
    "the device of a child": bytes.fromhex("3c22fb60d93b"),
    "the device of a member": bytes.fromhex("3c22fb60da4c"),
    "a member's advertiser": bytes.fromhex("4adeadbeef05"),
    "an address in a broken line": bytes.fromhex("3c22fb60db5d"),
    "an address in an exception": bytes.fromhex("3c22fb60dc6e"),
}
KEYS: Final = {
    "the identity key of somebody who withdrew": bytes.fromhex("c1a5e0d94f7b2a8836e1d0573b9f2c64"),
    "the resolving key of somebody who withdrew": bytes.fromhex("9d3bf04e6c8a17525f20e1c4ba73d986"),
    "a member's identity key": bytes.fromhex("71f6c92ea80d4b5387e03dc2159ab6f4"),
}
TEXTS: Final = {
    "the name of a network": "Fritz!Box Familie Canary",
    "another network's name": "CanaryPhone of Zoë",
    "an account on the network": "canary.zoe@strangers.example",
    "a card nobody knows": "4711081522334",
    "a card on a receipt nobody knows": "4711081522341",
    "the card of somebody who withdrew": "4711081522358",
    "the card of somebody nobody signed for": "4711081522365",
    "a member's card": "4711081522372",
    "a code in a broken line": "4711081522389",
    "the name of somebody who withdrew": "Wilhelmine Zurueckgezogen",
    "the name of somebody nobody signed for": "Ulrich Unbeglaubigt",
    "a member's name": "Mathilde Mitglied",
    "a member's e-mail address": "mathilde.canary@members.example",
    "a birthday": "1987-11-23",
}
VECTORS: Final = {
    "the face of somebody who withdrew": [math.sin(3.7 * n + 0.31) for n in range(128)],
    "the face of somebody nobody signed for": [math.sin(2.9 * n + 0.57) for n in range(128)],
    "a member's face": [math.sin(4.1 * n + 0.73) for n in range(128)],
}
CANARIES: Final = {
    **{name: address_forms(one) for name, one in ADDRESSES.items()},
    **{name: address_forms(one) for name, one in KEYS.items()},
    **{name: text_forms(one) for name, one in TEXTS.items()},
    **{name: vector_forms(one) for name, one in VECTORS.items()},
}
PURPOSES: Final = ("presence_ble", "visit_history", "wifi_recognition", "personal_offers")


def tokens(who: str) -> list[dict[str, Any]]:
    """Give everything that one of the people handed over."""
    owned = f"of {who}" if who != "a member" else who
    given = []
    for name, text in TEXTS.items():
        if name in {f"the card {owned}", f"{owned}'s card"}:
            given.append({"kind": "card", "value": text})
    for name, address in ADDRESSES.items():
        if name in {f"the device {owned}", f"the device of {owned}"}:
            given.append({"kind": "link", "value": address.hex(":")})
    for name, key in KEYS.items():
        if owned in name:
            kind = "irk" if "resolving" in name else "eid"
            given.append({"kind": kind, "key": b64encode(key).decode()})
    return given


def face(who: str) -> list[dict[str, Any]]:
    """Give a template that one of the people enrolled, and agreed to no recognition by it."""
    (vector,) = [one for name, one in VECTORS.items() if who in name]
    raw = struct.pack(f"<{len(vector)}f", *vector)
    return [{"model": "canary", "vector": b64encode(raw).decode(), "quality": 0.9}]


def people(given: Callable[[str], Consent] = consent) -> list[Any]:
    """Give a member and three people whose consents do not count.

    `given` makes a consent for a purpose.
    """
    granted = [msgspec.to_builtins(given(purpose)) for purpose in PURPOSES]
    withdrew = member(
        "c-withdrew",
        tokens=tokens("somebody who withdrew"),
        profile={"display_name": TEXTS["the name of somebody who withdrew"]},
        consents=[one | {"state": "ConsentWithdrawn"} for one in granted],
        faces=face("somebody who withdrew"),
    )
    unsigned = member(
        "c-unsigned",
        tokens=tokens("somebody nobody signed for"),
        profile={"display_name": TEXTS["the name of somebody nobody signed for"]},
        consents=granted,
        faces=face("somebody nobody signed for"),
    )
    unsigned["signature"] = "AAAA"
    child = member("c-child", tokens=tokens("a child"), adult_attested=False, consents=granted)
    known = member(
        "c-member",
        tokens=tokens("a member"),
        profile={
            "display_name": TEXTS["a member's name"],
            "birthday": TEXTS["a birthday"],
            "attributes": {
                "date_of_birth": TEXTS["a birthday"],
                "email": TEXTS["a member's e-mail address"],
            },
        },
        consents=granted,
        faces=face("a member"),
    )
    return [withdrew, unsigned, child, known]


def canary_shop() -> Shop:
    """Give a shop in which every canary is noticed again and again, by every sensor there is."""
    shop = Shop(length_s=900, people=people())
    shop.doors = [(30, "IN,2"), (800, "OUT,1"), (40, TEXTS["a code in a broken line"])]
    networks = [TEXTS["the name of a network"], TEXTS["another network's name"]]
    for second in range(0, 890, 2):
        address = PROBING[second // 2 % len(PROBING)]
        shop.hear_probe(second, address, ssid=networks[second // 2 % 2].encode())
    resolvable = private_address(
        KEYS["the resolving key of somebody who withdrew"], b"\x4b\x11\x22"
    )
    for second in range(32, 890, 3):
        for name in ("a stranger's random advertiser", "a stranger's public advertiser"):
            shop.adverts.append((second, by_address(ADDRESSES[name])))
        mine = ADDRESSES["a member's advertiser"]
        for key in ("a member's identity key", "the identity key of somebody who withdrew"):
            shop.adverts.append((second + 0.5, by_token(KEYS[key], second, address=mine)))
        shop.adverts.append((second + 1, by_address(resolvable)))
    shop.links = [
        (50.0 + number, what, address)
        for number, address in enumerate(ADDRESSES.values())
        for what in ("associated", "disassociated")
    ]
    cards = [text for text in TEXTS.values() if text.isdigit()]
    shop.scans = [(100.0 + number, card) for number, card in enumerate(cards)]
    shop.tills = [
        (200.0 + n, {"receipt": f"R-{n}", "total": 1.5, "currency": "EUR", "card": card})
        for n, card in enumerate(cards)
    ]
    return shop


def write_with_broken_lines(folder: Path) -> Path:
    """Write the recording, with canaries in every line that no decoder can read."""
    canary_shop().write(folder)
    code = TEXTS["a code in a broken line"]
    address = ADDRESSES["an address in a broken line"].hex(":")
    account = {"account": TEXTS["an account on the network"]}
    broken = {
        "ap.jsonl": [
            f'{{"t": 1, "event": "associated", "address": "{address}:00"}}',
            json.dumps({"t": 1773479000, "event": "associated", "address": address, **account}),
            address,
        ],
        "scan.jsonl": [f'{{"t": "{code}", "line": 1}}', code],
        "till.jsonl": [f'{{"t": 1773478900, "line": "{{\\"card\\": {code}"}}', f"{{{code}"],
        "customers.jsonl": [
            f'{{"deltas": [{{"op": "put", "customer": 5, "tokens": ["{code}"]}}, "{address}"]}}',
            f'{{"deltas": "{code}"',
        ],
    }
    for name, lines in broken.items():
        with (folder / name).open("a") as file:
            file.write("".join(f"{line}\n" for line in lines))
    return folder
