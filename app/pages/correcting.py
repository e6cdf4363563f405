"""Who a person is, put right; and the person's demand to be erased."""

from uuid import UUID

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.visit import Reader, Visit
from workflow.cases import correcting
from workflow.cases.correcting import Correction
from workflow.cases.entry import REGISTERS
from workflow.kernel.actor import Role
from workflow.kernel.errors import DomainError, NotFound

router = APIRouter(route_class=InOneThread)

_CORRECTS = tuple(REGISTERS - {Role.SYSTEM})


@router.get("/saker/{case_id}/personer/{person_id}/rett")
def correct_page(reader: Reader, case_id: UUID, person_id: UUID) -> Response:
    return _correct_page(reader, case_id, person_id)


@router.post("/saker/{case_id}/personer/{person_id}/rett")
def correct(reader: Reader, case_id: UUID, person_id: UUID) -> Response:
    """Name, DUF number or year of birth; what is left as it stands changes nothing."""
    actor = reader.only(*_CORRECTS)
    form = reader.form
    correction = Correction(
        form.text("name"), form.text("duf_number"), form.number("birth_year", required=False)
    )
    try:
        with reader.change() as session:
            reader.is_as_read(session, case_id)
            correcting.correct_person(
                session,
                person_id,
                correction,
                reason=form.text("reason", required=True),
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        return _correct_page(reader, case_id, person_id, status_code=reader.again(refusal))
    return reader.done(f"/saker/{case_id}", "correct_person")


def _correct_page(
    reader: Visit, case_id: UUID, person_id: UUID, *, status_code: int = 200
) -> Response:
    reader.only(*_CORRECTS)
    case = reader.opened(case_id)
    person = next((one for one in case.persons if one.id == person_id), None)
    if person is None:
        raise NotFound("person")
    return reader.page(
        "cases/correct_person.html",
        status_code=status_code,
        case=case,
        person=person,
        place=case.persons.index(person) + 1,
    )
