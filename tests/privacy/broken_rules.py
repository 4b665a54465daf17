"""This is where it stands how each rule can be broken, and which test sees it."""

from typing import Final

from tests.privacy.mutations import Mutation

CONSENT: Final = "edge/privacy/consent.py"
DOOR: Final = "edge/daemon/door.py"

MUTATIONS: Final = (
    Mutation(
        rule="R1",
        file=DOOR,
        old="        known = self._rules.recogniser.by_link(address, at)\n",
        new="        known = self._rules.recogniser.by_link(address, at)\n"
        "        self.refuse(at, address.hex())\n",
        test="privacy/test_r01_canaries.py::a_replay_leaves_no_raw",
        is_slow=True,
    ),
    Mutation(
        rule="R1",
        file="edge/daemon/run_logs.py",
        old='return f"{type(error).__name__} at ',
        new='return f"{error} at ',
        test="privacy/test_r01_live.py",
        is_slow=True,
    ),
    Mutation(
        rule="R2",
        file="edge/privacy/pepper.py",
        old="BUCKETS: Final = 2048",
        new="BUCKETS: Final = 65536",
        test="privacy/test_r02_probe_buckets.py",
    ),
    Mutation(
        rule="R3",
        file="edge/privacy/pepper.py",
        old="        self.pepper[:] = bytes(len(self.pepper))\n",
        new="        self.pepper = bytearray(self.pepper)\n",
        test="privacy/test_r03_peppers.py",
    ),
    Mutation(
        rule="R4",
        file="edge/privacy/keyed.py",
        old="return blake2b(value, key=secret, ",
        new="return blake2b(value, ",
        test="privacy/test_r04_keyed_hashes.py",
    ),
    Mutation(
        rule="R5",
        file=DOOR,
        old="if not self._rules.hours.is_open(at):",
        new="if False:",
        test="privacy/test_r05_hours_and_floor.py",
    ),
    Mutation(
        rule="R7",
        file="edge/privacy/gate.py",
        old="return Permission(arming=gate.arming, customers=sought) if sought else None",
        new="return Permission(arming=gate.arming, customers=sought or None)",
        test="privacy/test_r07_closed_gate.py",
    ),
    Mutation(
        rule="R8",
        file="edge/privacy/templates.py",
        old="            if self.leave(one, at) is not None\n",
        new="",
        test="privacy/test_r08_templates.py",
    ),
    Mutation(
        rule="R13",
        file="edge/driver/faces.py",
        old='    quality: float\n    """0 to 1, of the pictures',
        new='    is_banned: bool\n    quality: float\n    """0 to 1, of the pictures',
        test="privacy/test_r13_advisory.py",
    ),
    Mutation(
        rule="R14",
        file=CONSENT,
        old="    if not standing.adult:\n",
        new="    if False:\n",
        test="privacy/test_r14_adults.py",
    ),
    Mutation(
        rule="R15",
        file="edge/privacy/minimise.py",
        old="isinstance(value, str) and DATE.search(value) is None",
        new="isinstance(value, str)",
        test="privacy/test_r15_minimal_profiles.py",
    ),
    Mutation(
        rule="R16",
        file=DOOR,
        old="        if known.role is Role.STAFF:\n",
        new="        if False:\n",
        test="privacy/test_r16_staff.py",
    ),
    Mutation(
        rule="R17",
        file="edge/privacy/tokens.py",
        old="TokenKind.LINK: Purpose.WIFI_RECOGNITION,",
        new="TokenKind.LINK: Purpose.PRESENCE_BLE,",
        test="privacy/test_r17_one_consent_per_purpose.py",
    ),
    Mutation(
        rule="R18",
        file=CONSENT,
        old='frozenset({"ConsentGiven", "RenewedConsentGiven"})',
        new='frozenset({"ConsentGiven", "RenewedConsentGiven", "ConsentRequested"})',
        test="privacy/test_r18_consent_states.py",
    ),
    Mutation(
        rule="R19",
        file=CONSENT,
        old="    if at > lease_end:\n",
        new="    if False:\n",
        test="privacy/test_r19_leases.py",
    ),
    Mutation(
        rule="R21",
        file="edge/daemon/erasing.py",
        old="        await self._scrub(waiting)\n",
        new="",
        test="privacy/test_r21_erasure.py",
    ),
    Mutation(
        rule="R23",
        file="edge/store/customers.py",
        old="    if version <= _erased_version(conn, vault.cipher.mark(customer)):\n",
        new="    if False:\n",
        test="privacy/test_r23_tombstones.py",
    ),
    Mutation(
        rule="R25",
        file=CONSENT,
        old='        lacks = MANDATORY[told.index("")]\n',
        new='        lacks = ""\n',
        test="privacy/test_r25_records.py",
    ),
    Mutation(
        rule="R28",
        file="edge/daemon/brooms.py",
        old="return Instant(now - days * DAY_NS)",
        new="return Instant(now - (days + 1) * DAY_NS)",
        test="privacy/test_r28_retention.py",
    ),
    Mutation(
        rule="R29",
        file="systemd/store-edge.service",
        old="LimitCORE=0",
        new="LimitCORE=infinity",
        test="privacy/test_r29_service.py",
    ),
    Mutation(
        rule="R30",
        file="edge/sync/downlink.py",
        old="        if message.is_kept:",
        new="        if False:",
        test="privacy/test_r30_wire.py::cleared",
        is_slow=True,
    ),
    Mutation(
        rule="R30",
        file="edge/sync/topics.py",
        old="    if _RADIO_ADDRESS.fullmatch(text) or _VISIT.fullmatch(text):\n",
        new="    if False:\n",
        test="privacy/test_r30_wire.py::reads_like",
    ),
    Mutation(
        rule="R31",
        file="edge/store/audit.py",
        old="        if not hmac.compare_digest(entry.link, _link(key, link, entry)):\n",
        new="        if False:\n",
        test="privacy/test_r31_audit.py",
    ),
    Mutation(
        rule="R32",
        file="edge/privacy/notice.py",
        old='            "" if senses in published.sensing else',
        new='            "" if True else',
        test="privacy/test_r32_notice.py",
    ),
    Mutation(
        rule="R36",
        file="edge/privacy/policy.py",
        old="    return min(one, other, key=order.index)\n",
        new="    return max(one, other, key=order.index)\n",
        test="privacy/test_r36_policies.py",
    ),
)
"""At least one for each rule that has a test."""
