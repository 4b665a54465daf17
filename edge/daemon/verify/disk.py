"""This is where the rules about what lies on the disk are looked at: R21, R22, R26 to R28."""

from pathlib import Path
from typing import Final

from edge.daemon.verify.appliance import Appliance
from edge.daemon.verify.ruling import Seen, broken, holds, judged
from edge.daemon.verify.sensing import REPORT
from edge.daemon.verify.stored import of_stored
from edge.store.engine import WAL_LIMIT_BYTES
from edge.store.proof import Holdings

ERASED_WITHIN_S: Final = 60
DAY_S: Final = 86_400
GRACE_S: Final = 2 * 3_600
"""A sweep comes at least once an hour; a machine that was off sweeps after its start."""
LOG: Final = "journalctl --unit store-edge --lines 50"


@of_stored
def erased_in_time(appliance: Appliance, held: Holdings) -> Seen:
    """R21: no erasure that was asked for waits longer than a minute."""
    waiting = held.rows.get("erasure", 0)
    if held.oldest_erasure_ms is None:
        return holds(f"{waiting} erasures wait; {held.rows.get('tombstone', 0)} people were erased")
    age_s = appliance.machine.now_ns() / 1e9 - held.oldest_erasure_ms / 1e3
    told = f"{waiting} erasures wait, the oldest for {age_s:,.0f} s"
    return judged(is_so=age_s <= ERASED_WITHIN_S, evidence=told, remedy=f"see why: `{LOG}`")


@of_stored
def erasure_is_physical(appliance: Appliance, held: Holdings) -> Seen:
    """R26: what is deleted is overwritten, in the file and in its log."""
    proof = appliance.proof
    told = f"the log beside the database has {held.wal_bytes:,} bytes"
    told += f"; marks of the erased outside the tombstones: {held.marks_left}"
    is_so = not held.marks_left and held.wal_bytes <= 2 * WAL_LIMIT_BYTES
    if proof is None:
        told += f"; {appliance.silence}; every start sets secure_delete"
    else:
        is_so = is_so and proof.overwrites
        told += f"; the writer's secure_delete is {'on' if proof.overwrites else 'OFF'}"
    return judged(is_so=is_so, evidence=told, remedy="systemctl restart store-edge")


@of_stored
def sealed(appliance: Appliance, held: Holdings) -> Seen:
    """R27: a stolen database alone names nobody."""
    del held
    kept, key = appliance.kept, appliance.kept.key
    if key.doubt:
        return broken(key.doubt, key.remedy)
    is_beside = Path(key.place).parent == appliance.state
    told = (
        f"the key lies in {key.place or 'no file yet'}{', beside the database' * is_beside}; "
        f"{len(kept.people)} records are sealed, each with its own key; {kept.searched} people "
        f"were searched for in the open: {kept.in_sight} places"
    )
    return judged(is_so=not kept.in_sight, evidence=told, remedy=REPORT)


@of_stored
def kept_no_longer(appliance: Appliance, held: Holdings) -> Seen:
    """R28: nothing is older than the policy lets it be."""
    times = appliance.policy.retention
    now_s = appliance.machine.now_ns() / 1e9
    told, is_so = [], True
    for what, oldest_ms, most_d in (
        ("visit", held.oldest_visit_ms, times.visits_d),
        ("acknowledged event", held.oldest_event_ms, times.visits_d),
        ("audit entry", held.oldest_audit_ms, times.audit_d),
    ):
        age_s = 0.0 if oldest_ms is None else now_s - oldest_ms / 1e3
        is_so = is_so and age_s <= most_d * DAY_S + GRACE_S
        told.append(f"oldest {what} {age_s / DAY_S:,.1f} of {most_d} days")
    return judged(is_so=is_so, evidence="; ".join(told), remedy=f"see why: `{LOG}`")
