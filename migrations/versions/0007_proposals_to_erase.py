"""Proposals to erase a case's people, and the one way into what is written once."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

REFUSES = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
#: Erasure goes through erase_written, as the owner; the application's login may update none of them.
REFUSES_BUT_ERASURE = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('bosetting.erasing', true) = TG_TABLE_NAME THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
#: The texts of one case go; only where a person has approved it, and nothing but the texts.
ERASES = """
CREATE FUNCTION erase_written(in_case uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.erasures WHERE case_id = in_case AND state = 'approved'
    ) THEN
        RAISE EXCEPTION 'nobody has approved it' USING ERRCODE = 'restrict_violation';
    END IF;
    PERFORM set_config('bosetting.erasing', 'case_steps', true);
    UPDATE public.case_steps SET reason = NULL, facts = facts - 'text'
        WHERE case_id = in_case;
    PERFORM set_config('bosetting.erasing', 'entry_records', true);
    UPDATE public.entry_records SET source = 'erased'
        WHERE person_id IN (SELECT id FROM public.persons WHERE case_id = in_case);
    PERFORM set_config('bosetting.erasing', 'booking_versions', true);
    UPDATE public.booking_versions SET airport_reason = NULL, flight = NULL, reason = NULL
        WHERE booking_id IN (SELECT id FROM public.bookings WHERE case_id = in_case);
    PERFORM set_config('bosetting.erasing', 'place_entries', true);
    UPDATE public.place_entries SET reason = NULL WHERE case_id = in_case;
    PERFORM set_config('bosetting.erasing', 'vacancy_fates', true);
    UPDATE public.vacancy_fates SET why = NULL WHERE case_id = in_case;
    PERFORM set_config('bosetting.erasing', '', true);
END $$
"""


def upgrade() -> None:
    op.add_column("cases", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "erasures",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("case_version", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "rule IN ('settled', 'lapsed', 'idle')", name=op.f("ck_erasures_rule_known")
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'kept', 'erased')",
            name=op.f("ck_erasures_state_known"),
        ),
        sa.CheckConstraint(
            "(state = 'proposed') = (settled_at IS NULL)",
            name=op.f("ck_erasures_settled_once_answered"),
        ),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (settled_by IS NULL)",
            name=op.f("ck_erasures_settled_by_somebody"),
        ),
        sa.CheckConstraint(
            "(state = 'erased') = (erased_at IS NOT NULL)",
            name=op.f("ck_erasures_erased_at_a_moment"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_erasures_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index(
        "uq_erasures_open",
        "erasures",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('proposed', 'approved')"),
    )
    op.create_index("ix_erasures_state", "erasures", ["state", "id"])
    op.execute(REFUSES_BUT_ERASURE)
    op.execute(ERASES)
    op.execute("REVOKE ALL ON FUNCTION erase_written(uuid) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION erase_written(uuid) TO bosetting_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON erasures TO bosetting_app")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO bosetting_app")


def downgrade() -> None:
    op.execute("DROP FUNCTION erase_written(uuid)")
    op.execute(REFUSES)
    op.drop_table("erasures")
    op.drop_column("cases", "erased_at")
