"""This is where every rule stands with its title and the check that looks at it."""

from collections.abc import Callable
from functools import partial
from typing import Final

from edge.daemon.verify import accounts, disk, faces, people, sensing, surroundings
from edge.daemon.verify.appliance import Appliance
from edge.daemon.verify.ruling import Ruling, Seen

Check = Callable[[Appliance], Seen]
face = faces.where_a_camera_is


def _each(check: Callable[[list[people.Known], Appliance], Seen]) -> Check:
    """Let a check look at everybody who is stored."""
    return partial(people.judge_people, check)


RULES: Final[tuple[tuple[str, str, Check], ...]] = (
    ("R1", "no raw identifier is kept", sensing.no_raw_identifiers),
    ("R2", "of a probing phone a bucket is kept", sensing.probes_are_buckets),
    ("R3", "the pepper is short-lived", sensing.pepper_turns),
    ("R4", "every hash of an identifier is keyed", sensing.hashes_are_keyed),
    ("R5", "opening hours and signal floor", sensing.hours_and_floor),
    ("R6", "pictures are short-lived", face(faces.pictures_are_short_lived)),
    ("R7", "the gate opens by consent alone", face(faces.gate_is_closed)),
    ("R8", "templates rest on consent", face(_each(faces.templates_rest_on_consent))),
    ("R9", "strangers leave nothing", face(faces.strangers_leave_nothing)),
    ("R10", "the threshold was measured", face(faces.threshold_was_measured)),
    ("R11", "enrolment was fit", face(_each(faces.enrolment_was_fit))),
    ("R12", "groups are measured", face(faces.groups_are_measured)),
    ("R13", "a match is advice", face(faces.matches_are_advice)),
    ("R14", "adults alone", _each(people.adults_alone)),
    ("R15", "no birth dates, no children", _each(people.no_ages)),
    ("R16", "staff are no customers", people.staff_are_no_customers),
    ("R17", "one consent for each purpose", _each(people.purposes_stand_alone)),
    ("R18", "granting states alone", _each(people.granting_states_alone)),
    ("R19", "consents are confirmed anew", _each(people.leases_run)),
    ("R20", "what is in doubt is not known", people.fails_closed),
    ("R21", "erasure within a minute", disk.erased_in_time),
    ("R22", "withdrawals before visits", accounts.withdrawals_first),
    ("R23", "the erased stay erased", people.no_resurrection),
    ("R24", "taking back works offline", accounts.withdrawal_is_local),
    ("R25", "consent records are complete", _each(people.records_are_complete)),
    ("R26", "erasure is physical", disk.erasure_is_physical),
    ("R27", "a stolen database names nobody", disk.sealed),
    ("R28", "nothing is kept too long", disk.kept_no_longer),
    ("R29", "the process is shut in", surroundings.shut_in),
    ("R30", "the wire is closed", surroundings.wire_is_closed),
    ("R31", "the audit trail is whole", accounts.trail_is_whole),
    ("R32", "the notice is true", accounts.notice_is_true),
    ("R33", "everything held can be had", accounts.everything_can_be_had),
    ("R34", "advertised ways out are real", accounts.optouts_are_real),
    ("R35", "published counts are budgeted", accounts.counts_are_budgeted),
    ("R36", "the stricter policy is in force", accounts.policy_is_in_force),
)
"""Rule, title, check; in the rules' order."""


def examine(appliance: Appliance) -> tuple[Ruling, ...]:
    """Look at every rule."""
    rulings = []
    for rule, title, check in RULES:
        seen = check(appliance)
        rulings.append(
            Ruling(
                rule=rule,
                title=title,
                outcome=seen.outcome,
                evidence=seen.evidence,
                remedy=seen.remedy,
            )
        )
    return tuple(rulings)
