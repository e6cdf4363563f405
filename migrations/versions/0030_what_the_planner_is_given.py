"""What cases and municipalities bring to a plan: ties, weeks, services; scores of persons."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

SYSTEM, DIRECTORATE = "bosetting_system", "bosetting_directorate"
MUNICIPALITY, AUDITOR = "bosetting_municipality", "bosetting_auditor"
TRAVEL = "bosetting_travel"
OWN = "municipality_id = nullif(current_setting('bosetting.municipality', true), '')::integer"
BOTH_CASES = (
    "EXISTS (SELECT FROM cases c WHERE c.id = case_id)"
    " AND EXISTS (SELECT FROM cases c WHERE c.id = related_case_id)"
)
AT = sa.DateTime(timezone=True)
KINDS = "'spouse', 'parent_and_child', 'siblings', 'other_family', 'belong_together'"
NEEDS = "'specialist_health', 'school', 'accessibility'"
SERVICES = "'specialist_health', 'school', 'upper_secondary', 'wheelchair', 'language'"


def upgrade() -> None:
    _ties()
    _needs(f"{NEEDS}, 'upper_secondary', 'language_support'")
    _of_municipalities(
        "weekly_capacities",
        sa.Column("week", sa.String(8), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "persons BETWEEN 0 AND 10000", name=op.f("ck_weekly_capacities_persons_plausible")
        ),
        key="week",
    )
    _of_municipalities(
        "municipality_services",
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            f"service IN ({SERVICES})", name=op.f("ck_municipality_services_service_known")
        ),
        sa.CheckConstraint(
            "(service = 'language') = (language <> '')",
            name=op.f("ck_municipality_services_language_of_support"),
        ),
        sa.CheckConstraint(
            "minutes IS NULL OR (service = 'specialist_health' AND minutes BETWEEN 0 AND 600)",
            name=op.f("ck_municipality_services_minutes_plausible"),
        ),
        key="service, language",
    )
    op.add_column(
        "score_imports", sa.Column("unit", sa.String(), server_default="household", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_score_imports_unit_known"), "score_imports", "unit IN ('household', 'person')"
    )
    op.alter_column("score_imports", "unit", server_default=None)


def _ties() -> None:
    for name, kind, default in (
        ("kind", sa.String(), "belong_together"),
        ("reach", sa.String(), "one"),
        ("strength", sa.Integer(), "100"),
    ):
        op.add_column("case_links", sa.Column(name, kind, server_default=default, nullable=False))
        op.alter_column("case_links", name, server_default=None)
    for name, condition in (
        ("kind_known", f"kind IN ({KINDS})"),
        ("reach_known", "reach IN ('one', 'near')"),
        ("strength_plausible", "strength BETWEEN 1 AND 100"),
        ("together_is_whole", "reach = 'near' OR strength = 100"),
    ):
        op.create_check_constraint(op.f(f"ck_case_links_{name}"), "case_links", condition)
    op.execute(
        f"CREATE POLICY changes ON case_links FOR UPDATE TO {TRAVEL}"
        f" USING ({BOTH_CASES}) WITH CHECK ({BOTH_CASES})"
    )
    op.execute(f"CREATE POLICY removes ON case_links FOR DELETE TO {TRAVEL} USING ({BOTH_CASES})")
    op.execute(f"GRANT DELETE ON case_links TO {DIRECTORATE}, {SYSTEM}, {TRAVEL}")


def _needs(known: str) -> None:
    op.drop_constraint(op.f("ck_cases_needs_known"), "cases", type_="check")
    op.create_check_constraint(
        op.f("ck_cases_needs_known"), "cases", f"needs <@ ARRAY[{known}]::text[]"
    )


def _of_municipalities(table: str, *columns: sa.schema.SchemaItem, key: str) -> None:
    """A table of what municipalities bring: theirs, IMDi's and the auditor's to read."""
    op.create_table(
        table,
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        *columns,
        sa.Column("at", AT, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f(f"fk_{table}_municipality_id")
        ),
        sa.PrimaryKeyConstraint("municipality_id", *key.split(", "), name=op.f(f"pk_{table}")),
    )
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY owner ON {table} TO CURRENT_ROLE USING (true)")
    op.execute(
        f"CREATE POLICY all_of_it ON {table} FOR ALL TO {DIRECTORATE}, {SYSTEM}"
        " USING (true) WITH CHECK (true)"
    )
    op.execute(f"CREATE POLICY reads_all ON {table} FOR SELECT TO {AUDITOR} USING (true)")
    op.execute(
        f"CREATE POLICY of_the_municipality ON {table} FOR ALL TO {MUNICIPALITY} USING ({OWN})"
    )
    roles = f"{DIRECTORATE}, {SYSTEM}, {MUNICIPALITY}"
    op.execute(f"GRANT SELECT ON {table} TO {roles}, {AUDITOR}")
    op.execute(f"GRANT INSERT, UPDATE, DELETE ON {table} TO {roles}")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_score_imports_unit_known"), "score_imports", type_="check")
    op.drop_column("score_imports", "unit")
    op.drop_table("municipality_services")
    op.drop_table("weekly_capacities")
    op.execute(
        "UPDATE cases SET needs = array_remove(array_remove(needs, 'upper_secondary'),"
        " 'language_support')"
    )
    _needs(NEEDS)
    op.execute(f"REVOKE DELETE ON case_links FROM {DIRECTORATE}, {SYSTEM}, {TRAVEL}")
    op.execute("DROP POLICY removes ON case_links")
    op.execute("DROP POLICY changes ON case_links")
    for name in ("together_is_whole", "strength_plausible", "reach_known", "kind_known"):
        op.drop_constraint(op.f(f"ck_case_links_{name}"), "case_links", type_="check")
    for name in ("strength", "reach", "kind"):
        op.drop_column("case_links", name)
