"""Transport from reception centres: the centre plans, the municipality answers."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MEANS = ("train", "bus", "ferry", "plane", "car", "municipality")
SYSTEM, DIRECTORATE, MUNICIPALITY, CENTRE = (
    "bosetting_system",
    "bosetting_directorate",
    "bosetting_municipality",
    "bosetting_centre",
)
AUDITOR, SIGNED_IN = "bosetting_auditor", "bosetting_signed_in"
OWN = "municipality_id = nullif(current_setting('bosetting.municipality', true), '')::integer"
OF_ITS_CASES = "EXISTS (SELECT FROM cases c WHERE c.id = case_id)"
POLICIES = (
    ("all_of_it", "ALL", f"{SYSTEM}, {DIRECTORATE}", "true"),
    ("reads_all", "SELECT", AUDITOR, "true"),
    ("of_its_cases", "ALL", CENTRE, OF_ITS_CASES),
    ("of_the_municipality", "ALL", MUNICIPALITY, OWN),
)


def upgrade() -> None:
    op.create_table(
        "transports",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("arrives_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("means", sa.String(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.String(length=500), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            f"means IN ({', '.join(repr(one) for one in MEANS)})",
            name=op.f("ck_transports_means_known"),
        ),
        sa.CheckConstraint(
            "(agreed IS NULL) = (answered_at IS NULL)",
            name=op.f("ck_transports_answered_with_a_word"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_transports_case_id")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_transports_municipality_id")
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_transports")),
    )
    op.execute("ALTER TABLE transports ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY owner ON transports TO CURRENT_ROLE USING (true)")
    for name, command, roles, whose in POLICIES:
        op.execute(f"CREATE POLICY {name} ON transports FOR {command} TO {roles} USING ({whose})")
    op.execute(f"GRANT SELECT ON transports TO {SIGNED_IN}, {SYSTEM}")
    op.execute(f"GRANT INSERT, UPDATE ON transports TO {CENTRE}, {SYSTEM}")
    op.execute(f"GRANT UPDATE ON transports TO {MUNICIPALITY}, {DIRECTORATE}")


def downgrade() -> None:
    op.drop_table("transports")
