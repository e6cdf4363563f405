"""Pauses in settlement that municipalities have asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

SYSTEM, DIRECTORATE = "bosetting_system", "bosetting_directorate"
MUNICIPALITY, AUDITOR = "bosetting_municipality", "bosetting_auditor"
OWN = "municipality_id = nullif(current_setting('bosetting.municipality', true), '')::integer"
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "pauses",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("ended_at", AT, nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_pauses_period")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_pauses_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pauses")),
    )
    op.create_index("ix_pauses_municipality_id", "pauses", ["municipality_id", "from_on"])
    op.execute("ALTER TABLE pauses ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY owner ON pauses TO CURRENT_ROLE USING (true)")
    op.execute(
        f"CREATE POLICY all_of_it ON pauses FOR ALL TO {DIRECTORATE}, {SYSTEM}"
        " USING (true) WITH CHECK (true)"
    )
    op.execute(f"CREATE POLICY reads_all ON pauses FOR SELECT TO {AUDITOR} USING (true)")
    op.execute(
        f"CREATE POLICY of_the_municipality ON pauses FOR ALL TO {MUNICIPALITY} USING ({OWN})"
    )
    roles = f"{DIRECTORATE}, {SYSTEM}, {MUNICIPALITY}"
    op.execute(f"GRANT SELECT ON pauses TO {roles}, {AUDITOR}")
    op.execute(f"GRANT INSERT, UPDATE ON pauses TO {roles}")


def downgrade() -> None:
    op.drop_table("pauses")
