"""How many households of a kind municipalities wish to settle, and IMDi's answer."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

SYSTEM, DIRECTORATE = "bosetting_system", "bosetting_directorate"
MUNICIPALITY, AUDITOR = "bosetting_municipality", "bosetting_auditor"
OWN = "municipality_id = nullif(current_setting('bosetting.municipality', true), '')::integer"
TABLE = "kind_limits"
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=True),
        sa.Column("answered_at", AT, nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("ended_at", AT, nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('single_adult', 'single_parent', 'large_family')",
            name=op.f("ck_kind_limits_kind_known"),
        ),
        sa.CheckConstraint("most BETWEEN 0 AND 1000", name=op.f("ck_kind_limits_most_plausible")),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_kind_limits_period")),
        sa.CheckConstraint(
            "(confirmed IS NULL) = (answered_at IS NULL)"
            " AND (confirmed IS NULL) = (answered_by IS NULL)",
            name=op.f("ck_kind_limits_answer_whole"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_kind_limits_end_whole")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipalities.id"],
            name=op.f("fk_kind_limits_municipality_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kind_limits")),
    )
    op.create_index("ix_kind_limits_municipality_id", TABLE, ["municipality_id", "from_on"])
    _whose()


def _whose() -> None:
    """A municipality writes its own wish and ends it; the answer is IMDi's alone."""
    op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY owner ON {TABLE} TO CURRENT_ROLE USING (true)")
    op.execute(
        f"CREATE POLICY all_of_it ON {TABLE} FOR ALL TO {DIRECTORATE}, {SYSTEM}"
        " USING (true) WITH CHECK (true)"
    )
    op.execute(f"CREATE POLICY reads_all ON {TABLE} FOR SELECT TO {AUDITOR} USING (true)")
    op.execute(
        f"CREATE POLICY of_the_municipality ON {TABLE} FOR SELECT TO {MUNICIPALITY} USING ({OWN})"
    )
    op.execute(
        f"CREATE POLICY states_its_own ON {TABLE} FOR INSERT TO {MUNICIPALITY}"
        f" WITH CHECK ({OWN} AND confirmed IS NULL)"
    )
    op.execute(
        f"CREATE POLICY ends_its_own ON {TABLE} FOR UPDATE TO {MUNICIPALITY}"
        f" USING ({OWN}) WITH CHECK ({OWN})"
    )
    op.execute(f"GRANT SELECT ON {TABLE} TO {DIRECTORATE}, {SYSTEM}, {MUNICIPALITY}, {AUDITOR}")
    op.execute(f"GRANT INSERT ON {TABLE} TO {DIRECTORATE}, {SYSTEM}, {MUNICIPALITY}")
    op.execute(f"GRANT UPDATE ON {TABLE} TO {DIRECTORATE}, {SYSTEM}")
    op.execute(f"GRANT UPDATE (ended_at, ended_by) ON {TABLE} TO {MUNICIPALITY}")


def downgrade() -> None:
    op.drop_table(TABLE)
