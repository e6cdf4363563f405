"""Sweden: running, interim and final reports, in parts by county; what is frozen stands."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

SYSTEM, DIRECTORATE = "bosetting_system", "bosetting_directorate"
COUNTY, COORDINATOR, AUDITOR = "bosetting_county", "bosetting_coordinator", "bosetting_auditor"
OWN_COUNTY = "county = nullif(current_setting('bosetting.county', true), '')"
TABLES = ("reports", "report_parts")
AT = sa.DateTime(timezone=True)

STAND = """
CREATE FUNCTION report_stands() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF OLD.state = 'frozen' AND (
        to_jsonb(NEW) - '{handed_over_on,handed_over_by,version}'::text[]
        IS DISTINCT FROM to_jsonb(OLD) - '{handed_over_on,handed_over_by,version}'::text[]
        OR OLD.handed_over_on IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'a frozen report stands' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION report_part_stands() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF EXISTS (SELECT FROM reports WHERE id = NEW.report_id AND state = 'frozen') THEN
        RAISE EXCEPTION 'a frozen report stands' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("recipients", sa.String(), nullable=False),
        sa.Column("opening_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("taken_at", AT, nullable=False),
        sa.Column("taken_by", sa.String(), nullable=False),
        sa.Column("coordinated_at", AT, nullable=True),
        sa.Column("coordinated_by", sa.String(), nullable=True),
        sa.Column("frozen_at", AT, nullable=True),
        sa.Column("frozen_by", sa.String(), nullable=True),
        sa.Column("difference_reason", sa.String(), nullable=True),
        sa.Column("handed_over_on", sa.Date(), nullable=True),
        sa.Column("handed_over_by", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('running', 'interim', 'final')", name=op.f("ck_reports_kind_known")
        ),
        sa.CheckConstraint("state IN ('draft', 'frozen')", name=op.f("ck_reports_state_known")),
        sa.CheckConstraint(
            "(kind = 'final') = (opening_id IS NOT NULL)",
            name=op.f("ck_reports_final_has_opening"),
        ),
        sa.CheckConstraint(
            "(state = 'frozen') = (frozen_at IS NOT NULL)", name=op.f("ck_reports_frozen_when")
        ),
        sa.CheckConstraint(
            "handed_over_on IS NULL OR state = 'frozen'",
            name=op.f("ck_reports_handed_over_frozen"),
        ),
        sa.ForeignKeyConstraint(["opening_id"], ["reports.id"], name=op.f("fk_reports_opening_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
    )
    op.create_table(
        "report_parts",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("county", sa.String(length=2), nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("signed_at", AT, nullable=True),
        sa.Column("signed_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_report_parts_report_id")
        ),
        sa.PrimaryKeyConstraint("report_id", "county", name=op.f("pk_report_parts")),
    )
    op.execute(STAND)
    op.execute(
        "CREATE TRIGGER reports_stand BEFORE UPDATE ON reports"
        " FOR EACH ROW EXECUTE FUNCTION report_stands()"
    )
    op.execute(
        "CREATE TRIGGER report_parts_stand BEFORE INSERT OR UPDATE ON report_parts"
        " FOR EACH ROW EXECUTE FUNCTION report_part_stands()"
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_stay BEFORE DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY owner ON {table} TO CURRENT_ROLE USING (true)")
        op.execute(
            f"CREATE POLICY all_of_it ON {table} FOR ALL TO {SYSTEM}, {DIRECTORATE}"
            " USING (true) WITH CHECK (true)"
        )
        op.execute(
            f"CREATE POLICY reads_all ON {table} FOR SELECT TO {AUDITOR}, {COORDINATOR}"
            " USING (true)"
        )
        op.execute(f"GRANT SELECT ON {table} TO {COUNTY}, {AUDITOR}")
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO {SYSTEM}, {DIRECTORATE}")
    op.execute(f"CREATE POLICY known ON reports FOR SELECT TO {COUNTY} USING (true)")
    op.execute(
        f"CREATE POLICY of_the_county ON report_parts FOR ALL TO {COUNTY}"
        f" USING ({OWN_COUNTY}) WITH CHECK ({OWN_COUNTY})"
    )
    op.execute(
        f"CREATE POLICY coordinates ON reports FOR UPDATE TO {COORDINATOR}"
        " USING (kind = 'interim') WITH CHECK (kind = 'interim')"
    )
    op.execute(f"GRANT UPDATE (text, signed_at, signed_by) ON report_parts TO {COUNTY}")
    op.execute(
        f"GRANT UPDATE (coordinated_at, coordinated_by, version) ON reports TO {COORDINATOR}"
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION report_part_stands()")
    op.execute("DROP FUNCTION report_stands()")
