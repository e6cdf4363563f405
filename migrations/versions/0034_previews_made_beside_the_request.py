"""Previews of redistributions that take long are made beside the request, by a worker."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

SYSTEM, DIRECTORATE, AUDITOR = "bosetting_system", "bosetting_directorate", "bosetting_auditor"
SIGNED_IN = "bosetting_signed_in"
WRITES, READS = f"{SYSTEM}, {DIRECTORATE}", f"{SYSTEM}, {DIRECTORATE}, {AUDITOR}"


def upgrade() -> None:
    op.create_table(
        "run_preparations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(), nullable=True),
        sa.Column("per_mille", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("detail", sa.String(), nullable=True),
        sa.Column("asked_by", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'working', 'done', 'stopped', 'failed')",
            name=op.f("ck_run_preparations_state_known"),
        ),
        sa.CheckConstraint(
            "per_mille BETWEEN 0 AND 1000", name=op.f("ck_run_preparations_per_mille_is_a_share")
        ),
        sa.CheckConstraint(
            "(state = 'done') = (run_id IS NOT NULL)",
            name=op.f("ck_run_preparations_done_with_a_run"),
        ),
        sa.CheckConstraint(
            "(state = 'failed') = (code IS NOT NULL)",
            name=op.f("ck_run_preparations_failed_says_why"),
        ),
        sa.CheckConstraint(
            "(state = 'working') = (leased_until IS NOT NULL)",
            name=op.f("ck_run_preparations_leased_at_work"),
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_preparations_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_preparations")),
    )
    op.create_index(
        "ix_run_preparations_open",
        "run_preparations",
        ["at"],
        unique=False,
        postgresql_where=sa.text("state IN ('waiting', 'working')"),
    )
    op.execute("ALTER TABLE run_preparations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY owner ON run_preparations TO CURRENT_ROLE USING (true)")
    op.execute(f"CREATE POLICY reads_all ON run_preparations FOR SELECT TO {READS} USING (true)")
    op.execute(f"CREATE POLICY asks ON run_preparations FOR INSERT TO {WRITES} WITH CHECK (true)")
    op.execute(
        f"CREATE POLICY goes_on ON run_preparations FOR UPDATE TO {WRITES}"
        " USING (true) WITH CHECK (true)"
    )
    op.execute(f"GRANT SELECT ON run_preparations TO {SIGNED_IN}, {SYSTEM}")
    op.execute(f"GRANT INSERT, UPDATE ON run_preparations TO {WRITES}")


def downgrade() -> None:
    op.drop_table("run_preparations")
