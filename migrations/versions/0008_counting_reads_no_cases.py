"""Lists are counted, and travel is queued, from indexes alone.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

#: Each with its columns, and what stands beside them from now on.
_COUNTED = {
    "ix_cases_state_case_number": (
        ["state", "case_number"],
        ["persons_count", "entry_status", "address_protection"],
    ),
    "ix_cases_municipality_id_case_number": (
        ["municipality_id", "case_number"],
        ["state", "persons_count", "address_protection"],
    ),
    "ix_cases_case_group_state": (
        ["case_group", "state", "case_number"],
        ["entry_status", "address_protection"],
    ),
    "ix_cases_answer_due": (["answer_due", "case_number"], ["state", "address_protection"]),
}
_WHERE = {"ix_cases_answer_due": sa.text("state IN ('distributed', 'redistributed')")}


def upgrade() -> None:
    for name, (columns, beside) in _COUNTED.items():
        op.drop_index(name, table_name="cases")
        op.create_index(
            name,
            "cases",
            columns,
            postgresql_include=beside,
            postgresql_where=_WHERE.get(name),
        )
    op.create_index(
        "ix_cases_cannot_enter",
        "cases",
        ["case_group", "state"],
        postgresql_include=["entry_status", "persons_count", "address_protection"],
        postgresql_where=sa.text("entry_status IN ('unknown', 'not_possible')"),
    )
    op.execute(
        "CREATE INDEX ix_cases_runs_out ON cases ((LEAST(permit_expires_on,"
        " make_date(substr(settlement_week, 1, 4)::integer, 1, 4)"
        " - extract(isodow FROM make_date(substr(settlement_week, 1, 4)::integer, 1, 4))::integer"
        " + 7 * substr(settlement_week, 7, 2)::integer)), case_number)"
        " WHERE case_group = 'resettlement' AND state IN ('placed', 'travel_booked')"
    )


def downgrade() -> None:
    op.drop_index("ix_cases_runs_out", table_name="cases")
    op.drop_index("ix_cases_cannot_enter", table_name="cases")
    for name, (columns, _) in _COUNTED.items():
        op.drop_index(name, table_name="cases")
        op.create_index(name, "cases", columns, postgresql_where=_WHERE.get(name))
