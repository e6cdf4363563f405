"""The country a database is for, said once; Sweden's offices: Migrationsverket and county boards.

Needs the roles of migrations/roles.sql as they are with this version.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

BEFORE = (
    *("case_officer", "lead", "municipality_writer", "municipality_reader"),
    *("municipality_administrator", "reception_centre", "travel_officer"),
)
AFTER = (*BEFORE, "migration_officer", "county_board", "county_coordinator")
LAST = ("auditor", "administrator", "system")
SYSTEM, VISITOR, SIGNED_IN = "bosetting_system", "bosetting_visitor", "bosetting_signed_in"
COUNTY, COORDINATOR = "bosetting_county", "bosetting_coordinator"
OWN_COUNTY = "county = nullif(current_setting('bosetting.county', true), '')"


def upgrade() -> None:
    op.create_table(
        "deployment",
        sa.Column("id", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_deployment_one_row")),
        sa.CheckConstraint("country IN ('no', 'se')", name=op.f("ck_deployment_country_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployment")),
    )
    # What is there already is Norway's.
    op.execute(
        "INSERT INTO deployment (country, at)"
        " SELECT 'no', now() WHERE EXISTS (SELECT FROM municipalities)"
    )
    op.execute(f"GRANT USAGE ON SCHEMA public TO {COUNTY}, {COORDINATOR}")
    op.execute(f"GRANT SELECT ON deployment TO {VISITOR}")
    op.execute(f"GRANT INSERT ON deployment TO {SYSTEM}")
    for table in ("users", "access_tokens"):
        op.add_column(table, sa.Column("county", sa.String(2), nullable=True))
        _roles(table, AFTER)
        op.create_check_constraint(
            op.f(f"ck_{table}_county_of_a_board"),
            table,
            "(role IN ('county_board', 'county_coordinator')) = (county IS NOT NULL)",
        )
    op.execute(
        f"CREATE POLICY colleagues_at_the_board ON users FOR SELECT TO {COUNTY} USING ({OWN_COUNTY})"
    )
    # What it does is told on, about no case.
    op.execute(f"GRANT INSERT ON outbox TO {COUNTY}")
    op.execute(
        f"CREATE POLICY about_no_case ON outbox FOR INSERT TO {COUNTY} WITH CHECK (case_id IS NULL)"
    )


def downgrade() -> None:
    op.execute("DROP POLICY about_no_case ON outbox")
    op.execute(f"REVOKE INSERT ON outbox FROM {COUNTY}")
    op.execute("DROP POLICY colleagues_at_the_board ON users")
    for table in ("users", "access_tokens"):
        op.drop_constraint(op.f(f"ck_{table}_county_of_a_board"), table)
        op.execute(f"DELETE FROM {table} WHERE county IS NOT NULL OR role = 'migration_officer'")
        _roles(table, BEFORE)
        op.drop_column(table, "county")
    op.execute(f"REVOKE USAGE ON SCHEMA public FROM {COUNTY}, {COORDINATOR}")
    op.drop_table("deployment")


def _roles(table: str, words: tuple[str, ...]) -> None:
    name = op.f(f"ck_{table}_role_known")
    op.drop_constraint(name, table)
    listed = ", ".join(repr(word) for word in (*words, *LAST))
    op.create_check_constraint(name, table, f"role IN ({listed})")
