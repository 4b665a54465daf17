"""This is where the rules about faces are looked at: R6 to R13."""

from collections.abc import Callable
from typing import Final

from edge.daemon.faces import TARGET_FPIR
from edge.daemon.gate_settings import check_gate
from edge.daemon.run_proof import CAMERA
from edge.daemon.verify.appliance import Appliance
from edge.daemon.verify.people import Known
from edge.daemon.verify.ruling import Seen, absent, broken, holds, judged
from edge.errors import ConfigError
from edge.model.customer import Purpose
from edge.model.observation import FACE_COUNTS
from edge.privacy.policy import TemplateKey

NO_CAMERA: Final = "no camera is configured"
FORGET: Final = "edge face forget CUSTOMER, or ask the platform for all customers again"


def where_a_camera_is(check: Callable[[Appliance], Seen]) -> Callable[[Appliance], Seen]:
    """Let a check of the rules about faces look only where a camera is configured."""

    def looked_at(appliance: Appliance) -> Seen:
        return check(appliance) if appliance.has_camera else absent(NO_CAMERA)

    return looked_at


def pictures_are_short_lived(appliance: Appliance) -> Seen:
    """R6: pictures live in memory, and nothing writes them."""
    cameras = _cameras(appliance)
    return holds(
        f"{cameras} cameras; a picture lies in its camera's worker process until the next one, "
        "and no setting and no command of the service writes one; no table has a column for one"
    )


def gate_is_closed(appliance: Appliance) -> Seen:
    """R7: no camera's gate goes further than the policy permits."""
    settings = appliance.settings
    told = f"the policy {appliance.policy.name} permits {appliance.policy.face.value} at the most"
    beyond = []
    for source in () if settings is None else settings.sources:
        try:
            if source.driver == CAMERA:
                check_gate(source, appliance.policy)
        except ConfigError as fault:
            beyond.append(fault.what)
    if beyond:
        return broken(f"{told}; {'; '.join(beyond)}", "edge policy show")
    return holds(f"{told}; {_faces_so_far(appliance)}")


def _faces_so_far(appliance: Appliance) -> str:
    """Say what became of the faces in view since the daemon started."""
    proof = appliance.proof
    if proof is None:
        return "no daemon runs that could tell of faces"
    seen = ", ".join(f"{what} {proof.faces.get(what, 0)}" for what in FACE_COUNTS)
    refused = ", ".join(f"{why} {count}" for why, count in sorted(proof.faces_refused.items()))
    return f"faces since the start: {seen}; not encoded or not used: {refused or 'none yet'}"


def templates_rest_on_consent(known: list[Known], appliance: Appliance) -> Seen:
    """R8: who has templates here has agreed to them, and they are under the right key."""
    enrolled = [(one, purposes) for one, purposes in known if one.faces]
    without = sum(Purpose.FACE_RECOGNITION not in purposes for _, purposes in enrolled)
    is_theirs = appliance.policy.template_key is TemplateKey.CUSTOMER
    ours = sum(not face.sealed for one, _ in enrolled for face in one.faces) if is_theirs else 0
    told = (
        f"{len(enrolled)} customers have templates; {without} of them without a consent in force, "
        f"which are not compared; {ours} templates that only their customer should be able to open"
    )
    return judged(is_so=not ours, evidence=told, remedy=FORGET)


def strangers_leave_nothing(appliance: Appliance) -> Seen:
    """R9: there is no gallery of unknown faces."""
    people = sum(bool(one.faces) for one in appliance.kept.people)
    return holds(
        f"templates lie in the sealed records of {people} enrolled customers and nowhere else; "
        "an unknown face has no type, no row and no number"
    )


def threshold_was_measured(appliance: Appliance) -> Seen:
    """R10: the threshold follows from a measurement and the gallery's size."""
    size = sum(len(one.faces) for one in appliance.kept.people)
    return holds(
        f"{size} templates; the threshold of each comparison follows from the engine's measured "
        f"table so that at most {TARGET_FPIR:.1%} of strangers match; a larger gallery is refused"
    )


def enrolment_was_fit(known: list[Known], appliance: Appliance) -> Seen:
    """R11: templates were made from pictures that were fit."""
    del appliance
    faces = [face for one, _ in known for face in one.faces]
    wrong = sum(not 0 < face.quality <= 1 for face in faces)
    told = f"{len(faces)} templates, {wrong} without a quality that was measured"
    return judged(is_so=not wrong, evidence=told, remedy=FORGET)


def groups_are_measured(appliance: Appliance) -> Seen:
    """R12: the error rates of groups can be measured."""
    del appliance  # the command is there or not with the program
    return holds(
        "`edge face report` measures error rates by group and fails beyond twice the whole"
    )


def matches_are_advice(appliance: Appliance) -> Seen:
    """R13: a match acts against nobody."""
    del appliance  # the same types are everywhere
    return holds("events carry confidence, grade and evidence; none has a field to deny or alert")


def _cameras(appliance: Appliance) -> int:
    sources = () if appliance.settings is None else appliance.settings.sources
    return sum(one.driver == CAMERA for one in sources)
