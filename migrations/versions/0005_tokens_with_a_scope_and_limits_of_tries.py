"""Tokens with a scope, an owner and a last use; how often a source may try."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "access_tokens", sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False)
    )
    op.create_unique_constraint(op.f("uq_access_tokens_id"), "access_tokens", ["id"])
    op.add_column("access_tokens", sa.Column("scope", sa.String(), nullable=True))
    op.execute("UPDATE access_tokens SET scope = 'write'")
    op.alter_column("access_tokens", "scope", nullable=False)
    op.create_check_constraint(
        op.f("ck_access_tokens_scope_known"), "access_tokens", "scope IN ('read', 'write')"
    )
    op.add_column("access_tokens", sa.Column("owner_id", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_access_tokens_owner_id"), "access_tokens", "users", ["owner_id"], ["id"]
    )
    op.add_column(
        "access_tokens", sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True)
    )
    # Not written to the log: what a crash forgets is how often somebody had tried.
    op.create_table(
        "rate_buckets",
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("remaining", sa.Float(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_rate_buckets")),
        prefixes=["UNLOGGED"],
    )
    op.create_index("ix_rate_buckets_at", "rate_buckets", ["at"])
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON rate_buckets TO bosetting_app")


def downgrade() -> None:
    op.drop_table("rate_buckets")
    op.drop_column("access_tokens", "last_used_at")
    op.drop_column("access_tokens", "owner_id")
    op.drop_column("access_tokens", "scope")
    op.drop_column("access_tokens", "id")
