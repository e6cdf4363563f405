"""Travel as UDI asks for it and as it goes: windows, routes, papers that run out."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

STATES = ("open", "answered", "taken_back")
SYSTEM, DIRECTORATE, MUNICIPALITY, TRAVEL = (
    "bosetting_system",
    "bosetting_directorate",
    "bosetting_municipality",
    "bosetting_travel",
)
AUDITOR, SIGNED_IN = "bosetting_auditor", "bosetting_signed_in"
OWN = "municipality_id = nullif(current_setting('bosetting.municipality', true), '')::integer"
OF_A_CASE = "EXISTS (SELECT FROM cases c WHERE c.id = case_id)"
POLICIES = (
    ("all_of_it", "ALL", f"{SYSTEM}, {DIRECTORATE}", "true"),
    ("reads_all", "SELECT", AUDITOR, OF_A_CASE),
    ("of_its_cases", "ALL", TRAVEL, OF_A_CASE),
    ("of_the_municipality", "SELECT", MUNICIPALITY, f"{OWN} AND {OF_A_CASE}"),
)
#: As in 0007; what a version of a booking holds in words has become more.
ERASES = """
CREATE OR REPLACE FUNCTION erase_written(in_case uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
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
    UPDATE public.booking_versions SET airport_reason = NULL, flight = NULL, reason = NULL{more}
        WHERE booking_id IN (SELECT id FROM public.bookings WHERE case_id = in_case);
    PERFORM set_config('bosetting.erasing', 'place_entries', true);
    UPDATE public.place_entries SET reason = NULL WHERE case_id = in_case;
    PERFORM set_config('bosetting.erasing', 'vacancy_fates', true);
    UPDATE public.vacancy_fates SET why = NULL WHERE case_id = in_case;
    PERFORM set_config('bosetting.erasing', '', true);
END $$
"""
SUNDAY_OF_THE_WEEK = (
    "make_date(substr(settlement_week, 1, 4)::integer, 1, 4)"
    " - extract(isodow FROM make_date(substr(settlement_week, 1, 4)::integer, 1, 4))::integer"
    " + 7 * substr(settlement_week, 7, 2)::integer"
)


def upgrade() -> None:
    op.add_column("cases", sa.Column("papers_expire_on", sa.Date(), nullable=True))
    _index_what_runs_out(f"permit_expires_on, papers_expire_on, {SUNDAY_OF_THE_WEEK}")
    for table in ("bookings", "booking_versions"):
        op.add_column(table, sa.Column("window_reason", sa.String(), nullable=True))
        op.add_column(table, sa.Column("route", postgresql.JSONB(none_as_null=True), nullable=True))
    op.execute(ERASES.format(more=", window_reason = NULL, route = NULL"))
    op.create_table(
        "travel_wishes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("window_from", sa.Date(), nullable=False),
        sa.Column("window_to", sa.Date(), nullable=False),
        sa.Column("arrival_airport", sa.String(length=3), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("confirmed_as", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("told_revision", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fault", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            f"state IN ({', '.join(repr(one) for one in STATES)})",
            name=op.f("ck_travel_wishes_state_known"),
        ),
        sa.CheckConstraint(
            "window_to >= window_from", name=op.f("ck_travel_wishes_window_in_order")
        ),
        sa.CheckConstraint(
            "told_revision BETWEEN 0 AND revision", name=op.f("ck_travel_wishes_told_what_is")
        ),
        sa.ForeignKeyConstraint(
            ["arrival_airport"], ["airports.iata"], name=op.f("fk_travel_wishes_arrival_airport")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_travel_wishes_case_id")),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipalities.id"],
            name=op.f("fk_travel_wishes_municipality_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_travel_wishes")),
    )
    op.create_index("ix_travel_wishes_case_id", "travel_wishes", ["case_id", "at"])
    op.create_index(
        "uq_travel_wishes_open",
        "travel_wishes",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_travel_wishes_to_tell",
        "travel_wishes",
        ["due_at"],
        postgresql_where=sa.text("told_revision < revision"),
    )
    op.execute("ALTER TABLE travel_wishes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY owner ON travel_wishes TO CURRENT_ROLE USING (true)")
    for name, command, roles, whose in POLICIES:
        op.execute(
            f"CREATE POLICY {name} ON travel_wishes FOR {command} TO {roles} USING ({whose})"
        )
    op.execute(f"GRANT SELECT ON travel_wishes TO {SIGNED_IN}, {SYSTEM}")
    op.execute(f"GRANT INSERT, UPDATE ON travel_wishes TO {TRAVEL}, {DIRECTORATE}, {SYSTEM}")


def downgrade() -> None:
    op.drop_table("travel_wishes")
    op.execute(ERASES.format(more=""))
    for table in ("bookings", "booking_versions"):
        op.drop_column(table, "route")
        op.drop_column(table, "window_reason")
    _index_what_runs_out(f"permit_expires_on, {SUNDAY_OF_THE_WEEK}")
    op.drop_column("cases", "papers_expire_on")


def _index_what_runs_out(first_of: str) -> None:
    op.drop_index("ix_cases_runs_out", table_name="cases")
    op.execute(
        f"CREATE INDEX ix_cases_runs_out ON cases ((LEAST({first_of})), case_number)"
        " WHERE case_group = 'resettlement' AND state IN ('placed', 'travel_booked')"
    )
