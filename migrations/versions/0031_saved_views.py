"""Views of lists that people keep: each sees and changes their own, and takes them along."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

LISTS = (
    *("cases", "entry", "municipalities", "letters", "approvals", "requests", "settlements"),
    *("travel", "deliveries", "audit", "fulfilment", "dialogue"),
)
SIGNED_IN, SYSTEM = "bosetting_signed_in", "bosetting_system"
#: Who ends users.
ENDS = "bosetting_administrator, bosetting_directorate, bosetting_municipality"
OWN = "user_id = nullif(current_setting('bosetting.user', true), '')::integer"
ENDED = "EXISTS (SELECT FROM users u WHERE u.id = user_id AND u.ended_at IS NOT NULL)"


def upgrade() -> None:
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("of_list", sa.String(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.String(length=1000), nullable=False),
        sa.Column("opens", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            f"of_list IN ({', '.join(repr(one) for one in LISTS)})",
            name=op.f("ck_saved_views_of_list_known"),
        ),
        sa.CheckConstraint("name <> ''", name=op.f("ck_saved_views_named")),
        sa.CheckConstraint("query <> ''", name=op.f("ck_saved_views_of_something")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_views_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
    )
    op.create_index(
        "uq_saved_views_name",
        "saved_views",
        ["user_id", "of_list", sa.text("lower(name)")],
        unique=True,
    )
    op.create_index(
        "uq_saved_views_opens",
        "saved_views",
        ["user_id", "of_list"],
        unique=True,
        postgresql_where=sa.text("opens"),
    )
    op.execute("ALTER TABLE saved_views ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY owner ON saved_views TO CURRENT_ROLE USING (true)")
    op.execute(f"CREATE POLICY oneself ON saved_views FOR ALL TO {SIGNED_IN} USING ({OWN})")
    op.execute(
        f"CREATE POLICY all_of_it ON saved_views FOR ALL TO {SYSTEM} USING (true) WITH CHECK (true)"
    )
    for name, command in (("goes_found", "SELECT"), ("goes", "DELETE")):
        op.execute(
            f"CREATE POLICY {name}_with_the_user ON saved_views FOR {command} TO {ENDS}"
            f" USING ({ENDED})"
        )
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON saved_views TO {SIGNED_IN}, {SYSTEM}")


def downgrade() -> None:
    op.drop_table("saved_views")
