"""How cases are found: the indexes of their table, and what is written as they say it."""

from typing import Final

from sqlalchemy import Index, text

#: When a placed case runs out: its permit, its papers of travel, or the Sunday of its settlement
#: week, what comes first.
#: Written so that an index can hold it, which PostgreSQL does not let `to_date`.
RUNS_OUT_ON: Final = (
    "LEAST(cases.permit_expires_on, cases.papers_expire_on,"
    " make_date(substr(cases.settlement_week, 1, 4)::integer, 1, 4)"
    " - extract(isodow FROM make_date(substr(cases.settlement_week, 1, 4)::integer, 1, 4))::integer"
    " + 7 * substr(cases.settlement_week, 7, 2)::integer)"
)

INDEXES_OF_CASES: Final = (
    # What a list is counted by is beside its order, so that counting reads no cases.
    Index(
        "ix_cases_state_case_number",
        "state",
        "case_number",
        postgresql_include=["persons_count", "entry_status", "address_protection"],
    ),
    Index(
        "ix_cases_municipality_id_case_number",
        "municipality_id",
        "case_number",
        postgresql_include=["state", "persons_count", "address_protection"],
    ),
    Index(
        "ix_cases_case_group_state",
        "case_group",
        "state",
        "case_number",
        postgresql_include=["entry_status", "address_protection"],
    ),
    Index(
        "ix_cases_cannot_enter",
        "case_group",
        "state",
        postgresql_include=["entry_status", "persons_count", "address_protection"],
        postgresql_where=text("entry_status IN ('unknown', 'not_possible')"),
    ),
    Index(
        "ix_cases_runs_out",
        text(f"({RUNS_OUT_ON})"),
        "case_number",
        postgresql_where=text(
            "case_group = 'resettlement' AND state IN ('placed', 'travel_booked')"
        ),
    ),
    Index("ix_cases_account_id", "account_id"),
    Index(
        "ix_cases_answer_due",
        "answer_due",
        "case_number",
        postgresql_include=["state", "address_protection"],
        postgresql_where=text("state IN ('distributed', 'redistributed')"),
    ),
    Index(
        "ix_cases_former",
        "former_municipality_id",
        postgresql_where=text("former_municipality_id IS NOT NULL"),
    ),
    Index(
        "ix_cases_protected",
        "case_number",
        postgresql_where=text("address_protection <> 'none'"),
    ),
    Index(
        "ix_cases_reception_centre",
        "reception_centre",
        postgresql_where=text("reception_centre IS NOT NULL"),
    ),
)
