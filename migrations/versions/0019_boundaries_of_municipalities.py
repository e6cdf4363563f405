"""Boundaries of municipalities, as they are drawn: a public register, empty until it is imported."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

VISITOR, SYSTEM = "bosetting_visitor", "bosetting_system"


def upgrade() -> None:
    op.create_table(
        "municipality_boundaries",
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "path ~ '^(M-?[0-9]+ -?[0-9]+(l-?[0-9]+ -?[0-9]+)*z)+$'",
            name=op.f("ck_municipality_boundaries_path_of_lines"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipalities.id"],
            name=op.f("fk_municipality_boundaries_municipality_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", name=op.f("pk_municipality_boundaries")),
    )
    op.execute(f"GRANT SELECT ON municipality_boundaries TO {VISITOR}")
    op.execute(f"GRANT INSERT, UPDATE, DELETE ON municipality_boundaries TO {SYSTEM}")


def downgrade() -> None:
    op.drop_table("municipality_boundaries")
