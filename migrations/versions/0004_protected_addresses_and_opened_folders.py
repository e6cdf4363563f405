"""Protected addresses: a pool of their own, persons named for a case; who opened which folder."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

PURPOSES = (
    "finding_municipality",
    "receiving",
    "follow_up",
    "travel",
    "reception",
    "question",
    "access_request",
    "correction",
    "supervision",
)


def upgrade() -> None:
    op.drop_constraint(op.f("ck_place_accounts_pool_known"), "place_accounts", type_="check")
    op.create_check_constraint(
        op.f("ck_place_accounts_pool_known"),
        "place_accounts",
        "pool IN ('ordinary', 'minors', 'protected')",
    )
    op.create_index(
        "ix_cases_protected",
        "cases",
        ["case_number"],
        postgresql_where=sa.text("address_protection <> 'none'"),
    )
    op.create_table(
        "protected_access",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL)",
            name=op.f("ck_protected_access_ended_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_protected_access_case_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protected_access")),
    )
    op.create_index(
        "uq_protected_access_current",
        "protected_access",
        ["case_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_protected_access_user_id",
        "protected_access",
        ["user_id"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "folder_openings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("opener", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("reception_centre", sa.String(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("stated", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            f"purpose IN ({', '.join(repr(purpose) for purpose in PURPOSES)})",
            name=op.f("ck_folder_openings_purpose_known"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_folder_openings_case_id")),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipalities.id"],
            name=op.f("fk_folder_openings_municipality_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_folder_openings")),
        sa.UniqueConstraint(
            "case_id",
            "opener",
            "purpose",
            "hour",
            name=op.f("uq_folder_openings_case_id_opener_purpose_hour"),
        ),
    )
    op.execute(
        "CREATE TRIGGER folder_openings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE"
        " ON folder_openings FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute("GRANT SELECT, INSERT ON folder_openings TO bosetting_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON protected_access TO bosetting_app")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO bosetting_app")


def downgrade() -> None:
    op.drop_table("folder_openings")
    op.drop_table("protected_access")
    op.drop_index("ix_cases_protected", table_name="cases")
    # Where protected people hold places, their protection has to be lifted first: this then fails.
    op.drop_constraint(op.f("ck_place_accounts_pool_known"), "place_accounts", type_="check")
    op.create_check_constraint(
        op.f("ck_place_accounts_pool_known"), "place_accounts", "pool IN ('ordinary', 'minors')"
    )
