"""Sweden: keys, statistics, runs, targets over the year, swaps, counts and the dialogue log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

SYSTEM, DIRECTORATE, MUNICIPALITY = (
    "bosetting_system",
    "bosetting_directorate",
    "bosetting_municipality",
)
COUNTY, COORDINATOR, AUDITOR = "bosetting_county", "bosetting_coordinator", "bosetting_auditor"
SIGNED_IN = "bosetting_signed_in"
HERE = "nullif(current_setting('bosetting.municipality', true), '')::integer"
OWN = f"municipality_id = {HERE}"
OWN_SWAP = f"{HERE} IN (giver_id, taker_id)"
OWN_COUNTY = "county = nullif(current_setting('bosetting.county', true), '')"
READ, ADD, CHANGE, ALL = "SELECT", "INSERT", "UPDATE", "ALL"

#: What everybody signed in reads: keys, targets and what changed them are no secret.
KNOWN = (
    *("distribution_keys", "statistics_sets", "key_runs", "target_versions", "target_changes"),
    *("targets", "target_carries", "notice_terms", "people_counts"),
)
#: A municipality's own, its county board's, and of who reads all.
OF_MUNICIPALITIES = (
    *("statistics", "key_run_lines", "people_count_lines", "target_excesses"),
    *("target_swaps", "dialogue_entries"),
)
TABLES = (*KNOWN, *OF_MUNICIPALITIES)
#: Written once.
APPEND_ONLY = frozenset(TABLES) - {
    *("targets", "target_carries", "notice_terms", "target_swaps", "dialogue_entries"),
}
POLICIES: tuple[tuple[str, ...], ...] = (
    *((table, "all_of_it", ALL, f"{SYSTEM}, {DIRECTORATE}", "true") for table in TABLES),
    *((table, "known", READ, SIGNED_IN, "true") for table in KNOWN),
    *(
        (table, "reads_all", READ, f"{AUDITOR}, {COORDINATOR}", "true")
        for table in OF_MUNICIPALITIES
    ),
    *((table, "of_the_county", READ, COUNTY, OWN_COUNTY) for table in OF_MUNICIPALITIES[:4]),
    *((table, "of_the_municipality", READ, MUNICIPALITY, OWN) for table in OF_MUNICIPALITIES[:4]),
    ("target_swaps", "of_the_county", ALL, COUNTY, OWN_COUNTY),
    ("target_swaps", "of_the_municipality", ALL, MUNICIPALITY, OWN_SWAP),
    ("dialogue_entries", "of_the_county", ALL, COUNTY, OWN_COUNTY),
    ("dialogue_entries", "of_the_municipality", ALL, MUNICIPALITY, OWN),
    # A board confirms swaps inside its county: a version, two changes, two numbers.
    ("target_versions", "confirms_swaps", ADD, COUNTY, "kind = 'swap'"),
    ("target_changes", "of_the_county", ADD, COUNTY, OWN_COUNTY),
    ("targets", "of_the_county", CHANGE, COUNTY, OWN_COUNTY),
    # Who takes part in a swap tells the other; who waits for a word hears of one.
    ("outbox", "tells_of_swaps", ADD, MUNICIPALITY, "case_id IS NULL AND type LIKE 'swap.%'"),
)

#: What everybody may see of the numbers of others. As the owner reads them.
VIEWS = {
    "published_statistics": "SELECT set_id, municipality_id, county, name, published FROM statistics",
    "published_run_lines": """
        SELECT run_id, municipality_id, county, target, open,
            CASE WHEN open THEN share END AS share, CASE WHEN open THEN credit END AS credit,
            CASE WHEN open THEN gross END AS gross, CASE WHEN open THEN net END AS net,
            CASE WHEN open THEN contributions END AS contributions
        FROM key_run_lines""",
    "published_count_lines": """
        SELECT count_id, municipality_id, county,
            published_in_the_number AS in_the_number, published_own_housing AS own_housing
        FROM people_count_lines""",
}


def upgrade() -> None:
    op.create_table(
        "distribution_keys",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("parameters", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_distribution_keys")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_distribution_keys_name_version")),
    )
    op.create_table(
        "statistics_sets",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("columns", postgresql.JSONB(), nullable=False),
        sa.Column("people_columns", postgresql.JSONB(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statistics_sets")),
    )
    op.create_table(
        "statistics",
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("county", sa.String(length=2), nullable=False),
        sa.Column("value", sa.Numeric(), nullable=True),
        sa.Column("published", sa.Numeric(), nullable=True),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_statistics_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["set_id"], ["statistics_sets.id"], name=op.f("fk_statistics_set_id")
        ),
        sa.PrimaryKeyConstraint("set_id", "municipality_id", "name", name=op.f("pk_statistics")),
    )
    op.create_table(
        "key_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("statistics_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["distribution_keys.id"], name=op.f("fk_key_runs_key_id")
        ),
        sa.ForeignKeyConstraint(
            ["statistics_id"], ["statistics_sets.id"], name=op.f("fk_key_runs_statistics_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_runs")),
    )
    op.create_table(
        "key_run_lines",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("county", sa.String(length=2), nullable=False),
        sa.Column("share", sa.Numeric(), nullable=False),
        sa.Column("credit", sa.Numeric(), nullable=False),
        sa.Column("gross", sa.Numeric(), nullable=False),
        sa.Column("net", sa.Numeric(), nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column("contributions", postgresql.JSONB(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipalities.id"],
            name=op.f("fk_key_run_lines_municipality_id"),
        ),
        sa.ForeignKeyConstraint(["run_id"], ["key_runs.id"], name=op.f("fk_key_run_lines_run_id")),
        sa.PrimaryKeyConstraint("run_id", "municipality_id", name=op.f("pk_key_run_lines")),
    )
    op.create_table(
        "target_versions",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("notice_reason", sa.String(), nullable=True),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('first', 'revision', 'swap', 'correction')",
            name=op.f("ck_target_versions_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["key_runs.id"], name=op.f("fk_target_versions_run_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_versions")),
        sa.UniqueConstraint("year", "number", name=op.f("uq_target_versions_year_number")),
    )
    op.create_table(
        "target_changes",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("county", sa.String(length=2), nullable=False),
        sa.Column("before", sa.Integer(), nullable=True),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("carried", sa.Integer(), nullable=False),
        sa.Column("inside_notice", sa.Boolean(), nullable=False),
        sa.CheckConstraint("after >= 0", name=op.f("ck_target_changes_after_not_negative")),
        sa.CheckConstraint("before IS DISTINCT FROM after", name=op.f("ck_target_changes_changed")),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipalities.id"],
            name=op.f("fk_target_changes_municipality_id"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["target_versions.id"], name=op.f("fk_target_changes_version_id")
        ),
        sa.PrimaryKeyConstraint("version_id", "municipality_id", name=op.f("pk_target_changes")),
    )
    op.create_table(
        "targets",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("county", sa.String(length=2), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("persons >= 0", name=op.f("ck_targets_not_negative")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_targets_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["target_versions.id"], name=op.f("fk_targets_version_id")
        ),
        sa.PrimaryKeyConstraint("year", "municipality_id", name=op.f("pk_targets")),
    )
    op.create_table(
        "target_carries",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("county", sa.String(length=2), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("persons <> 0", name=op.f("ck_target_carries_not_nothing")),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipalities.id"],
            name=op.f("fk_target_carries_municipality_id"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["target_versions.id"], name=op.f("fk_target_carries_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_carries")),
    )
    op.create_table(
        "target_swaps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("county", sa.String(length=2), nullable=False),
        sa.Column("giver_id", sa.Integer(), nullable=False),
        sa.Column("taker_id", sa.Integer(), nullable=False),
        sa.Column("proposer_id", sa.Integer(), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreed_by", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('proposed', 'agreed', 'confirmed', 'declined', 'taken_back')",
            name=op.f("ck_target_swaps_state_known"),
        ),
        sa.CheckConstraint("giver_id <> taker_id", name=op.f("ck_target_swaps_between_two")),
        sa.CheckConstraint("persons > 0", name=op.f("ck_target_swaps_somebody")),
        sa.ForeignKeyConstraint(
            ["giver_id"], ["municipalities.id"], name=op.f("fk_target_swaps_giver_id")
        ),
        sa.ForeignKeyConstraint(
            ["proposer_id"], ["municipalities.id"], name=op.f("fk_target_swaps_proposer_id")
        ),
        sa.ForeignKeyConstraint(
            ["taker_id"], ["municipalities.id"], name=op.f("fk_target_swaps_taker_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["target_versions.id"], name=op.f("fk_target_swaps_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_swaps")),
    )
    op.create_index("ix_target_swaps_county", "target_swaps", ["county", "year"], unique=False)
    op.create_table(
        "target_excesses",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("county", sa.String(length=2), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.CheckConstraint("persons > 0", name=op.f("ck_target_excesses_somebody")),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipalities.id"],
            name=op.f("fk_target_excesses_municipality_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_excesses")),
    )
    op.create_table(
        "notice_terms",
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.CheckConstraint("days >= 0", name=op.f("ck_notice_terms_not_negative")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_notice_terms_municipality_id")
        ),
        sa.PrimaryKeyConstraint("municipality_id", name=op.f("pk_notice_terms")),
    )
    op.create_table(
        "people_counts",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("evenness", postgresql.JSONB(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_counts")),
    )
    op.create_index("ix_people_counts_day", "people_counts", ["day"], unique=False)
    op.create_table(
        "people_count_lines",
        sa.Column("count_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("county", sa.String(length=2), nullable=False),
        sa.Column("in_the_number", sa.Integer(), nullable=False),
        sa.Column("own_housing", sa.Integer(), nullable=False),
        sa.Column("unaccompanied", sa.Integer(), nullable=False),
        sa.Column("without_permit", sa.Integer(), nullable=False),
        sa.Column("other_basis", sa.Integer(), nullable=False),
        sa.Column("published_in_the_number", sa.Integer(), nullable=True),
        sa.Column("published_own_housing", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["count_id"], ["people_counts.id"], name=op.f("fk_people_count_lines_count_id")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipalities.id"],
            name=op.f("fk_people_count_lines_municipality_id"),
        ),
        sa.PrimaryKeyConstraint("count_id", "municipality_id", name=op.f("pk_people_count_lines")),
    )
    op.create_table(
        "dialogue_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("county", sa.String(length=2), nullable=True),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("participants", sa.String(), nullable=False),
        sa.Column("proposal", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("follow_up_on", sa.Date(), nullable=True),
        sa.Column("followed_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("followed_up_by", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "channel IN ('meeting', 'telephone', 'letter', 'email')",
            name=op.f("ck_dialogue_entries_channel_known"),
        ),
        sa.CheckConstraint(
            "party <> 'county_board' OR county IS NOT NULL",
            name=op.f("ck_dialogue_entries_which_county"),
        ),
        sa.CheckConstraint(
            "party <> 'municipality' OR municipality_id IS NOT NULL",
            name=op.f("ck_dialogue_entries_which_municipality"),
        ),
        sa.CheckConstraint(
            "party IN ('county_board', 'municipality', 'skr', 'other')",
            name=op.f("ck_dialogue_entries_party_known"),
        ),
        sa.CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL)",
            name=op.f("ck_dialogue_entries_answered_with_a_word"),
        ),
        sa.CheckConstraint(
            "municipality_id IS NULL OR county IS NOT NULL",
            name=op.f("ck_dialogue_entries_county_of_it"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipalities.id"],
            name=op.f("fk_dialogue_entries_municipality_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dialogue_entries")),
    )
    op.create_index(
        "ix_dialogue_entries_county", "dialogue_entries", ["county", "held_on"], unique=False
    )
    op.create_index(
        "ix_dialogue_entries_municipality_id",
        "dialogue_entries",
        ["municipality_id", "held_on"],
        unique=False,
    )
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY owner ON {table} TO CURRENT_ROLE USING (true)")
        verbs = "INSERT" if table in APPEND_ONLY else "INSERT, UPDATE"
        op.execute(f"GRANT SELECT ON {table} TO {SIGNED_IN}, {SYSTEM}")
        op.execute(f"GRANT {verbs} ON {table} TO {SYSTEM}, {DIRECTORATE}")
    op.execute(
        f"GRANT INSERT, UPDATE ON target_swaps, dialogue_entries TO {COUNTY}, {MUNICIPALITY}"
    )
    op.execute(f"GRANT INSERT ON target_versions, target_changes TO {COUNTY}")
    op.execute(f"GRANT UPDATE ON targets TO {COUNTY}")
    for table, name, command, roles, whose in POLICIES:
        using = "" if command == ADD else f" USING ({whose})"
        check = "" if command == READ else f" WITH CHECK ({whose})"
        op.execute(f"CREATE POLICY {name} ON {table} FOR {command} TO {roles}{using}{check}")
    for name, query in VIEWS.items():
        op.execute(f"CREATE VIEW {name} WITH (security_barrier) AS {query}")
        op.execute(f"GRANT SELECT ON {name} TO {SIGNED_IN}, {SYSTEM}")


def downgrade() -> None:
    op.execute("DROP POLICY tells_of_swaps ON outbox")
    for name in VIEWS:
        op.execute(f"DROP VIEW {name}")
    for table in (
        "dialogue_entries",
        "people_count_lines",
        "people_counts",
        "notice_terms",
        "target_excesses",
        "target_swaps",
        "target_carries",
        "targets",
        "target_changes",
        "target_versions",
        "key_run_lines",
        "key_runs",
        "statistics",
        "statistics_sets",
        "distribution_keys",
    ):
        op.drop_table(table)
