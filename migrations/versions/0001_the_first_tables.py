"""The register, the ledger of places, cases, travel, runs, and what the application remembers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: History: written once, never changed.
APPEND_ONLY = (
    "place_entries",
    "case_steps",
    "entry_records",
    "booking_versions",
    "vacancy_fates",
    "reforms",
    "reform_parties",
)
#: What the application may also remove: sign-ins that ended, old keys, previews never confirmed.
REMOVABLE = ("sign_ins", "idempotency_keys", "run_items", "runs", "clock_shift")


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute("CREATE SEQUENCE case_number_seq")
    op.create_table(
        "airports",
        sa.Column("iata", sa.String(length=3), nullable=False),
        sa.Column("icao", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("latitude", sa.Numeric(precision=8, scale=5), nullable=False),
        sa.Column("longitude", sa.Numeric(precision=8, scale=5), nullable=False),
        sa.Column("scheduled", sa.Boolean(), nullable=False),
        sa.CheckConstraint("iata ~ '^[A-Z]{3}$'", name=op.f("ck_airports_iata_three_letters")),
        sa.PrimaryKeyConstraint("iata", name=op.f("pk_airports")),
    )
    op.create_table(
        "clock_shift",
        sa.Column("id", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("shift", sa.Interval(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_clock_shift_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_shift")),
    )
    op.create_table(
        "scheduled_work",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_scheduled_work")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("headers", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_keys")),
        sa.UniqueConstraint("holder", "key", name=op.f("uq_idempotency_keys_holder_key")),
    )
    op.create_index("ix_idempotency_keys_at", "idempotency_keys", ["at"], unique=False)
    op.create_table(
        "measures",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("case_group", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "case_group IN ('resettlement', 'reception_centre', 'unaccompanied_minor', 'private')",
            name=op.f("ck_measures_case_group_known"),
        ),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_measures_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measures")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leaves_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recalled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_run_id",
        "outbox",
        ["run_id"],
        unique=False,
        postgresql_where=sa.text("run_id IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["leaves_at", "id"],
        unique=False,
        postgresql_where=sa.text("taken_at IS NULL AND recalled_at IS NULL"),
    )
    op.create_table(
        "quarantine_rules",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "days BETWEEN 0 AND 60", name=op.f("ck_quarantine_rules_days_plausible")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine_rules")),
        sa.UniqueConstraint("valid_from", name=op.f("uq_quarantine_rules_valid_from")),
    )
    op.create_table(
        "rule_sets",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("vacancy_window", sa.Numeric(precision=6, scale=5), nullable=False),
        sa.Column("next_shown", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "next_shown BETWEEN 0 AND 50", name=op.f("ck_rule_sets_next_shown_plausible")
        ),
        sa.CheckConstraint(
            "vacancy_window BETWEEN 0 AND 1", name=op.f("ck_rule_sets_vacancy_window_is_a_share")
        ),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_rule_sets")),
    )
    op.create_table(
        "municipalities",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=4), nullable=False),
        sa.Column("official_name", sa.String(), nullable=False),
        sa.Column("norwegian_name", sa.String(), nullable=False),
        sa.Column("sami_name", sa.String(), nullable=True),
        sa.Column("county", sa.String(), nullable=False),
        sa.Column("sort_key", sa.String(collation="C"), nullable=False),
        sa.Column("organisation_number", sa.String(length=9), nullable=True),
        sa.Column("latitude", sa.Numeric(precision=8, scale=5), nullable=True),
        sa.Column("longitude", sa.Numeric(precision=8, scale=5), nullable=True),
        sa.Column("sami_area", sa.Boolean(), nullable=False),
        sa.Column("letter_language", sa.String(), nullable=False),
        sa.Column("nearest_airport", sa.String(length=3), nullable=True),
        sa.Column("nearest_airport_km", sa.Integer(), nullable=True),
        sa.Column("second_airport", sa.String(length=3), nullable=True),
        sa.Column("second_airport_km", sa.Integer(), nullable=True),
        sa.Column("preferred_airport", sa.String(length=3), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "letter_language IN ('neutral', 'bokmal', 'nynorsk')",
            name=op.f("ck_municipalities_letter_language_known"),
        ),
        sa.CheckConstraint(
            "number ~ '^[0-9]{4}$'", name=op.f("ck_municipalities_number_four_digits")
        ),
        sa.CheckConstraint(
            "(successor_id IS NULL) OR (valid_to IS NOT NULL)",
            name=op.f("ck_municipalities_successor_after_end"),
        ),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_municipalities_valid_period")),
        sa.ForeignKeyConstraint(
            ["nearest_airport"], ["airports.iata"], name=op.f("fk_municipalities_nearest_airport")
        ),
        sa.ForeignKeyConstraint(
            ["preferred_airport"],
            ["airports.iata"],
            name=op.f("fk_municipalities_preferred_airport"),
        ),
        sa.ForeignKeyConstraint(
            ["second_airport"], ["airports.iata"], name=op.f("fk_municipalities_second_airport")
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"], ["municipalities.id"], name=op.f("fk_municipalities_successor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_municipalities")),
    )
    op.create_index(
        op.f("ix_municipalities_sort_key"), "municipalities", ["sort_key"], unique=False
    )
    op.create_index(
        "uq_municipalities_number",
        "municipalities",
        ["number"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("free_after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("rules_version", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.Column("undo_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('withdrawal', 'redistribution')", name=op.f("ck_runs_kind_known")
        ),
        sa.CheckConstraint(
            "state IN ('preview', 'confirmed', 'undone')", name=op.f("ck_runs_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["rules_version"], ["rule_sets.version"], name=op.f("fk_runs_rules_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index("ix_runs_kind_at", "runs", ["kind", "at"], unique=False)
    op.create_table(
        "access_tokens",
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("reception_centre", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('case_officer', 'lead', 'municipality_writer', 'municipality_reader', 'municipality_administrator', 'reception_centre', 'travel_officer', 'auditor', 'administrator', 'system')",
            name=op.f("ck_access_tokens_role_known"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipalities.id"],
            name=op.f("fk_access_tokens_municipality_id"),
        ),
        sa.PrimaryKeyConstraint("secret_hash", name=op.f("pk_access_tokens")),
    )
    op.create_table(
        "municipality_names",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=4), nullable=False),
        sa.Column("official_name", sa.String(), nullable=False),
        sa.Column("norwegian_name", sa.String(), nullable=False),
        sa.Column("sami_name", sa.String(), nullable=True),
        sa.Column("county", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("number"), "="),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="ex_municipality_names_number_period",
        ),
        sa.CheckConstraint(
            "number ~ '^[0-9]{4}$'", name=op.f("ck_municipality_names_number_four_digits")
        ),
        sa.CheckConstraint(
            "valid_to > valid_from", name=op.f("ck_municipality_names_valid_period")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipalities.id"],
            name=op.f("fk_municipality_names_municipality_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_municipality_names")),
    )
    op.create_index(
        op.f("ix_municipality_names_municipality_id"),
        "municipality_names",
        ["municipality_id"],
        unique=False,
    )
    op.create_table(
        "place_accounts",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("pool", sa.String(), nullable=False),
        sa.Column("original_request", sa.Integer(), nullable=True),
        sa.Column("original_request_on", sa.Date(), nullable=True),
        sa.Column("adjusted_request", sa.Integer(), nullable=True),
        sa.Column("adjusted_request_on", sa.Date(), nullable=True),
        sa.Column("decided_places", sa.Integer(), nullable=True),
        sa.Column("extra_places", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("settled", sa.Integer(), nullable=False),
        sa.Column("overrun", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "pool IN ('ordinary', 'minors')", name=op.f("ck_place_accounts_pool_known")
        ),
        sa.CheckConstraint(
            "held + settled <= coalesce(decided_places, 0) + extra_places + overrun",
            name=op.f("ck_place_accounts_ceiling"),
        ),
        sa.CheckConstraint(
            "held >= 0 AND settled >= 0 AND overrun >= 0",
            name=op.f("ck_place_accounts_counts_never_negative"),
        ),
        sa.CheckConstraint(
            "original_request >= 0 AND adjusted_request >= 0 AND decided_places >= 0 AND extra_places >= 0",
            name=op.f("ck_place_accounts_never_negative"),
        ),
        sa.CheckConstraint(
            "year BETWEEN 1990 AND 2100", name=op.f("ck_place_accounts_year_plausible")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipalities.id"],
            name=op.f("fk_place_accounts_municipality_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_accounts")),
        sa.UniqueConstraint(
            "municipality_id",
            "year",
            "pool",
            name=op.f("uq_place_accounts_municipality_id_year_pool"),
        ),
    )
    op.create_index("ix_place_accounts_year_pool", "place_accounts", ["year", "pool"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("reception_centre", sa.String(), nullable=True),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('case_officer', 'lead', 'municipality_writer', 'municipality_reader', 'municipality_administrator', 'reception_centre', 'travel_officer', 'auditor', 'administrator', 'system')",
            name=op.f("ck_users_role_known"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_users_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )
    op.create_table(
        "vacancies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("available_from_week", sa.String(8), nullable=False),
        sa.Column("case_group", sa.String(), nullable=True),
        sa.Column("accessible", sa.Boolean(), nullable=False),
        sa.Column("comment", sa.String(), nullable=True),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("withdrawn_case_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'reserved') <= (case_id IS NOT NULL)",
            name=op.f("ck_vacancies_reserved_for_a_case"),
        ),
        sa.CheckConstraint(
            "case_group IN ('resettlement', 'reception_centre', 'unaccompanied_minor', 'private')",
            name=op.f("ck_vacancies_case_group_known"),
        ),
        sa.CheckConstraint("kind IN ('home', 'capacity')", name=op.f("ck_vacancies_kind_known")),
        sa.CheckConstraint(
            "reason_code IN ('withdrawn_case', 'new_capacity', 'other')",
            name=op.f("ck_vacancies_reason_code_known"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'reserved', 'used', 'expired', 'closed')",
            name=op.f("ck_vacancies_state_known"),
        ),
        sa.CheckConstraint("places BETWEEN 1 AND 1000", name=op.f("ck_vacancies_places_plausible")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_vacancies_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vacancies")),
    )
    op.create_index("ix_vacancies_at", "vacancies", ["at", "id"], unique=False)
    op.create_index(
        "ix_vacancies_municipality_id_at",
        "vacancies",
        ["municipality_id", "at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_vacancies_open",
        "vacancies",
        ["municipality_id"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_number", sa.String(length=12, collation="C"), nullable=False),
        sa.Column("case_group", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("departure_country", sa.String(), nullable=True),
        sa.Column("reception_centre", sa.String(), nullable=True),
        sa.Column("needs", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("address_protection", sa.String(), nullable=False),
        sa.Column("persons_count", sa.Integer(), nullable=False),
        sa.Column("settled_count", sa.Integer(), nullable=False),
        sa.Column("entry_status", sa.String(), nullable=False),
        sa.Column("entry_from_on", sa.Date(), nullable=True),
        sa.Column("permit_expires_on", sa.Date(), nullable=True),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("places_year", sa.Integer(), nullable=True),
        sa.Column("vacancy_id", sa.Uuid(), nullable=True),
        sa.Column("asked_on", sa.Date(), nullable=True),
        sa.Column("answer_due", sa.Date(), nullable=True),
        sa.Column("settlement_week", sa.String(8), nullable=True),
        sa.Column("placed_on", sa.Date(), nullable=True),
        sa.Column("former_municipality_id", sa.Integer(), nullable=True),
        sa.Column("track", sa.String(), nullable=True),
        sa.Column("was_withdrawn", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'withdrawn') <= (former_municipality_id IS NOT NULL)",
            name=op.f("ck_cases_former_once_withdrawn"),
        ),
        sa.CheckConstraint(
            "(state IN ('accepted', 'placed', 'travel_booked', 'arrived')) <= (settlement_week IS NOT NULL)",
            name=op.f("ck_cases_week_once_accepted"),
        ),
        sa.CheckConstraint(
            "(state IN ('distributed', 'redistributed', 'accepted', 'placed', 'travel_booked', 'arrived', 'settled')) = (account_id IS NOT NULL)",
            name=op.f("ck_cases_account_while_held"),
        ),
        sa.CheckConstraint(
            "(state IN ('distributed', 'redistributed', 'accepted', 'placed', 'travel_booked', 'arrived', 'settled')) = (municipality_id IS NOT NULL)",
            name=op.f("ck_cases_municipality_while_it_is_there"),
        ),
        sa.CheckConstraint(
            "(state IN ('placed', 'travel_booked')) <= (placed_on IS NOT NULL)",
            name=op.f("ck_cases_placed_on_known"),
        ),
        sa.CheckConstraint(
            "address_protection IN ('none', 'confidential', 'strictly_confidential')",
            name=op.f("ck_cases_address_protection_known"),
        ),
        sa.CheckConstraint(
            "case_group IN ('resettlement', 'reception_centre', 'unaccompanied_minor', 'private')",
            name=op.f("ck_cases_case_group_known"),
        ),
        sa.CheckConstraint(
            "entry_status IN ('not_possible', 'unknown', 'possible_from', 'possible')",
            name=op.f("ck_cases_entry_status_known"),
        ),
        sa.CheckConstraint(
            "needs <@ ARRAY['specialist_health', 'school', 'accessibility']::text[]",
            name=op.f("ck_cases_needs_known"),
        ),
        sa.CheckConstraint(
            "state IN ('registered', 'distributed', 'redistributed', 'accepted', 'placed', 'travel_booked', 'arrived', 'settled', 'declined', 'withdrawn', 'lapsed')",
            name=op.f("ck_cases_state_known"),
        ),
        sa.CheckConstraint("track IN ('A', 'B')", name=op.f("ck_cases_track_known")),
        sa.CheckConstraint(
            "persons_count >= 0 AND settled_count BETWEEN 0 AND persons_count",
            name=op.f("ck_cases_counts_agree"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["place_accounts.id"], name=op.f("fk_cases_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["former_municipality_id"],
            ["municipalities.id"],
            name=op.f("fk_cases_former_municipality_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_cases_municipality_id")
        ),
        sa.ForeignKeyConstraint(["vacancy_id"], ["vacancies.id"], name=op.f("fk_cases_vacancy_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("case_number", name=op.f("uq_cases_case_number")),
    )
    op.create_index("ix_cases_account_id", "cases", ["account_id"], unique=False)
    op.create_index(
        "ix_cases_answer_due",
        "cases",
        ["answer_due", "case_number"],
        unique=False,
        postgresql_where=sa.text("state IN ('distributed', 'redistributed')"),
    )
    op.create_index(
        "ix_cases_case_group_state", "cases", ["case_group", "state", "case_number"], unique=False
    )
    op.create_index(
        "ix_cases_former",
        "cases",
        ["former_municipality_id"],
        unique=False,
        postgresql_where=sa.text("former_municipality_id IS NOT NULL"),
    )
    op.create_index(
        "ix_cases_municipality_id_case_number",
        "cases",
        ["municipality_id", "case_number"],
        unique=False,
    )
    op.create_index(
        "ix_cases_reception_centre",
        "cases",
        ["reception_centre"],
        unique=False,
        postgresql_where=sa.text("reception_centre IS NOT NULL"),
    )
    op.create_index("ix_cases_state_case_number", "cases", ["state", "case_number"], unique=False)
    op.create_table(
        "place_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("held_change", sa.Integer(), nullable=False),
        sa.Column("settled_change", sa.Integer(), nullable=False),
        sa.Column("ceiling_change", sa.Integer(), nullable=False),
        sa.Column("free_after", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('decided', 'extra', 'hold', 'release', 'move_in', 'move_out', 'join', 'leave', 'settle', 'unsettle', 'import', 'merge_in', 'merge_out')",
            name=op.f("ck_place_entries_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["place_accounts.id"], name=op.f("fk_place_entries_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_entries")),
    )
    op.create_index(
        "ix_place_entries_account_id_id", "place_entries", ["account_id", "id"], unique=False
    )
    op.create_index("ix_place_entries_case_id", "place_entries", ["case_id"], unique=False)
    op.create_table(
        "sign_ins",
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("csrf", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_ins_user_id")),
        sa.PrimaryKeyConstraint("secret_hash", name=op.f("pk_sign_ins")),
    )
    op.create_table(
        "vacancy_fates",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("vacancy_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.CheckConstraint(
            "what IN ('registered', 'matched', 'passed_over', 'reserved', 'released', 'used', 'expired', 'closed')",
            name=op.f("ck_vacancy_fates_what_known"),
        ),
        sa.ForeignKeyConstraint(
            ["vacancy_id"], ["vacancies.id"], name=op.f("fk_vacancy_fates_vacancy_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vacancy_fates")),
    )
    op.create_index(
        "ix_vacancy_fates_vacancy_id_id", "vacancy_fates", ["vacancy_id", "id"], unique=False
    )
    op.create_table(
        "bookings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("arrival_airport", sa.String(length=3), nullable=False),
        sa.Column("airport_reason", sa.String(), nullable=True),
        sa.Column("arrives_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("flight", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('booked', 'cancelled', 'completed')", name=op.f("ck_bookings_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["arrival_airport"], ["airports.iata"], name=op.f("fk_bookings_arrival_airport")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_bookings_case_id")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_bookings_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
    )
    op.create_index("ix_bookings_arrives_at", "bookings", ["arrives_at"], unique=False)
    op.create_index("ix_bookings_case_id", "bookings", ["case_id", "at"], unique=False)
    op.create_index(
        "uq_bookings_active",
        "bookings",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("state = 'booked'"),
    )
    op.create_table(
        "case_links",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("related_case_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("case_id < related_case_id", name=op.f("ck_case_links_smaller_first")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_links_case_id")),
        sa.ForeignKeyConstraint(
            ["related_case_id"], ["cases.id"], name=op.f("fk_case_links_related_case_id")
        ),
        sa.PrimaryKeyConstraint("case_id", "related_case_id", name=op.f("pk_case_links")),
    )
    op.create_index(
        op.f("ix_case_links_related_case_id"), "case_links", ["related_case_id"], unique=False
    )
    op.create_table(
        "case_steps",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("dest", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_steps_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_steps")),
        sa.UniqueConstraint("case_id", "version", name=op.f("uq_case_steps_case_id_version")),
    )
    op.create_index(
        "ix_case_steps_run_id",
        "case_steps",
        ["run_id"],
        unique=False,
        postgresql_where=sa.text("run_id IS NOT NULL"),
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("legal_ground", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("annulled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'reversal_decision') = (legal_ground IS NOT NULL)",
            name=op.f("ck_decisions_reversal_has_ground"),
        ),
        sa.CheckConstraint(
            "kind IN ('settlement_decision', 'reversal_decision')",
            name=op.f("ck_decisions_kind_known"),
        ),
        sa.CheckConstraint(
            "legal_ground IN ('not_notified', 'harms_no_party', 'conditions_failed', 'strong_interests')",
            name=op.f("ck_decisions_legal_ground_known"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_decisions_case_id")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_decisions_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index("ix_decisions_case_id", "decisions", ["case_id", "at"], unique=False)
    op.create_index(
        "ix_decisions_run_id",
        "decisions",
        ["run_id"],
        unique=False,
        postgresql_where=sa.text("run_id IS NOT NULL"),
    )
    op.create_table(
        "distributions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("persons_count", sa.Integer(), nullable=False),
        sa.Column("shown", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("answer_due", sa.Date(), nullable=False),
        sa.Column("vacancy_id", sa.Uuid(), nullable=True),
        sa.Column("override_reason", sa.String(), nullable=True),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("rules_version", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settlement_week", sa.String(8), nullable=True),
        sa.Column("quarantine_confirmed", sa.Boolean(), nullable=True),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("answer_text", sa.String(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("next", sa.String(), nullable=True),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "next IN ('asked_again_first', 'waits_for_entry', 'none')",
            name=op.f("ck_distributions_next_known"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'placed', 'settled', 'declined', 'retracted', 'withdrawn', 'recalled', 'lapsed')",
            name=op.f("ck_distributions_state_known"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_distributions_case_id")),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipalities.id"],
            name=op.f("fk_distributions_municipality_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_distributions")),
    )
    op.create_index(
        "ix_distributions_case_id", "distributions", ["case_id", "asked_at"], unique=False
    )
    op.create_index("ix_distributions_asked_at", "distributions", ["asked_at", "id"], unique=False)
    op.create_index(
        "ix_distributions_municipality_id",
        "distributions",
        ["municipality_id", "asked_at", "id"],
        unique=False,
    )
    op.create_index(
        "uq_distributions_current",
        "distributions",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "notifications",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("outbox_id", sa.BigInteger(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_by", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(audience = 'municipality') = (municipality_id IS NOT NULL)",
            name=op.f("ck_notifications_municipality_of_its_own"),
        ),
        sa.CheckConstraint(
            "audience IN ('municipality', 'imdi', 'udi')",
            name=op.f("ck_notifications_audience_known"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_notifications_case_id")),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipalities.id"],
            name=op.f("fk_notifications_municipality_id"),
        ),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["outbox.id"], name=op.f("fk_notifications_outbox_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint(
            "outbox_id", "audience", name=op.f("uq_notifications_outbox_id_audience")
        ),
    )
    op.create_index(
        "ix_notifications_audience",
        "notifications",
        ["audience", "municipality_id", "id"],
        unique=False,
    )
    op.create_table(
        "persons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("duf_number", sa.String(length=12), nullable=True),
        sa.Column("birth_year", sa.Integer(), nullable=False),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("nationality", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=True),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("occupation", sa.String(), nullable=True),
        sa.Column("education", sa.String(), nullable=True),
        sa.Column("entry_status", sa.String(), nullable=False),
        sa.Column("entry_from_on", sa.Date(), nullable=True),
        sa.Column("permit_expires_on", sa.Date(), nullable=True),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("joined_reason", sa.String(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("left_reason", sa.String(), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("settled_account_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(entry_status = 'possible_from') <= (entry_from_on IS NOT NULL)",
            name=op.f("ck_persons_from_has_a_date"),
        ),
        sa.CheckConstraint(
            "duf_number ~ '^[0-9]{12}$'", name=op.f("ck_persons_duf_number_twelve_digits")
        ),
        sa.CheckConstraint(
            "entry_status IN ('not_possible', 'unknown', 'possible_from', 'possible')",
            name=op.f("ck_persons_entry_status_known"),
        ),
        sa.CheckConstraint("sex IN ('female', 'male', 'other')", name=op.f("ck_persons_sex_known")),
        sa.CheckConstraint(
            "birth_year BETWEEN 1900 AND 2100", name=op.f("ck_persons_birth_year_plausible")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_persons_case_id")),
        sa.ForeignKeyConstraint(
            ["settled_account_id"],
            ["place_accounts.id"],
            name=op.f("fk_persons_settled_account_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_persons")),
    )
    op.create_index("ix_persons_case_id", "persons", ["case_id"], unique=False)
    op.create_index("ix_persons_duf_number", "persons", ["duf_number"], unique=False)
    op.create_index(
        "ix_persons_settled_account_id",
        "persons",
        ["settled_account_id"],
        unique=False,
        postgresql_where=sa.text("settled_account_id IS NOT NULL"),
    )
    op.create_index(
        "ix_persons_name_trigrams",
        "persons",
        ["name"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.create_table(
        "run_items",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("vacancy_id", sa.Uuid(), nullable=True),
        sa.Column("reversal", sa.Boolean(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("passed_over", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("case_version", sa.Integer(), nullable=False),
        sa.Column("version_after", sa.Integer(), nullable=True),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('will_withdraw', 'withdrawn', 'will_place', 'placed', 'unplaced', 'excluded', 'restored', 'recalled', 'not_undone')",
            name=op.f("ck_run_items_outcome_known"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_run_items_case_id")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_run_items_municipality_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_items_run_id")),
        sa.PrimaryKeyConstraint("run_id", "case_id", name=op.f("pk_run_items")),
    )
    op.create_index("ix_run_items_case_id", "run_items", ["case_id"], unique=False)
    op.create_index(
        "ix_run_items_run_id_position", "run_items", ["run_id", "position"], unique=False
    )
    op.create_table(
        "booking_versions",
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("arrival_airport", sa.String(length=3), nullable=False),
        sa.Column("airport_reason", sa.String(), nullable=True),
        sa.Column("arrives_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("flight", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "change IN ('booked', 'rescheduled', 'cancelled', 'reinstated', 'completed')",
            name=op.f("ck_booking_versions_change_known"),
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_booking_versions_booking_id")
        ),
        sa.PrimaryKeyConstraint("booking_id", "version", name=op.f("pk_booking_versions")),
    )
    op.create_index(
        "ix_booking_versions_at", "booking_versions", ["at", "booking_id", "version"], unique=False
    )
    op.create_table(
        "entry_records",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("permit_expires_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.CheckConstraint(
            "status IN ('not_possible', 'unknown', 'possible_from', 'possible')",
            name=op.f("ck_entry_records_status_known"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_entry_records_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_records")),
    )
    op.create_index(
        "ix_entry_records_person_id_id", "entry_records", ["person_id", "id"], unique=False
    )
    op.create_table(
        "reforms",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('merger', 'split')", name=op.f("ck_reforms_kind_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reforms")),
    )
    op.create_table(
        "reform_parties",
        sa.Column("reform_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("places", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "side IN ('predecessor', 'successor')", name=op.f("ck_reform_parties_side_known")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipalities.id"],
            name=op.f("fk_reform_parties_municipality_id"),
        ),
        sa.ForeignKeyConstraint(
            ["reform_id"], ["reforms.id"], name=op.f("fk_reform_parties_reform_id")
        ),
        sa.PrimaryKeyConstraint("reform_id", "municipality_id", name=op.f("pk_reform_parties")),
    )
    op.create_index(
        "ix_reform_parties_municipality_id", "reform_parties", ["municipality_id"], unique=False
    )
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute("GRANT USAGE ON SCHEMA public TO bosetting_app")
    op.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO bosetting_app")
    op.execute("GRANT INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO bosetting_app")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO bosetting_app")
    for table in APPEND_ONLY:
        op.execute(f"REVOKE UPDATE ON {table} FROM bosetting_app")
    for table in REMOVABLE:
        op.execute(f"GRANT DELETE ON {table} TO bosetting_app")
    op.execute("REVOKE INSERT, UPDATE ON alembic_version FROM bosetting_app")
    op.execute(
        "INSERT INTO rule_sets (version, valid_from, vacancy_window, next_shown, note, actor, at) VALUES"
        " (1, '2020-01-01', 0.1, 5, 'The published rule of March 2020', 'system', '2020-01-01T00:00:00Z')"
    )
    # Ten days of entry quarantine in March 2020 (R22); none before.
    op.execute(
        "INSERT INTO quarantine_rules (valid_from, days) VALUES ('2000-01-01', 0), ('2020-03-12', 10)"
    )


def downgrade() -> None:
    op.drop_index("ix_reform_parties_municipality_id", table_name="reform_parties")
    op.drop_table("reform_parties")
    op.drop_table("reforms")
    op.drop_index("ix_entry_records_person_id_id", table_name="entry_records")
    op.drop_table("entry_records")
    op.drop_index("ix_booking_versions_at", table_name="booking_versions")
    op.drop_table("booking_versions")
    op.drop_index("ix_run_items_run_id_position", table_name="run_items")
    op.drop_index("ix_run_items_case_id", table_name="run_items")
    op.drop_table("run_items")
    op.drop_index(
        "ix_persons_name_trigrams",
        table_name="persons",
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.drop_index(
        "ix_persons_settled_account_id",
        table_name="persons",
        postgresql_where=sa.text("settled_account_id IS NOT NULL"),
    )
    op.drop_index("ix_persons_duf_number", table_name="persons")
    op.drop_index("ix_persons_case_id", table_name="persons")
    op.drop_table("persons")
    op.drop_index("ix_notifications_audience", table_name="notifications")
    op.drop_table("notifications")
    op.drop_index(
        "uq_distributions_current",
        table_name="distributions",
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.drop_index("ix_distributions_municipality_id", table_name="distributions")
    op.drop_index("ix_distributions_asked_at", table_name="distributions")
    op.drop_index("ix_distributions_case_id", table_name="distributions")
    op.drop_table("distributions")
    op.drop_index(
        "ix_decisions_run_id",
        table_name="decisions",
        postgresql_where=sa.text("run_id IS NOT NULL"),
    )
    op.drop_index("ix_decisions_case_id", table_name="decisions")
    op.drop_table("decisions")
    op.drop_index(
        "ix_case_steps_run_id",
        table_name="case_steps",
        postgresql_where=sa.text("run_id IS NOT NULL"),
    )
    op.drop_table("case_steps")
    op.drop_index(op.f("ix_case_links_related_case_id"), table_name="case_links")
    op.drop_table("case_links")
    op.drop_index(
        "uq_bookings_active", table_name="bookings", postgresql_where=sa.text("state = 'booked'")
    )
    op.drop_index("ix_bookings_case_id", table_name="bookings")
    op.drop_index("ix_bookings_arrives_at", table_name="bookings")
    op.drop_table("bookings")
    op.drop_index("ix_vacancy_fates_vacancy_id_id", table_name="vacancy_fates")
    op.drop_table("vacancy_fates")
    op.drop_table("sign_ins")
    op.drop_index("ix_place_entries_case_id", table_name="place_entries")
    op.drop_index("ix_place_entries_account_id_id", table_name="place_entries")
    op.drop_table("place_entries")
    op.drop_index("ix_cases_state_case_number", table_name="cases")
    op.drop_index(
        "ix_cases_reception_centre",
        table_name="cases",
        postgresql_where=sa.text("reception_centre IS NOT NULL"),
    )
    op.drop_index("ix_cases_municipality_id_case_number", table_name="cases")
    op.drop_index(
        "ix_cases_former",
        table_name="cases",
        postgresql_where=sa.text("former_municipality_id IS NOT NULL"),
    )
    op.drop_index("ix_cases_case_group_state", table_name="cases")
    op.drop_index(
        "ix_cases_answer_due",
        table_name="cases",
        postgresql_where=sa.text("state IN ('distributed', 'redistributed')"),
    )
    op.drop_index("ix_cases_account_id", table_name="cases")
    op.drop_table("cases")
    op.drop_index(
        "ix_vacancies_open", table_name="vacancies", postgresql_where=sa.text("state = 'open'")
    )
    op.drop_index("ix_vacancies_municipality_id_at", table_name="vacancies")
    op.drop_index("ix_vacancies_at", table_name="vacancies")
    op.drop_table("vacancies")
    op.drop_table("users")
    op.drop_index("ix_place_accounts_year_pool", table_name="place_accounts")
    op.drop_table("place_accounts")
    op.drop_index(op.f("ix_municipality_names_municipality_id"), table_name="municipality_names")
    op.drop_table("municipality_names")
    op.drop_table("access_tokens")
    op.drop_index("ix_runs_kind_at", table_name="runs")
    op.drop_table("runs")
    op.drop_index(
        "uq_municipalities_number",
        table_name="municipalities",
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.drop_index(op.f("ix_municipalities_sort_key"), table_name="municipalities")
    op.drop_table("municipalities")
    op.drop_table("rule_sets")
    op.drop_table("quarantine_rules")
    op.drop_index(
        "ix_outbox_waiting",
        table_name="outbox",
        postgresql_where=sa.text("taken_at IS NULL AND recalled_at IS NULL"),
    )
    op.drop_index(
        "ix_outbox_run_id", table_name="outbox", postgresql_where=sa.text("run_id IS NOT NULL")
    )
    op.drop_table("outbox")
    op.drop_table("measures")
    op.drop_index("ix_idempotency_keys_at", table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_table("scheduled_work")
    op.drop_table("clock_shift")
    op.drop_table("airports")
    op.execute("DROP SEQUENCE case_number_seq")
    op.execute("DROP FUNCTION refuse_change()")
    op.execute("DROP EXTENSION pg_trgm")
    op.execute("DROP EXTENSION btree_gist")
