"""One marked row in every table that says something of a person, to look for afterwards."""

import json
from uuid import UUID, uuid4

from sqlalchemy import text

from tests.factories import NOW, officer
from workflow.cases.models import Case
from workflow.kernel import audit
from workflow.kernel.db import Base

MARKER = "Xanthippe"
DUF = "201912345606"


def mark_what_may_change(session, case_id: UUID) -> None:
    case = {
        "case": case_id,
        "object": json.dumps({"text": MARKER}),
        "duf": DUF,
        "people": json.dumps([{"occupation": MARKER}]),
    }
    for statement in (
        (
            "UPDATE persons SET name = :marker, duf_number = :duf, nationality = :marker,"
            " relation = :marker, languages = ARRAY[:marker], occupation = :marker,"
            " education = :marker, left_reason = :marker WHERE case_id = :case"
        ),
        "UPDATE cases SET departure_country = :marker, needs = '{school}' WHERE id = :case",
        (
            "UPDATE distributions SET override_reason = :marker, answer_text = :marker,"
            " outcome = :marker, shown = jsonb_set(shown, '{persons}', CAST(:people AS jsonb))"
            " WHERE case_id = :case"
        ),
        "UPDATE decisions SET reason = :marker WHERE case_id = :case",
        (
            "UPDATE bookings SET airport_reason = :marker, flight = :marker,"
            " window_reason = :marker, route = jsonb_build_array(:marker) WHERE case_id = :case"
        ),
        "UPDATE outbox SET facts = :object WHERE case_id = :case",
    ):
        session.execute(_marked(statement), case)


def mark_what_is_written_once(session, case_id: UUID) -> None:
    """Rows beside those the commands have written, as the application may write them."""
    marked = {
        "approvals": {
            "id": uuid4(),
            "action": "reversal",
            "state": "rejected",
            "subject": "case",
            "count": 1,
            "parameters": {"reason": MARKER},
            "stands_on": {},
            "case_id": case_id,
            "prepared_at": NOW,
            "prepared_by": "Kari",
            "prepared_role": "case_officer",
            "prepared_persons": ["user:1"],
            "settled_at": NOW,
            "settled_by": "Liv",
            "settled_persons": ["user:2"],
            "reason": MARKER,
        },
        "protected_access": {
            "case_id": case_id,
            "user_id": 1,
            "given_at": NOW,
            "given_by": "Liv",
            "reason": MARKER,
            "ended_at": NOW,
            "ended_by": "Liv",
            "end_reason": MARKER,
        },
        "transports": {
            "case_id": case_id,
            "municipality_id": session.get_one(Case, case_id).municipality_id,
            "arrives_at": NOW,
            "means": "train",
            "note": MARKER,
            "at": NOW,
            "actor": "Dale mottak",
            "agreed": False,
            "answer": MARKER,
            "answered_at": NOW,
            "answered_by": "Ola",
            "version": 1,
        },
        "case_steps": {
            "case_id": case_id,
            "version": 900,
            "at": NOW,
            "actor": "Ola",
            "actor_role": "municipality_writer",
            "trigger": "decline",
            "source": "distributed",
            "dest": "declined",
            "reason": MARKER,
            "facts": {"text": MARKER, "reason_code": "other"},
        },
        "idempotency_keys": {
            "holder": "Ola",
            "key": "1",
            "request_hash": b"1",
            "status": 200,
            "body": f'{{"case_id": "{case_id}", "name": "{MARKER}"}}'.encode(),
            "headers": "{}",
            "at": NOW,
        },
    }
    for name, row in marked.items():
        session.execute(Base.metadata.tables[name].insert(), row)
    copied = {
        (
            "INSERT INTO booking_versions (booking_id, version, change, arrival_airport,"
            " airport_reason, arrives_at, flight, window_reason, route, reason, at, actor)"
            " SELECT id, 9, 'rescheduled', arrival_airport, :marker, arrives_at, :marker, :marker,"
            " jsonb_build_array(:marker), :marker, at, 'Ulla' FROM bookings WHERE case_id = :case"
        ),
        (
            "INSERT INTO entry_records (person_id, status, source, at, actor)"
            " SELECT id, 'unknown', :marker, now(), 'UDI' FROM persons WHERE case_id = :case"
        ),
        (
            "INSERT INTO place_entries (account_id, at, kind, held_change, settled_change,"
            " ceiling_change, free_after, case_id, actor, reason)"
            " SELECT account_id, at, kind, 0, 0, 0, free_after, case_id, actor, :marker"
            " FROM place_entries WHERE case_id = :case LIMIT 1"
        ),
        (
            "INSERT INTO vacancy_fates (vacancy_id, at, what, case_id, why, actor)"
            " SELECT id, at, 'released', :case, :marker, 'Kari' FROM vacancies"
        ),
        (
            "WITH run AS (INSERT INTO runs (id, kind, state, token, parameters, counts, at, actor)"
            " VALUES (gen_random_uuid(), 'redistribution', 'preview', 'x', '{}', '{}', now(), 'x')"
            " RETURNING id) INSERT INTO run_items (run_id, case_id, position, outcome, persons,"
            " reversal, case_version, input, override) SELECT id, :case, 0, 'will_place', 2, false,"
            " 1, :object, :object FROM run"
        ),
        (
            "WITH import AS (INSERT INTO score_imports (unit, source, file_name, sha256, pairs,"
            " actor, at) VALUES ('person', 'x', 'x', 'x', 1, 'x', now()) RETURNING id)"
            " INSERT INTO outcome_scores (import_id, case_id, scores)"
            " SELECT id, :case, :object FROM import"
        ),
        (
            "INSERT INTO notifications (outbox_id, audience, message, case_id, facts, at)"
            " SELECT min(id), 'imdi', 'placed', :case, :object, now() FROM outbox"
            " WHERE case_id = :case"
        ),
        (
            "WITH letter AS (INSERT INTO letters (id, source, kind, recipient, municipality_id,"
            " holder_id, case_id, facts, language, by_hand, state, made_at, leaves_at, year,"
            " number, sha256, attempts) SELECT gen_random_uuid(), 'test', 'settlement_decision',"
            " 'municipality', municipality_id, municipality_id, id, '{}', 'nb', false, 'ready',"
            " now(), now(), 2020, 999, '\\x00', 0 FROM cases WHERE id = :case RETURNING id)"
            " INSERT INTO letter_documents (letter_id, pdf, size, sealed_at)"
            " SELECT id, convert_to(:marker, 'UTF8'), 1, now() FROM letter"
        ),
    }
    values = {"case": case_id, "object": json.dumps({"text": MARKER})}
    for statement in copied:
        session.execute(_marked(statement), values)
    for kind, of in ((audit.Kind.CASE, case_id), (audit.Kind.BOOKING, _booking(session, case_id))):
        change = audit.Change(audit.subject(kind, of))
        audit.record(session, change, "marked", actor=officer(), at=NOW, reason=MARKER)


def _marked(statement: str):
    # Written out: one parameter cannot be of all the columns' types.
    return text(statement.replace(":marker", f"'{MARKER}'"))


def _booking(session, case_id: UUID) -> UUID:
    return session.scalar(text("SELECT id FROM bookings WHERE case_id = :case"), {"case": case_id})
