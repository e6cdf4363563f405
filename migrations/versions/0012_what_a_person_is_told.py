"""A session knows what it runs on; a notice may be one person's, or the lead's."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OFFICES = "'municipality', 'imdi', 'udi'"
OWN = "user_id = nullif(current_setting('bosetting.user', true), '')::integer"


def upgrade() -> None:
    op.add_column("sign_ins", sa.Column("device", sa.String(), nullable=True))
    op.add_column("notifications", sa.Column("user_id", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_notifications_user_id"), "notifications", "users", ["user_id"], ["id"]
    )
    _audiences(f"{OFFICES}, 'lead', 'person'")
    op.create_check_constraint(
        op.f("ck_notifications_person_of_its_own"),
        "notifications",
        "(audience = 'person') = (user_id IS NOT NULL)",
    )
    op.drop_constraint(op.f("uq_notifications_outbox_id_audience"), "notifications")
    op.create_unique_constraint(
        op.f("uq_notifications_outbox_id_audience_user_id"),
        "notifications",
        ["outbox_id", "audience", "user_id"],
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(
        "ix_notifications_user_id",
        "notifications",
        ["user_id", "id"],
        postgresql_where=sa.text("user_id IS NOT NULL"),
    )
    op.execute(f"CREATE POLICY oneself ON notifications TO bosetting_signed_in USING ({OWN})")


def downgrade() -> None:
    op.execute("DROP POLICY oneself ON notifications")
    op.execute("DELETE FROM notifications WHERE audience IN ('lead', 'person')")
    op.drop_index("ix_notifications_user_id", "notifications")
    op.drop_constraint(op.f("uq_notifications_outbox_id_audience_user_id"), "notifications")
    op.create_unique_constraint(
        op.f("uq_notifications_outbox_id_audience"), "notifications", ["outbox_id", "audience"]
    )
    op.drop_constraint(op.f("ck_notifications_person_of_its_own"), "notifications")
    _audiences(OFFICES)
    op.drop_column("notifications", "user_id")
    op.drop_column("sign_ins", "device")


def _audiences(known: str) -> None:
    name = op.f("ck_notifications_audience_known")
    op.drop_constraint(name, "notifications")
    op.create_check_constraint(name, "notifications", f"audience IN ({known})")
