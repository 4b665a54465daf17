"""This is where the rules about what radios hear are looked at: R1 to R5."""

from typing import Final

from edge.daemon.premises import FLOOR_DBM
from edge.daemon.run_proof import EXPIRE_S
from edge.daemon.verify.appliance import Appliance
from edge.daemon.verify.ruling import Seen, absent, broken, holds, judged, unseen
from edge.model.names import SECOND
from edge.privacy.keyed import MARK_BYTES
from edge.privacy.pepper import BUCKETS, LATE_NS
from edge.privacy.policy import LONGEST_PEPPER_S, SHORTEST_PEPPER_S, Probes

AS_ROOT: Final = "run it as root: `edge privacy verify`"
RADIOS: Final = frozenset({"wifi_monitor", "ble_scan", "wifi_link"})
REPORT: Final = "keep the state folder as it is, and report it: `edge support bundle FILE.tar.gz`"


def no_raw_identifiers(appliance: Appliance) -> Seen:
    """R1: what was heard or handed over lies nowhere in the open."""
    kept = appliance.kept
    if kept.fault:
        return unseen(kept.fault, AS_ROOT)
    told = (
        f"ids, names, codes, addresses and keys of {kept.searched} of {len(kept.people)} people "
        f"were searched for in the database's files: {kept.in_sight} places"
    )
    return judged(is_so=not kept.in_sight, evidence=told, remedy=REPORT)


def probes_are_buckets(appliance: Appliance) -> Seen:
    """R2: of a probing device a bucket is kept, and nothing else."""
    policy = appliance.policy
    if policy.probes is Probes.NONE:
        return holds(f"the policy {policy.name} takes no probe requests")
    return holds(
        f"probe requests become one of {BUCKETS} buckets in memory; "
        "the database has no column for one"
    )


def pepper_turns(appliance: Appliance) -> Seen:
    """R3: the pepper is young, in memory alone, and overwritten."""
    period_s = appliance.policy.pepper_period_s
    is_so = SHORTEST_PEPPER_S <= period_s <= LONGEST_PEPPER_S
    told = f"the policy {appliance.policy.name} turns the pepper every {period_s} s"
    proof = appliance.proof
    if proof is None:
        told += f"; {appliance.silence}, so there is none"
    elif proof.pepper_age_s is None:
        told += "; the daemon holds none at present"
    else:
        told += f"; the window of the oldest one held began {proof.pepper_age_s:.0f} s ago"
        is_so = is_so and proof.pepper_age_s <= period_s + LATE_NS / SECOND + EXPIRE_S
    return judged(is_so=is_so, evidence=told, remedy="systemctl restart store-edge")


def hashes_are_keyed(appliance: Appliance) -> Seen:
    """R4: no hash of an address can be undone by trying all addresses."""
    del appliance  # the same code runs everywhere
    return holds(
        f"tokens are looked up under keyed hashes of {MARK_BYTES} bytes whose secret is drawn at "
        "each start and lies in memory alone; nothing else hashes an identifier"
    )


def hours_and_floor(appliance: Appliance) -> Seen:
    """R5: outside opening hours and below the signal floor nothing is processed."""
    settings = appliance.settings
    if settings is None:
        return unseen(appliance.fault, "edge doctor")
    radios = [one for one in settings.sources if one.driver in RADIOS]
    if not radios:
        return absent("no radio is configured")
    floors = [one.rssi_floor_dbm or FLOOR_DBM for one in radios]
    told = f"{len(radios)} radios, signal floor {min(floors)} dBm or higher"
    if settings.store.opening is None:
        remedy = 'set [store] opening = "HH:MM-HH:MM", then: `edge reload`'
        return broken(f"{told}; the settings name no opening hours", remedy)
    told += f"; opening hours {settings.store.opening} ({settings.store.timezone})"
    if appliance.proof is not None:
        told += f", now {'open' if appliance.proof.is_open else 'closed'}"
    return holds(told)
