"""Sweden: webhooks of the agency and of boards, new places told of, beds changed, meals given."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

SYSTEM, DIRECTORATE, MUNICIPALITY, COUNTY, COORDINATOR, AUDITOR, SIGNED_IN = (
    "bosetting_system",
    "bosetting_directorate",
    "bosetting_municipality",
    "bosetting_county",
    "bosetting_coordinator",
    "bosetting_auditor",
    "bosetting_signed_in",
)
OWN_COUNTY = "county = nullif(current_setting('bosetting.county', true), '')"
OWN_MUNICIPALITY = (
    "municipality_id = nullif(current_setting('bosetting.municipality', true), '')::integer"
)
NAMES_THE_COUNTY = (
    "case_id IS NULL AND facts -> 'counties' ?"
    " nullif(current_setting('bosetting.county', true), '')"
)
OF_ITS_WEBHOOK = "EXISTS (SELECT FROM webhooks w WHERE w.id = webhook_id)"
OF_ITS_DELIVERY = "EXISTS (SELECT FROM webhook_deliveries d WHERE d.id = delivery_id)"
OF_A_BOARD = {"webhook_deliveries": OF_ITS_WEBHOOK, "webhook_attempts": OF_ITS_DELIVERY}
UNSIGNED = """
CREATE VIEW reports_unsigned WITH (security_barrier) AS
SELECT report_id, count(*)::integer AS boards FROM report_parts
WHERE county <> '00' AND signed_at IS NULL GROUP BY report_id
"""
SCOPES = ("municipality", "imdi", "udi", "reception_centre")
OURS = ("agency", "county", "coordinator")
TOPICS = (
    *("requests", "reminders", "withdrawals", "travel", "cases", "homes", "validity"),
    *("register", "targets", "swaps", "reports"),
)


def upgrade() -> None:
    _webhooks()
    op.execute(UNSIGNED)
    op.execute(f"GRANT SELECT ON reports_unsigned TO {COUNTY}, {SYSTEM}")
    _known("recipients", "topic", (*TOPICS, "places"))
    op.add_column("accommodation_offers", sa.Column("min_beds", sa.Integer(), nullable=True))
    op.create_check_constraint(
        op.f("ck_accommodation_offers_fewest_of_those_offered"),
        "accommodation_offers",
        "min_beds BETWEEN 1 AND beds",
    )
    op.add_column("occupancies", sa.Column("meal_days", sa.BigInteger(), nullable=True))
    op.create_check_constraint(
        op.f("ck_occupancies_meals_of_who_slept"),
        "occupancies",
        "meal_days BETWEEN 0 AND place_nights",
    )
    op.create_table(
        "bed_changes",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("county", sa.String(length=2), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.CheckConstraint(
            "before > 0 AND after > 0 AND before <> after", name=op.f("ck_bed_changes_changed")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_bed_changes_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["object_id"], ["accommodation_objects.id"], name=op.f("fk_bed_changes_object_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bed_changes")),
    )
    op.create_index("ix_bed_changes_object_id", "bed_changes", ["object_id"])
    op.execute("ALTER TABLE bed_changes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    for name, how in {
        "owner": "TO CURRENT_ROLE USING (true)",
        "writes": f"FOR INSERT TO {DIRECTORATE}, {SYSTEM} WITH CHECK (true)",
        "reads_all": f"FOR SELECT TO {DIRECTORATE}, {SYSTEM}, {AUDITOR}, {COORDINATOR} USING (true)",
        "of_its_county": f"FOR SELECT TO {COUNTY} USING ({OWN_COUNTY})",
        "of_its_own": f"FOR SELECT TO {MUNICIPALITY} USING ({OWN_MUNICIPALITY})",
    }.items():
        op.execute(f"CREATE POLICY {name} ON bed_changes {how}")
    op.execute(f"GRANT SELECT ON bed_changes TO {SIGNED_IN}, {SYSTEM}")
    op.execute(f"GRANT INSERT ON bed_changes TO {DIRECTORATE}, {SYSTEM}")


def _webhooks() -> None:
    op.add_column("webhooks", sa.Column("county", sa.String(length=2), nullable=True))
    _known("webhooks", "scope", (*SCOPES, *OURS))
    op.create_check_constraint(
        op.f("ck_webhooks_county_of_its_own"),
        "webhooks",
        "(scope = 'county') = (county IS NOT NULL)",
    )
    op.execute(f"CREATE POLICY of_the_county ON webhooks FOR ALL TO {COUNTY} USING ({OWN_COUNTY})")
    op.execute(
        f"CREATE POLICY coordinates ON webhooks FOR ALL TO {COORDINATOR}"
        " USING (scope = 'coordinator')"
    )
    for table, whose in OF_A_BOARD.items():
        op.execute(f"CREATE POLICY of_the_county ON {table} FOR ALL TO {COUNTY} USING ({whose})")
    op.execute(f"GRANT INSERT, UPDATE ON webhooks, webhook_deliveries TO {COUNTY}")
    op.execute(
        f"CREATE POLICY of_the_county ON outbox FOR SELECT TO {COUNTY} USING ({NAMES_THE_COUNTY})"
    )
    op.execute(
        f"CREATE POLICY coordinates ON outbox FOR SELECT TO {COORDINATOR} USING (case_id IS NULL)"
    )


def downgrade() -> None:
    op.execute("DROP VIEW reports_unsigned")
    op.drop_table("bed_changes")
    op.drop_constraint(op.f("ck_occupancies_meals_of_who_slept"), "occupancies")
    op.drop_column("occupancies", "meal_days")
    op.drop_constraint(
        op.f("ck_accommodation_offers_fewest_of_those_offered"), "accommodation_offers"
    )
    op.drop_column("accommodation_offers", "min_beds")
    op.execute("DELETE FROM recipients WHERE topic = 'places'")
    _known("recipients", "topic", TOPICS)
    for policy in ("coordinates", "of_the_county"):
        op.execute(f"DROP POLICY {policy} ON outbox")
    op.execute(f"REVOKE INSERT, UPDATE ON webhooks, webhook_deliveries FROM {COUNTY}")
    for table in OF_A_BOARD:
        op.execute(f"DROP POLICY of_the_county ON {table}")
    for policy in ("coordinates", "of_the_county"):
        op.execute(f"DROP POLICY {policy} ON webhooks")
    # Nobody is left who could see or end them.
    ours = f"SELECT id FROM webhooks WHERE scope IN ({_list(OURS)})"
    op.execute(
        "DELETE FROM webhook_attempts WHERE delivery_id IN"
        f" (SELECT id FROM webhook_deliveries WHERE webhook_id IN ({ours}))"
    )
    op.execute(f"DELETE FROM webhook_deliveries WHERE webhook_id IN ({ours})")
    op.execute(f"DELETE FROM webhooks WHERE scope IN ({_list(OURS)})")
    op.drop_constraint(op.f("ck_webhooks_county_of_its_own"), "webhooks")
    _known("webhooks", "scope", SCOPES)
    op.drop_column("webhooks", "county")


def _known(table: str, column: str, words: tuple[str, ...]) -> None:
    name = op.f(f"ck_{table}_{column}_known")
    op.drop_constraint(name, table)
    op.create_check_constraint(name, table, f"{column} IN ({_list(words)})")


def _list(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{one}'" for one in words)
