"""One person of a case is erased: gone from the household, or on their own demand."""

from datetime import timedelta

import pytest
from sqlalchemy import LargeBinary, Text, cast, func, or_, select
from sqlalchemy.exc import DBAPIError

import app.models  # noqa: F401  every table is looked through
import notifications.models  # noqa: F401
from app.audit.verify import verify
from tests.factories import NOW, a_case, auditor, lead, officer
from workflow.cases import correcting, registration
from workflow.cases.correcting import Correction
from workflow.cases.errors import PersonErased
from workflow.cases.models import Case, Person
from workflow.cases.registration import NewPerson
from workflow.cases.states import JoinReason, Sex
from workflow.kernel.audit import AuditEntry
from workflow.kernel.db import Base
from workflow.kernel.errors import NotAllowed, NotFound, ReasonMissing
from workflow.privacy import erasing, persons
from workflow.privacy.errors import ErasureWaits, StillNeeded
from workflow.privacy.models import Erasure
from workflow.redistribution import commands as redistribution

MARKER = "Xanthippe"
LATER = NOW + timedelta(days=400)


def a_household(session):
    """A case of two, and a third with the marker in every text of theirs."""
    case = a_case(session, persons=2, name="Blir Værende")
    person = registration.join(
        session,
        case,
        NewPerson(
            1980,
            Sex.FEMALE,
            "SY",
            name=f"{MARKER} Nedim",
            duf_number="202099000110",
            relation=f"{MARKER} tante",
            languages=[MARKER],
            occupation=MARKER,
            education=MARKER,
        ),
        reason=JoinReason.LATER_MEMBER,
        actor=officer(),
        at=NOW,
    )
    correcting.correct_person(
        session,
        person,
        Correction(birth_year=1981),
        reason=f"{MARKER}s pass",
        actor=officer(),
        at=NOW,
    )
    return case, person


def leaves(session, person):
    registration.leave(session, person, reason=f"{MARKER} flytter", actor=officer(), at=NOW)


def erased(session, *, at=LATER):
    shown = erasing.proposals(session, actor=lead())
    ids = [one.id for one in shown]
    erasing.approve(session, ids, erasing.token_of(shown), actor=lead(), at=at)
    while erasing.erase_next(session, at=at):
        pass


def left_of(session, word):
    found = []
    for table in Base.metadata.tables.values():
        texts = [
            func.encode(column, "escape")
            if isinstance(column.type, LargeBinary)
            else cast(column, Text)
            for column in table.columns
        ]
        if session.execute(select(table).where(or_(*(t.contains(word) for t in texts)))).all():
            found.append(table.name)
    return found


def test_who_left_is_proposed_after_a_year_and_once(session):
    case, person = a_household(session)
    leaves(session, person)

    early = erasing.propose(session, at=NOW + timedelta(days=300))
    made = [erasing.propose(session, at=LATER) for _ in range(2)]

    assert (early, made) == (0, [1, 0])
    (shown,) = erasing.proposals(session, actor=lead())
    assert (shown.case_id, shown.person_id, shown.rule) == (case, person, "left")


def test_nothing_of_the_person_is_left_and_the_others_are_whole(session):
    case, person = a_household(session)
    leaves(session, person)
    persons.demand(session, person, reason=f"{MARKER}s brev", actor=officer(), at=NOW)
    before = session.scalars(select(Case.persons_count).where(Case.id == case)).one()

    erased(session)

    assert left_of(session, MARKER) == []
    assert left_of(session, "202099000110") == []
    row = session.scalars(select(Person).where(Person.id == person)).one()
    assert (row.name, row.birth_year, row.nationality) == (None, 1980, "ZZ")
    assert row.erased_at == LATER
    others = session.scalars(select(Person.name).where(Person.case_id == case, Person.id != person))
    assert set(others) == {"Blir Værende", None} or all(one for one in others)
    assert session.scalars(select(Case.persons_count).where(Case.id == case)).one() == before
    assert session.scalars(select(Case.erased_at).where(Case.id == case)).one() is None


def test_the_demand_and_the_erasure_are_on_record(session):
    case, person = a_household(session)
    leaves(session, person)
    persons.demand(session, person, reason="Brev", actor=officer(), at=NOW)
    erased(session)

    actions = session.scalars(
        select(AuditEntry.action)
        .where(AuditEntry.subject == f"case:{case}")
        .order_by(AuditEntry.seq)
    ).all()
    assert actions[-4:] == ["erasure.demand", "erasure.approved", "erase_reasons", "erase"]


def test_the_audit_accounts_for_the_reasons_that_are_gone(committed):
    with committed.sessions.begin() as session:
        _, person = a_household(session)
        leaves(session, person)
        persons.demand(session, person, reason="Brev", actor=officer(), at=NOW)
        erased(session)

    assert list(verify(committed.sessions)) == []


def test_while_the_case_goes_on_a_public_task_needs_it(session):
    _, person = a_household(session)

    stands = persons.standing(session, person, actor=officer())

    assert (stands.possible, stands.needed_until) == (False, None)
    with pytest.raises(StillNeeded) as refusal:
        persons.demand(session, person, reason="Brev", actor=officer(), at=NOW)
    assert refusal.value.facts["state"] == "registered"


def test_in_a_case_that_lapsed_everybody_may_ask(session):
    case, person = a_household(session)
    redistribution.lapse(session, case, reason="Kom aldri", actor=officer(), at=NOW)

    persons.demand(session, person, reason="Brev", actor=officer(), at=NOW)
    erased(session)

    assert left_of(session, f"{MARKER} Nedim") == []


def test_asked_twice_it_waits_and_once_erased_it_is_done(session):
    _, person = a_household(session)
    leaves(session, person)
    persons.demand(session, person, reason="Brev", actor=officer(), at=NOW)

    with pytest.raises(ErasureWaits):
        persons.demand(session, person, reason="Brev", actor=officer(), at=NOW)
    erased(session)
    with pytest.raises(PersonErased):
        persons.demand(session, person, reason="Brev", actor=officer(), at=LATER)
    assert erasing.propose(session, at=LATER + timedelta(days=800)) in {0, 1}
    assert not session.scalars(select(Erasure).where(Erasure.rule == "left")).all()


def test_only_imdi_takes_a_demand_with_a_reason(session):
    _, person = a_household(session)
    leaves(session, person)

    with pytest.raises(NotAllowed):
        persons.demand(session, person, reason="Brev", actor=auditor(), at=NOW)
    with pytest.raises(ReasonMissing):
        persons.demand(session, person, reason=None, actor=officer(), at=NOW)
    with pytest.raises(NotFound):
        persons.demand(session, NOBODY, reason="Brev", actor=officer(), at=NOW)


NOBODY = "5d2f7a0e-0c4b-4c1e-9a34-2f1a6c7c9b11"


def test_the_database_erases_nobody_whom_no_person_has_approved(session):
    _, person = a_household(session)
    leaves(session, person)
    persons.demand(session, person, reason="Brev", actor=officer(), at=NOW)

    with pytest.raises(DBAPIError, match="nobody has approved it"):
        session.execute(select(func.erase_person_written(person)))
