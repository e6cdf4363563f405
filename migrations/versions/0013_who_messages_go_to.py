"""Whom messages go to by which channel, how each fares, and what time alone has raised."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TOPICS = (
    *("requests", "reminders", "withdrawals", "travel"),
    *("cases", "homes", "validity", "register"),
)
STATES = ("pending", "sending", "sent", "failed", "dead", "obsolete")
LANGUAGES = ("nb", "nn", "en")
CHANNELS = ("email", "sms")
OPEN = sa.text("state IN ('pending', 'sending', 'failed')")
SYSTEM, DIRECTORATE, MUNICIPALITY, TRAVEL = (
    "bosetting_system",
    "bosetting_directorate",
    "bosetting_municipality",
    "bosetting_travel",
)
AUDITOR, ADMINISTRATOR, SIGNED_IN = (
    "bosetting_auditor",
    "bosetting_administrator",
    "bosetting_signed_in",
)
OWN = "municipality_id = nullif(current_setting('bosetting.municipality', true), '')::integer"
OWN_USER = "user_id = nullif(current_setting('bosetting.user', true), '')::integer"


def one_of(table: str, column: str, words: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(repr(word) for word in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{table}_{column}_known"))


def upgrade() -> None:
    op.create_table(
        "recipients",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("topic", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("timing", sa.String(), nullable=True),
        sa.Column("gathered_until", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        one_of("recipients", "topic", TOPICS),
        one_of("recipients", "channel", CHANNELS),
        one_of("recipients", "language", LANGUAGES),
        one_of("recipients", "timing", ("at_once", "daily")),
        sa.CheckConstraint(
            "(municipality_id IS NULL) <> (user_id IS NULL)",
            name=op.f("ck_recipients_of_a_municipality_or_a_user"),
        ),
        sa.CheckConstraint(
            "topic IS NOT NULL OR (municipality_id IS NOT NULL AND channel = 'email')",
            name=op.f("ck_recipients_post_office_of_a_municipality"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL)",
            name=op.f("ck_recipients_ended_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_recipients_municipality_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_recipients_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipients")),
    )
    op.create_index(
        "uq_recipients_address",
        "recipients",
        ["municipality_id", "user_id", "topic", "channel", sa.text("lower(address)")],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(
        "uq_recipients_post_office",
        "recipients",
        ["municipality_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL AND topic IS NULL"),
    )
    op.create_table(
        "dispatches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("outbox_id", sa.BigInteger(), nullable=True),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=True),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("condition", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fault", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        one_of("dispatches", "way", ("email", "sms", "event")),
        one_of("dispatches", "language", LANGUAGES),
        one_of("dispatches", "condition", ("unanswered",)),
        one_of("dispatches", "state", STATES),
        sa.CheckConstraint(
            "(way = 'event') = (address IS NULL)", name=op.f("ck_dispatches_to_an_address")
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_dispatches_attempts_not_negative")),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_dispatches_outbox_id")),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipients.id"], name=op.f("fk_dispatches_recipient_id")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_dispatches_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatches")),
        sa.UniqueConstraint("source", name=op.f("uq_dispatches_source")),
    )
    op.create_index("ix_dispatches_open", "dispatches", ["way", "id"], postgresql_where=OPEN)
    op.create_index(
        "ix_dispatches_address", "dispatches", ["way", "address", "id"], postgresql_where=OPEN
    )
    op.create_index("ix_dispatches_state", "dispatches", ["state", "id"])
    op.create_table(
        "alarms",
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event", "subject", name=op.f("pk_alarms")),
    )
    op.create_index(
        "ix_outbox_waiting_of_case",
        "outbox",
        ["case_id", "id"],
        postgresql_where=sa.text("taken_at IS NULL AND recalled_at IS NULL"),
    )
    for table in ("recipients", "dispatches", "alarms"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY owner ON {table} TO CURRENT_ROLE USING (true)")
        op.execute(f"CREATE POLICY all_of_it ON {table} FOR ALL TO {SYSTEM} USING (true)")
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO {SYSTEM}")
    op.execute(f"GRANT SELECT ON recipients, dispatches TO {SIGNED_IN}")
    op.execute(f"GRANT INSERT, UPDATE ON recipients TO {DIRECTORATE}, {MUNICIPALITY}, {TRAVEL}")
    op.execute(f"CREATE POLICY reads_all ON recipients FOR SELECT TO {AUDITOR} USING (true)")
    op.execute(f"CREATE POLICY of_the_state ON recipients FOR ALL TO {DIRECTORATE} USING (true)")
    op.execute(
        f"CREATE POLICY of_the_municipality ON recipients FOR ALL TO {MUNICIPALITY} USING ({OWN})"
    )
    op.execute(f"CREATE POLICY own_choice ON recipients FOR ALL TO {TRAVEL} USING ({OWN_USER})")
    # A dead letter is sent again by who runs the system; a merger hands on what waits.
    op.execute(f"GRANT UPDATE ON dispatches TO {DIRECTORATE}, {ADMINISTRATOR}")
    op.execute(
        f"CREATE POLICY looked_after ON dispatches FOR ALL TO {DIRECTORATE}, {ADMINISTRATOR}"
        " USING (true)"
    )
    op.execute(f"CREATE POLICY reads_all ON dispatches FOR SELECT TO {AUDITOR} USING (true)")
    op.execute(
        f"CREATE POLICY of_the_municipality ON dispatches FOR SELECT TO {MUNICIPALITY}"
        f" USING ({OWN})"
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_waiting_of_case", "outbox")
    for table in ("alarms", "dispatches", "recipients"):
        op.drop_table(table)
