"""The language a user has chosen for the pages."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("language", sa.String(), nullable=True))
    op.create_check_constraint(
        op.f("ck_users_language_known"), "users", "language IN ('nb', 'nn', 'en', 'sv')"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_users_language_known"), "users")
    op.drop_column("users", "language")
