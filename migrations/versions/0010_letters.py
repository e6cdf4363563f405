"""Letters: a series without gaps, sealed documents nobody changes, and who may read which."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KINDS = (
    "original_request",
    "adjusted_request",
    "settlement_decision",
    "reversal_decision",
    "withdrawal_notice",
    "arrival_notice",
)
DELIVERIES = (
    "received",
    "accepted",
    "rejected",
    "notified",
    "read",
    "sent_to_print",
    "printed",
    "handled_manually",
    "sent_digitally",
    "sent_to_mailbox",
    "delivered_to_mailbox",
    "ready_for_pickup",
    "not_delivered",
    "in_folder",
    "by_hand",
)
WORDS = {
    "kind": KINDS,
    "recipient": ("municipality", "refugee"),
    "language": ("nb", "nn", "en"),
    "reading_language": ("nb", "nn", "en"),
    "state": ("waiting", "recalled", "numbered", "ready", "sent", "stuck"),
    "channel": ("svarut", "folder", "by_hand"),
    "delivery": DELIVERIES,
}
TABLES = ("letters", "letter_documents", "letter_steps", "letter_series", "letter_progress")
#: What a letter is, once it has a number.
STANDS = """
CREATE FUNCTION letter_stands() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF OLD.number IS NOT NULL AND (
        (NEW.id, NEW.source, NEW.kind, NEW.recipient, NEW.municipality_id, NEW.facts, NEW.language,
         NEW.by_hand, NEW.made_at, NEW.year, NEW.number)
        IS DISTINCT FROM
        (OLD.id, OLD.source, OLD.kind, OLD.recipient, OLD.municipality_id, OLD.facts, OLD.language,
         OLD.by_hand, OLD.made_at, OLD.year, OLD.number)
        OR NEW.case_id IS DISTINCT FROM OLD.case_id
        OR NEW.reading_language IS DISTINCT FROM OLD.reading_language
        OR (OLD.sha256 IS NOT NULL AND NEW.sha256 IS DISTINCT FROM OLD.sha256)
    ) THEN
        RAISE EXCEPTION 'letter %/% stands', OLD.year, OLD.number USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
#: The document goes with the people it names, once a person has approved their erasure.
ERASES = """
CREATE FUNCTION erase_letters(in_case uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.erasures WHERE case_id = in_case AND state = 'approved'
    ) THEN
        RAISE EXCEPTION 'nobody has approved it' USING ERRCODE = 'restrict_violation';
    END IF;
    PERFORM set_config('bosetting.erasing', 'letter_documents', true);
    UPDATE public.letter_documents SET pdf = NULL
        WHERE letter_id IN (SELECT id FROM public.letters WHERE case_id = in_case);
    PERFORM set_config('bosetting.erasing', '', true);
END $$
"""
SYSTEM, DIRECTORATE, MUNICIPALITY, AUDITOR, SIGNED_IN = (
    "bosetting_system",
    "bosetting_directorate",
    "bosetting_municipality",
    "bosetting_auditor",
    "bosetting_signed_in",
)
OWN = "= nullif(current_setting('bosetting.municipality', true), '')::integer"
USER = "nullif(current_setting('bosetting.user', true), '')::integer"
#: Its own, once sealed; of a protected address for the persons named.
OF_THE_MUNICIPALITY = (
    f"holder_id {OWN} AND sha256 IS NOT NULL AND (case_id IS NULL"
    " OR case_id NOT IN (SELECT p.id FROM protected_cases p)"
    " OR EXISTS (SELECT FROM protected_access a WHERE a.case_id = letters.case_id"
    f" AND a.user_id = {USER} AND a.ended_at IS NULL))"
)
OF_A_LETTER = "EXISTS (SELECT FROM letters l WHERE l.id = letter_id)"


def upgrade() -> None:
    op.create_table(
        "letters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("outbox_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("reading_language", sa.String(), nullable=True),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leaves_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.LargeBinary(), nullable=True),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault", sa.String(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivery", sa.String(), nullable=True),
        sa.Column("delivery_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.CheckConstraint(
                f"{column} IN ({', '.join(repr(word) for word in words)})",
                name=op.f(f"ck_letters_{column}_known"),
            )
            for column, words in WORDS.items()
        ),
        sa.CheckConstraint(
            "(number IS NULL) = (year IS NULL)", name=op.f("ck_letters_number_of_a_year")
        ),
        sa.CheckConstraint(
            "(state IN ('waiting', 'recalled')) = (number IS NULL)",
            name=op.f("ck_letters_numbered_to_leave"),
        ),
        sa.CheckConstraint(
            "(state IN ('ready', 'sent', 'stuck')) = (sha256 IS NOT NULL)",
            name=op.f("ck_letters_sealed_to_send"),
        ),
        sa.CheckConstraint(
            "(recipient = 'municipality') = (holder_id IS NOT NULL)",
            name=op.f("ck_letters_held_by_who_got_it"),
        ),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_letters_outbox_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_letters_case_id")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_letters_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["municipalities.id"], name=op.f("fk_letters_holder_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
        sa.UniqueConstraint("source", "recipient", name=op.f("uq_letters_source_recipient")),
        sa.UniqueConstraint("year", "number", name=op.f("uq_letters_year_number")),
    )
    op.create_index("ix_letters_case_id", "letters", ["case_id"])
    op.create_index("ix_letters_holder_id", "letters", ["holder_id", "made_at", "id"])
    op.create_index("ix_letters_made_at", "letters", ["made_at", "id"])
    op.create_index(
        "ix_letters_waiting",
        "letters",
        ["leaves_at"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_letters_numbered",
        "letters",
        ["number"],
        postgresql_where=sa.text("state = 'numbered'"),
    )
    op.create_index(
        "ix_letters_to_send",
        "letters",
        ["next_try_at"],
        postgresql_where=sa.text("state IN ('ready', 'sent') AND next_try_at IS NOT NULL"),
    )
    op.create_table(
        "letter_documents",
        sa.Column("letter_id", sa.Uuid(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letters.id"], name=op.f("fk_letter_documents_letter_id")
        ),
        sa.PrimaryKeyConstraint("letter_id", name=op.f("pk_letter_documents")),
    )
    op.create_table(
        "letter_steps",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("letter_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letters.id"], name=op.f("fk_letter_steps_letter_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_steps")),
    )
    op.create_index("ix_letter_steps_letter_id_id", "letter_steps", ["letter_id", "id"])
    op.create_table(
        "letter_series",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_letter_series")),
    )
    op.create_table(
        "letter_progress",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("seen_before", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_letter_progress_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_progress")),
    )
    # What happened before there were letters has none.
    op.execute(
        "INSERT INTO letter_progress SELECT 1, coalesce(max(id), 0), coalesce(max(id), 0), 0"
        " FROM outbox"
    )
    for table in ("letter_documents", "letter_steps"):
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(STANDS)
    op.execute(
        "CREATE TRIGGER letters_stand BEFORE UPDATE ON letters"
        " FOR EACH ROW EXECUTE FUNCTION letter_stands()"
    )
    op.execute(
        "CREATE TRIGGER letters_stay BEFORE DELETE OR TRUNCATE ON letters"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(ERASES)
    op.execute("REVOKE ALL ON FUNCTION erase_letters(uuid) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION erase_letters(uuid) TO {SYSTEM}, {DIRECTORATE}")
    op.execute(f"GRANT SELECT ON {', '.join(TABLES[:3])} TO {SIGNED_IN}, {SYSTEM}")
    op.execute(f"GRANT INSERT, UPDATE ON letters TO {DIRECTORATE}, {SYSTEM}")
    op.execute(f"GRANT INSERT ON letter_steps TO {DIRECTORATE}, {SYSTEM}")
    op.execute(f"GRANT INSERT ON letter_documents TO {SYSTEM}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON letter_series, letter_progress TO {SYSTEM}")
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY owner ON {table} TO CURRENT_ROLE USING (true)")
        op.execute(f"CREATE POLICY all_of_it ON {table} FOR ALL TO {SYSTEM} USING (true)")
    for table in TABLES[:3]:
        op.execute(f"CREATE POLICY of_the_state ON {table} FOR ALL TO {DIRECTORATE} USING (true)")
        op.execute(f"CREATE POLICY reads_all ON {table} FOR SELECT TO {AUDITOR} USING (true)")
    op.execute(
        "CREATE POLICY of_the_municipality ON letters"
        f" FOR SELECT TO {MUNICIPALITY} USING ({OF_THE_MUNICIPALITY})"
    )
    for table in TABLES[1:3]:
        op.execute(
            f"CREATE POLICY of_its_letters ON {table} FOR SELECT TO {MUNICIPALITY}"
            f" USING ({OF_A_LETTER})"
        )
    # Who opens a letter sees who the people were, also when the case has gone elsewhere.
    op.execute(
        f"CREATE POLICY of_its_letters ON folder_openings FOR ALL TO {MUNICIPALITY} USING"
        f" (municipality_id {OWN} AND EXISTS"
        " (SELECT FROM letters l WHERE l.case_id = folder_openings.case_id))"
    )


def downgrade() -> None:
    op.execute("DROP POLICY of_its_letters ON folder_openings")
    op.execute("DROP FUNCTION erase_letters(uuid)")
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION letter_stands()")
