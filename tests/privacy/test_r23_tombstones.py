"""R23 on the disk: whoever was erased does not come back, in whatever order messages come."""

import json
from itertools import permutations
from pathlib import Path
from typing import Any, Final

import pytest

from edge.daemon.customers import CustomerBook
from edge.model.names import CustomerId
from edge.privacy.keyring import Keyring
from edge.privacy.recogniser import Recogniser
from edge.store import customers
from edge.store.database import Store
from tests.privacy.kit import CARD, KEY, NOW, SECRET, policy, put, signed

ANNA: Final = CustomerId("c-1")
ENROLLED: Final = signed(put("visit_history", version=1))
CHANGED: Final = signed(put("visit_history", version=2))
REVOKED: Final = {"op": "erase", "customer": ANNA, "version": 3, "reason": "withdrawn"}
AGAIN: Final = signed(put("visit_history", version=4))


def told(folder: Path, deltas: tuple[dict[str, Any], ...]) -> tuple[int | None, bool]:
    """Tell a store of some deltas, one message each; give the version kept, and who is known."""
    recogniser = Recogniser((), policy=policy(), secret=SECRET)
    with Store.open(folder / "edge.db", cipher=Keyring(SECRET)) as store:
        book = CustomerBook(store, platform_key=KEY, recogniser=recogniser)
        for delta in deltas:
            job = book.keep(json.dumps({"deltas": [delta]}).encode(), at=NOW)
            book.tell(store.writer.submit(job).result())
        reader = store.reader()
        kept = customers.get(reader, ANNA)
        reader.close()
    return None if kept is None else kept.version, recogniser.by_card(CARD, NOW) is not None


@pytest.mark.parametrize("order", list(permutations((ENROLLED, CHANGED, REVOKED))))
def test_r23_in_any_order_and_told_twice_the_erased_stay_erased(
    order: tuple[dict[str, Any], ...], tmp_path: Path
) -> None:
    assert told(tmp_path, (*order, *order)) == (None, False)


@pytest.mark.parametrize("order", list(permutations((ENROLLED, REVOKED, AGAIN))))
def test_r23_who_enrols_again_is_known_again_in_any_order(
    order: tuple[dict[str, Any], ...], tmp_path: Path
) -> None:
    assert told(tmp_path, order) == (4, True)
