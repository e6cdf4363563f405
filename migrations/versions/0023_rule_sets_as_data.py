"""Rule sets as data with drafts, what a run was planned from, imported scores, what-ifs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

SIGNED_IN, SYSTEM = "bosetting_signed_in", "bosetting_system"
DIRECTORATE, AUDITOR = "bosetting_directorate", "bosetting_auditor"
#: Table → what the directorate may do beside reading.
TABLES = {
    "rule_drafts": "INSERT, UPDATE",
    "run_plans": "INSERT, UPDATE, DELETE",
    "score_imports": "INSERT",
    "outcome_scores": "INSERT, UPDATE",
    "what_ifs": "INSERT",
}
JSON = postgresql.JSONB(astext_type=sa.Text())
AT = sa.DateTime(timezone=True)
#: The published order of then, with every word it has.
PUBLISHED = """
    UPDATE rule_sets SET rules = jsonb_build_object(
        'apportionment', 'adams', 'version', version, 'method', 'rule',
        'steps', jsonb_build_array('former', 'homes'),
        'vacancy_window', trim_scale(vacancy_window)::text, 'near_window', '0.1',
        'next_shown', next_shown, 'needs_checked', jsonb_build_array(), 'large_family_from', 6,
        'airports_closed', jsonb_build_array(), 'groups_paused', jsonb_build_array(),
        'weeks_ahead', 0, 'seed', 1)
"""


def upgrade() -> None:
    op.add_column("rule_sets", sa.Column("rules", JSON, nullable=True))
    op.execute(PUBLISHED)
    op.alter_column("rule_sets", "rules", nullable=False)
    # One that is in force is never edited: a new version comes after it.
    op.execute(f"REVOKE UPDATE ON rule_sets FROM {SYSTEM}, {DIRECTORATE}")
    op.add_column("run_items", sa.Column("input", JSON, nullable=True))
    op.add_column("run_items", sa.Column("override", JSON, nullable=True))
    _create()
    for table, verbs in TABLES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY owner ON {table} TO CURRENT_ROLE USING (true)")
        op.execute(
            f"CREATE POLICY all_of_it ON {table} FOR ALL TO {DIRECTORATE}, {SYSTEM}"
            " USING (true) WITH CHECK (true)"
        )
        op.execute(f"CREATE POLICY reads_all ON {table} FOR SELECT TO {AUDITOR} USING (true)")
        op.execute(f"GRANT SELECT ON {table} TO {SIGNED_IN}, {SYSTEM}")
        op.execute(f"GRANT {verbs} ON {table} TO {DIRECTORATE}, {SYSTEM}")


def _create() -> None:
    op.create_table(
        "rule_drafts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("rules", JSON, nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("simulation", JSON, nullable=True),
        sa.Column("simulated_at", AT, nullable=True),
        sa.Column("proposed_at", AT, nullable=True),
        sa.Column("proposed_by", sa.String(), nullable=True),
        sa.Column("rules_version", sa.Integer(), nullable=True),
        sa.Column("at", AT, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'simulated', 'proposed', 'in_force')",
            name=op.f("ck_rule_drafts_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["rules_version"], ["rule_sets.version"], name=op.f("fk_rule_drafts_rules_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_drafts")),
    )
    op.create_index("ix_rule_drafts_at", "rule_drafts", ["at"], unique=False)
    op.create_table(
        "run_plans",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("planner_version", sa.Integer(), nullable=False),
        sa.Column("rules", JSON, nullable=False),
        sa.Column("standings", JSON, nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("outcome", JSON, nullable=True),
        sa.Column("inputs_sha256", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_run_plans_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run_plans")),
    )
    op.create_table(
        "score_imports",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("pairs", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_imports")),
    )
    op.create_table(
        "outcome_scores",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("scores", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["score_imports.id"], name=op.f("fk_outcome_scores_import_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_outcome_scores_case_id")),
        sa.PrimaryKeyConstraint("import_id", "case_id", name=op.f("pk_outcome_scores")),
    )
    op.create_index("ix_outcome_scores_case_id", "outcome_scores", ["case_id"], unique=False)
    op.create_table(
        "what_ifs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("changes", JSON, nullable=False),
        sa.Column("outcome", JSON, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_what_ifs")),
    )
    op.create_index("ix_what_ifs_at", "what_ifs", ["at"], unique=False)


def downgrade() -> None:
    for table in reversed(TABLES):
        if table != "score_imports":
            op.drop_table(table)
    op.drop_table("score_imports")
    op.drop_column("run_items", "override")
    op.drop_column("run_items", "input")
    op.execute(f"GRANT UPDATE ON rule_sets TO {SYSTEM}, {DIRECTORATE}")
    op.drop_column("rule_sets", "rules")
