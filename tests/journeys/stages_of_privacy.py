"""What corrections, erasure and protected addresses need, and bodies with every field."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, a_case, lead, officer
from tests.journeys.stage import THEN, Stage, Stages, person_of
from tests.journeys.stages_of_users import a_user
from workflow.cases import protected, registration
from workflow.cases.models import Case
from workflow.cases.states import Protection
from workflow.kernel.actor import Role
from workflow.privacy import persons

STAGES = Stages()


@STAGES.of("correctPerson")
def _(session: Session) -> Stage:
    body = {
        "name": "Test-Amina Rettet",
        "duf_number": "202099000110",
        "birth_year": 1984,
        "reason": "Feil i oversendingen",
    }
    at = {"person_id": person_of(session, a_case(session))}
    return Stage(officer(), "/persons/{person_id}/correct", at, body)


def _who_left(session: Session) -> str:
    case = a_case(session, persons=2)
    person = person_of(session, case)
    registration.leave(session, UUID(person), reason="Egen sak", actor=officer(), at=NOW)
    return person


@STAGES.of("demandErasure")
def _(session: Session) -> Stage:
    at = {"person_id": _who_left(session)}
    return Stage(officer(), "/persons/{person_id}/erasure", at, {"reason": "Brev av 2. april"})


def _proposed(session: Session) -> int:
    return persons.demand(
        session, UUID(_who_left(session)), reason="Brev", actor=officer(), at=THEN
    )


@STAGES.of("keepErasure")
def _(session: Session) -> Stage:
    at = {"erasure_id": _proposed(session)}
    return Stage(lead(), "/erasures/{erasure_id}/keep", at, {"reason": "Innsyn pågår"})


@STAGES.of("approveErasures")
def _(session: Session) -> Stage:
    return Stage(lead(), "/erasures/approve", body={"erasure_ids": [_proposed(session)]})


def _hidden(session: Session) -> tuple[UUID, str]:
    case = a_case(session)
    protected.protect(session, case, Protection.CONFIDENTIAL, reason="Kode 7", actor=lead(), at=NOW)
    return case, session.scalars(select(Case.case_number).where(Case.id == case)).one()


@STAGES.of("protectCase")
def _(session: Session) -> Stage:
    _, number = _hidden(session)
    body = {"protection": "strictly_confidential", "reason": "Kode 6"}
    return Stage(lead(), "/protected-cases/{case_number}/protect", {"case_number": number}, body)


@STAGES.of("nameForCase")
def _(session: Session) -> Stage:
    _, number = _hidden(session)
    body = {"user_id": a_user(session, "Vera", Role.CASE_OFFICER), "reason": "Følger opp"}
    return Stage(lead(), "/protected-cases/{case_number}/access", {"case_number": number}, body)


@STAGES.of("endAccess")
def _(session: Session) -> Stage:
    case, _ = _hidden(session)
    user = a_user(session, "Siri", Role.CASE_OFFICER)
    grant = protected.name_person(session, case, user, reason="x", actor=lead(), at=NOW)
    return Stage(lead(), "/protected-access/{grant_id}/end", {"grant_id": grant}, {"reason": "Ny"})
