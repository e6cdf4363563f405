"""Whom an identity provider vouches for, what waits for its answer, and sessions it may end."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("provider", sa.String(), nullable=True))
    op.add_column("users", sa.Column("subject", sa.String(), nullable=True))
    op.create_unique_constraint(op.f("uq_users_provider_subject"), "users", ["provider", "subject"])
    op.create_check_constraint(
        op.f("ck_users_provider_and_subject"), "users", "(provider IS NULL) = (subject IS NULL)"
    )
    op.add_column(
        "sign_ins", sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False)
    )
    op.create_unique_constraint(op.f("uq_sign_ins_id"), "sign_ins", ["id"])
    op.add_column("sign_ins", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE sign_ins SET seen_at = at")
    op.alter_column("sign_ins", "seen_at", nullable=False)
    op.add_column("sign_ins", sa.Column("provider", sa.String(), nullable=True))
    op.add_column("sign_ins", sa.Column("provider_session", sa.String(), nullable=True))
    op.add_column("sign_ins", sa.Column("sealed_hint", sa.LargeBinary(), nullable=True))
    op.create_index(
        "ix_sign_ins_provider_session",
        "sign_ins",
        ["provider_session"],
        postgresql_where=sa.text("provider_session IS NOT NULL"),
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("state_hash", sa.LargeBinary(), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("code_verifier", sa.String(), nullable=False),
        sa.Column("onward", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_sign_in_attempts")),
    )
    op.create_index("ix_sign_in_attempts_expires_at", "sign_in_attempts", ["expires_at"])
    op.execute("GRANT SELECT, INSERT, DELETE ON sign_in_attempts TO bosetting_app")


def downgrade() -> None:
    op.drop_table("sign_in_attempts")
    op.drop_index("ix_sign_ins_provider_session", table_name="sign_ins")
    op.drop_column("sign_ins", "sealed_hint")
    op.drop_column("sign_ins", "provider_session")
    op.drop_column("sign_ins", "provider")
    op.drop_column("sign_ins", "seen_at")
    op.drop_column("sign_ins", "id")
    op.drop_column("users", "subject")
    op.drop_column("users", "provider")
