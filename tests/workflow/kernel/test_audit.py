"""Entries of the audit: linked in the database, and beyond the application once written."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.factories import NOW, a_case, a_municipality, accepted, asked, officer, udi, writer
from workflow.cases import commands, registration
from workflow.cases.states import DeclineReason
from workflow.kernel import audit
from workflow.kernel.actor import SYSTEM
from workflow.kernel.audit import AuditEntry, AuditHead, AuditReason, Change, Kind
from workflow.redistribution import withdrawal_runs

NOTHING = bytes(32)


def chain(session: Session, kind: Kind, *ids: object) -> list[AuditEntry]:
    wanted = AuditEntry.subject == audit.subject(kind, *ids)
    return list(session.scalars(select(AuditEntry).where(wanted).order_by(AuditEntry.seq)))


def test_every_step_of_a_case_is_an_entry_bound_to_the_one_before(session: Session):
    case, here = a_case(session), a_municipality(session, decided=20)
    accepted(session, case, here)

    entries = chain(session, Kind.CASE, case)

    assert [entry.action for entry in entries] == ["register", "distribute", "accept"]
    assert [entry.seq for entry in entries] == [1, 2, 3]
    assert entries[0].previous_hash == NOTHING
    assert all(after.previous_hash == before.hash for before, after in pairwise(entries))
    head = session.get(AuditHead, audit.subject(Kind.CASE, case))
    assert (head.seq, head.hash) == (3, entries[-1].hash)


def test_an_entry_says_who_for_whom_when_what_and_what_it_was_and_is(session: Session):
    case, here = a_case(session), a_municipality(session, decided=20)
    audit.comes_from(session, "request-0001")
    accepted(session, case, here)

    entry = chain(session, Kind.CASE, case)[-1]

    assert (entry.actor, entry.role) == ("token:Ola Kommune", "municipality_writer")
    assert entry.acting_for == f"municipality:{here}"
    assert entry.at == NOW + timedelta(days=1)
    assert entry.recorded_at > NOW
    assert entry.request_id == "request-0001"
    assert entry.before == {"settlement_week": None, "state": "distributed"}
    assert entry.after["state"] == "accepted"
    assert entry.after["settlement_week"] == entry.after["facts"]["settlement_week"]


def test_a_user_is_written_by_number_and_not_by_name(session: Session):
    someone = officer()

    assert audit.sign_of(replace(someone, user_id=7)) == "user:7"
    assert audit.sign_of(replace(someone, name="user:7")) == "token:user:7"
    assert audit.sign_of(SYSTEM) == "system"


def test_borrowed_authority_is_told_with_whose_it_is():
    ola = replace(officer(), user_id=7)
    kari = replace(officer(), user_id=8).for_another(ola)
    lent = replace(writer(17), user_id=9, acting_for=kari.acting_for)

    assert (audit.sign_of(kari), audit.acting_for(kari)) == ("user:8", "user:7")
    assert audit.acting_for(lent) == "user:7, municipality:17"


def test_many_at_once_have_each_their_own_entry_of_what_it_was_and_is(session: Session):
    here = a_municipality(session, decided=40)
    cases = [a_case(session) for _ in range(3)]
    for case in cases:
        asked(session, case, here)
    run = withdrawal_runs.preview(
        session,
        before=NOW.date() + timedelta(days=1),
        reason="Stopp",
        legal_ground="conditions_failed",
        actor=officer(),
        at=NOW + timedelta(days=2),
    )
    withdrawal_runs.confirm(
        session,
        run.id,
        run.token,
        actor=officer(),
        at=NOW + timedelta(days=2),
        undo_window=timedelta(minutes=30),
    )

    for case in cases:
        entry = chain(session, Kind.CASE, case)[-1]
        assert entry.action == "withdraw"
        assert (entry.before["state"], entry.after["state"]) == ("distributed", "withdrawn")
        assert (entry.before["municipality_id"], entry.after["municipality_id"]) == (here, None)
        assert entry.after["former_municipality_id"] == here
        assert entry.after["run_id"] == str(run.id)
        assert entry.after["version"] == 3
        assert entry.reason_digest is None


def test_no_name_and_no_words_of_anybodys_are_in_the_chain(session: Session):
    case, here = a_case(session), a_municipality(session, decided=20)
    person = registration.NewPerson(birth_year=2001, sex="female", nationality="SY", name="Amal H")
    asked(session, case, here)
    registration.join(session, case, person, reason="family", actor=udi(), at=NOW)
    commands.decline(
        session,
        case,
        reason_code=DeclineReason.OTHER,
        text="Familien Haddad er syk",
        actor=writer(here),
        at=NOW,
    )

    entries = chain(session, Kind.CASE, case)

    said = " ".join(str((entry.before, entry.after)) for entry in entries)
    assert "Amal" not in said
    assert "Haddad" not in said
    kept = session.get(AuditReason, entries[-1].position)
    assert kept.reason == "other: Familien Haddad er syk"
    assert entries[-1].reason_digest == hashlib.sha256(kept.salt + kept.reason.encode()).digest()


def test_a_reason_may_be_erased_and_the_chain_says_so(session: Session):
    case = a_case(session)
    subject = audit.subject(Kind.CASE, case)
    audit.record(session, Change(subject), "told", actor=officer(), at=NOW, reason="Fru Haddad")

    erased = audit.erase_reasons(session, [subject], actor=officer(), at=NOW)

    told, account = chain(session, Kind.CASE, case)[-2:]
    assert erased == 1
    assert session.get(AuditReason, told.position, populate_existing=True) is None
    assert told.reason_digest is not None
    assert account.action == audit.ERASED


def test_a_transaction_that_fails_leaves_no_entry(session: Session):
    case = a_case(session)
    before = len(chain(session, Kind.CASE, case))
    inner = session.begin_nested()
    audit.record(session, Change(f"case:{case}"), "told", actor=officer(), at=NOW)
    inner.rollback()

    assert len(chain(session, Kind.CASE, case)) == before


FORBIDDEN = {
    "change an entry": "UPDATE audit_entries SET actor = 'nobody'",
    "delete an entry": "DELETE FROM audit_entries",
    "empty the audit": "TRUNCATE audit_entries",
    "write an entry past the chain": (
        "INSERT INTO audit_entries SELECT position + 1000000, subject, seq + 1000000, at,"
        " recorded_at, actor, role, acting_for, action, refusal, request_id, reason_digest,"
        " before, after, previous_hash, hash FROM audit_entries LIMIT 1"
    ),
    "move a head": "UPDATE audit_heads SET seq = 0",
    "delete a head": "DELETE FROM audit_heads",
    "change a reason": "UPDATE audit_reasons SET reason = ''",
    "delete a reason": "DELETE FROM audit_reasons",
    "change a leaf": "UPDATE audit_leaves SET hash = ''",
    "delete a leaf": "DELETE FROM audit_leaves",
    "change an anchor": "UPDATE audit_anchors SET root = ''",
    "delete an anchor": "DELETE FROM audit_anchors",
    "empty the anchors": "TRUNCATE audit_anchors, audit_leaves",
    "switch the triggers off": "ALTER TABLE audit_entries DISABLE TRIGGER ALL",
    "switch all triggers off": "SET session_replication_role = replica",
    "drop the audit": "DROP TABLE audit_entries",
    "link otherwise": "DROP FUNCTION audit_append",
    "turn the positions back": "SELECT setval('audit_position_seq', 1)",
    "own the audit": "ALTER TABLE audit_entries OWNER TO CURRENT_USER",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_the_application_cannot(session: Session, what: str):
    audit.record(session, Change("case:x"), "told", actor=officer(), at=NOW, reason="r")

    refused = sqlstate(session, FORBIDDEN[what])

    assert refused == "42501"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET actor = 'nobody'",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
        "DELETE FROM audit_heads",
        "UPDATE audit_anchors SET root = ''",
        "DELETE FROM audit_leaves",
        "UPDATE audit_reasons SET reason = ''",
    ],
)
def test_the_owner_of_the_tables_meets_a_trigger(committed, statement: str):
    engine = create_engine(committed.owner_url, poolclass=NullPool)

    with engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text(statement))


def sqlstate(session: Session, statement: str) -> Any:
    attempt = session.begin_nested()
    with pytest.raises(DBAPIError) as refused:
        session.execute(text(statement))
    attempt.rollback()
    return refused.value.orig.sqlstate
