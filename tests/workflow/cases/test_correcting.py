"""Who a person is, put right: told as corrected, never as it was."""

import pytest
from sqlalchemy import LargeBinary, Text, cast, or_, select
from sqlalchemy.orm import Session

from tests.factories import NOW, a_case, a_municipality, auditor, officer, placed, udi, writer
from workflow.cases import correcting
from workflow.cases.correcting import Correction
from workflow.cases.errors import PersonErased
from workflow.cases.models import Case, CaseStep, Person
from workflow.kernel.audit import AuditEntry
from workflow.kernel.db import Base
from workflow.kernel.errors import Invalid, NotAllowed, NotFound, ReasonMissing
from workflow.kernel.outbox import OutboxMessage

BEFORE = "Galt Navnsomvar"
AFTER = Correction(name="Riktig Navn", duf_number="202099000110")


@pytest.fixture
def person(session: Session):
    case = a_case(session, name=BEFORE)
    return session.scalars(select(Person).where(Person.case_id == case)).first()


def correct(session: Session, person: Person, correction: Correction = AFTER, **given):
    given = {"reason": "Pass lagt fram", "actor": officer()} | given
    return correcting.correct_person(session, person.id, correction, at=NOW, **given)


def test_the_person_is_as_it_is_now_and_the_case_has_moved(session: Session, person):
    before = session.scalars(select(Case.version).where(Case.id == person.case_id)).one()

    case = correct(session, person)

    session.refresh(person)
    assert (person.name, person.duf_number) == ("Riktig Navn", "202099000110")
    assert case.version == before + 1


def test_history_and_audit_say_what_and_the_old_value_stands_nowhere(session: Session, person):
    correct(session, person)

    told = session.scalars(select(CaseStep).where(CaseStep.trigger == "correct_person")).one()
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "correct_person")).one()
    assert told.facts == {"person_id": str(person.id), "corrected": ["duf_number", "name"]}
    assert told.reason == "Pass lagt fram"
    assert entry.after["facts"]["corrected"] == ["duf_number", "name"]
    for table in Base.metadata.tables.values():
        texts = [
            cast(column, Text)
            for column in table.columns
            if not isinstance(column.type, LargeBinary)
        ]
        left = select(table).where(or_(*(text.contains("Navnsomvar") for text in texts)))
        assert session.execute(left).all() == [], table.name


def test_those_who_were_shown_it_are_told(session: Session):
    case, here = a_case(session), a_municipality(session, decided=20)
    placed(session, case, here)
    person = session.scalars(select(Person).where(Person.case_id == case)).first()

    correct(session, person, Correction(birth_year=1979))

    told = session.scalars(
        select(OutboxMessage).where(OutboxMessage.type == "case.person_corrected")
    ).one()
    assert (told.case_id, told.municipality_id, told.facts) == (case, here, {})


def test_what_stands_already_changes_nothing(session: Session, person):
    case = correct(session, person, Correction(name=BEFORE))

    assert not session.scalars(select(CaseStep).where(CaseStep.trigger == "correct_person")).all()
    assert case.version == 1


@pytest.mark.parametrize(
    ("correction", "given", "refusal"),
    [
        (Correction(), {}, Invalid),
        (Correction(duf_number="202099000119"), {}, Invalid),
        (Correction(birth_year=2031), {}, Invalid),
        (AFTER, {"reason": None}, ReasonMissing),
        (AFTER, {"actor": auditor()}, NotAllowed),
        (AFTER, {"actor": writer(1)}, NotFound),
    ],
)
def test_what_is_no_correction_is_refused(session: Session, person, correction, given, refusal):
    with pytest.raises(refusal):
        correct(session, person, correction, **given)


def test_udi_corrects_what_it_has_registered(session: Session, person):
    correct(session, person, actor=udi())

    session.refresh(person)
    assert person.name == "Riktig Navn"


def test_what_is_erased_is_not_corrected(session: Session, person):
    person.erased_at = NOW
    session.flush()

    with pytest.raises(PersonErased):
        correct(session, person)
