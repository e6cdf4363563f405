"""How a municipality receives: who meets, what of the checklist is done, calendars by address."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

DUTIES = (
    *("home_ready", "quarantine_home", "food", "transport", "interpreter", "health_told"),
    *("protection", "rules_told", "daily_contact", "test"),
    *("police", "tuberculosis", "health", "programme", "extra_grant"),
)
SYSTEM, DIRECTORATE, MUNICIPALITY, TRAVEL = (
    "bosetting_system",
    "bosetting_directorate",
    "bosetting_municipality",
    "bosetting_travel",
)
CENTRE, AUDITOR, SIGNED_IN, DOORKEEPER = (
    "bosetting_centre",
    "bosetting_auditor",
    "bosetting_signed_in",
    "bosetting_doorkeeper",
)
OWN = "municipality_id = nullif(current_setting('bosetting.municipality', true), '')::integer"
OF_ITS_BOOKINGS = "EXISTS (SELECT FROM bookings b WHERE b.id = booking_id)"
OF_ITS_CASES = "EXISTS (SELECT FROM cases c WHERE c.id = case_id)"
TABLES = {"meetings": OF_ITS_BOOKINGS, "done_duties": OF_ITS_CASES}


def upgrade() -> None:
    op.create_table(
        "meetings",
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("booking_version", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_meetings_booking_id")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_meetings_municipality_id")
        ),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_meetings")),
    )
    op.create_table(
        "done_duties",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("duty", sa.String(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.CheckConstraint(
            f"duty IN ({', '.join(repr(duty) for duty in DUTIES)})",
            name=op.f("ck_done_duties_duty_known"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_done_duties_case_id")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_done_duties_municipality_id")
        ),
        sa.PrimaryKeyConstraint("case_id", "municipality_id", "duty", name=op.f("pk_done_duties")),
    )
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipalities.id"],
            name=op.f("fk_calendar_feeds_municipality_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_calendar_feeds_secret_hash")),
    )
    for table in (*TABLES, "calendar_feeds"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY owner ON {table} TO CURRENT_ROLE USING (true)")
        op.execute(
            f"CREATE POLICY all_of_it ON {table} FOR ALL TO {SYSTEM}, {DIRECTORATE} USING (true)"
        )
        op.execute(
            f"CREATE POLICY of_the_municipality ON {table} FOR ALL TO {MUNICIPALITY} USING ({OWN})"
        )
        op.execute(f"GRANT SELECT ON {table} TO {SIGNED_IN}, {SYSTEM}")
        op.execute(f"GRANT INSERT, UPDATE ON {table} TO {MUNICIPALITY}, {SYSTEM}")
        # A merger hands them on to the successor; an erasure empties them.
        op.execute(f"GRANT UPDATE ON {table} TO {DIRECTORATE}")
    for table, whose in TABLES.items():
        op.execute(f"CREATE POLICY reads_all ON {table} FOR SELECT TO {AUDITOR} USING (true)")
        op.execute(
            f"CREATE POLICY of_its_cases ON {table} FOR SELECT TO {TRAVEL}, {CENTRE}"
            f" USING ({whose})"
        )
    op.execute(f"GRANT DELETE ON done_duties TO {MUNICIPALITY}, {SYSTEM}")
    op.execute(f"GRANT SELECT ON calendar_feeds TO {DOORKEEPER}")
    op.execute(
        f"CREATE POLICY finds_out_whose ON calendar_feeds FOR SELECT TO {DOORKEEPER} USING (true)"
    )


def downgrade() -> None:
    for table in ("calendar_feeds", *reversed(TABLES)):
        op.drop_table(table)
