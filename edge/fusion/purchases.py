"""This is where receipts are tied to visits."""

from edge.fusion.scene import Scene
from edge.model.event import PurchaseRecorded
from edge.model.observation import PurchaseMade


def record(scene: Scene, purchase: PurchaseMade) -> None:
    """Say that a till closed a receipt, with the customer's visit where their card is on it."""
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
