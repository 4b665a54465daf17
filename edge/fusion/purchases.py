"""This is where receipts are tied to visits."""

from typing import Final

from edge.fusion.scene import Scene, after
from edge.model.event import PurchaseRecorded
from edge.model.observation import PurchaseMade

REPEATS_S: Final = 4 * 3600.0
"""A till that sends a receipt again does so within this time; numbers begin anew at night."""


def record(scene: Scene, purchase: PurchaseMade) -> None:
    """Say that a till closed a receipt, with the customer's visit where their card is on it."""
    if _is_repeated(scene, purchase):
        return
    customer = purchase.customer
    presence = scene.state.presences.get(customer) if customer is not None else None
    visit = presence.visit if presence is not None else None
    data = PurchaseRecorded(
        receipt=purchase.receipt,
        total=purchase.total,
        currency=purchase.currency,
        visit=visit,
        customer=customer,
        lane=purchase.lane,
        items=purchase.items,
    )
    scene.say(purchase.at, data, visit=visit)


def _is_repeated(scene: Scene, purchase: PurchaseMade) -> bool:
    """Say whether this receipt was recorded before, and remember it."""
    receipts = scene.state.receipts
    oldest = after(purchase.at, -REPEATS_S)
    for key in [key for key, at in receipts.items() if at < oldest]:
        del receipts[key]
    key = f"{purchase.source}/{purchase.receipt}"
    is_known = key in receipts
    receipts.setdefault(key, purchase.at)
    return is_known
