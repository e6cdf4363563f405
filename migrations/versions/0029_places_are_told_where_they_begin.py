"""Sweden: who was told of new places stands with the places, and who has them sees their contract.

A framework's places begin as they are called off, each in its municipality. Places that are called
off and never come have a last night before their first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

MUNICIPALITY, COUNTY = "bosetting_municipality", "bosetting_county"
OWN = "municipality_id = nullif(current_setting('bosetting.municipality', true), '')::integer"
OWN_COUNTY = "county = nullif(current_setting('bosetting.county', true), '')"
#: By table: the constraint, what it said, what it says.
PERIODS = (
    ("call_offs", "ends_after_start", "ends_on >= starts_on", "ends_on >= starts_on - 1"),
    (
        *("accommodation_contracts", "ended_in_its_time", None),
        "ended_on BETWEEN starts_on - 1 AND ends_on",
    ),
)


def upgrade() -> None:
    op.add_column("call_offs", sa.Column("told_on", sa.Date(), nullable=True))
    op.add_column("call_offs", sa.Column("notice_reason", sa.String(), nullable=True))
    op.execute(
        "UPDATE call_offs SET told_on = coalesce(c.told_on, call_offs.at::date),"
        " notice_reason = c.notice_reason"
        " FROM accommodation_contracts c WHERE c.id = call_offs.contract_id"
    )
    op.alter_column("call_offs", "told_on", nullable=False)
    op.drop_column("accommodation_contracts", "told_on")
    op.drop_column("accommodation_contracts", "notice_reason")
    for table, name, before, after in PERIODS:
        if before is not None:
            op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, after)
    for role, whose in ((MUNICIPALITY, OWN), (COUNTY, OWN_COUNTY)):
        op.execute(
            f"CREATE POLICY called_off_here_{role.removeprefix('bosetting_')}"
            f" ON accommodation_contracts FOR SELECT TO {role} USING (EXISTS (SELECT FROM call_offs"
            f" WHERE call_offs.contract_id = accommodation_contracts.id AND call_offs.{whose}))"
        )


def downgrade() -> None:
    for role in (MUNICIPALITY, COUNTY):
        op.execute(
            f"DROP POLICY called_off_here_{role.removeprefix('bosetting_')}"
            " ON accommodation_contracts"
        )
    op.execute(
        "DELETE FROM occupancies WHERE call_off_id IN (SELECT id FROM call_offs WHERE ends_on < starts_on)"
    )
    op.execute(
        "UPDATE call_offs SET under_id = NULL WHERE under_id IN (SELECT id FROM call_offs WHERE ends_on < starts_on)"
    )
    op.execute("DELETE FROM call_offs WHERE ends_on < starts_on")
    for table, name, before, _ in PERIODS:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
        if before is not None:
            op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, before)
    op.add_column("accommodation_contracts", sa.Column("told_on", sa.Date(), nullable=True))
    op.add_column("accommodation_contracts", sa.Column("notice_reason", sa.String(), nullable=True))
    op.execute(
        "UPDATE accommodation_contracts c SET told_on = o.told_on, notice_reason = o.notice_reason"
        " FROM call_offs o WHERE o.contract_id = c.id AND NOT c.framework"
    )
    op.drop_column("call_offs", "told_on")
    op.drop_column("call_offs", "notice_reason")
