"""Sweden: plans of what is bought, kept with what they were made of."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

SYSTEM, DIRECTORATE, AUDITOR = "bosetting_system", "bosetting_directorate", "bosetting_auditor"
SIGNED_IN = "bosetting_signed_in"
WRITES, READS = f"{SYSTEM}, {DIRECTORATE}", f"{SYSTEM}, {DIRECTORATE}, {AUDITOR}"


def upgrade() -> None:
    op.create_table(
        "procurement_plans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("prices", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("inputs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("found", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("best", sa.Integer(), nullable=False),
        sa.Column("chosen", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.CheckConstraint(
            "method IN ('exact', 'supported')", name=op.f("ck_procurement_plans_method_known")
        ),
        sa.CheckConstraint("wanted > 0", name=op.f("ck_procurement_plans_of_some_places")),
        sa.CheckConstraint(
            "chosen >= 0 AND best >= 0", name=op.f("ck_procurement_plans_one_of_its_plans")
        ),
        sa.CheckConstraint(
            "chosen = best OR reason IS NOT NULL",
            name=op.f("ck_procurement_plans_another_one_why"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procurement_plans")),
    )
    op.execute("ALTER TABLE procurement_plans ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY owner ON procurement_plans TO CURRENT_ROLE USING (true)")
    op.execute(f"CREATE POLICY reads_all ON procurement_plans FOR SELECT TO {READS} USING (true)")
    op.execute(f"CREATE POLICY keeps ON procurement_plans FOR INSERT TO {WRITES} WITH CHECK (true)")
    op.execute(f"GRANT SELECT ON procurement_plans TO {SIGNED_IN}, {SYSTEM}")
    op.execute(f"GRANT INSERT ON procurement_plans TO {WRITES}")


def downgrade() -> None:
    op.drop_table("procurement_plans")
