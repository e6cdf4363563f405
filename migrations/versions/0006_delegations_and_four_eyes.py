"""Users added by their address, authority lent for some days, actions that take two."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ACTIONS = "action IN ('run', 'rule_set', 'extra_places', 'reversal')"


def upgrade() -> None:
    op.add_column(
        "users",
        sa.Column("role_set_here", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("users", sa.Column("email", sa.String(), nullable=True))
    op.create_check_constraint(
        op.f("ck_users_email_in_small_letters"), "users", "email = lower(email)"
    )
    op.create_index(
        "uq_users_email",
        "users",
        ["email", "municipality_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL AND email IS NOT NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_index("ix_users_municipality_id", "users", ["municipality_id"])
    op.create_table(
        "delegations",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("delegator_id", sa.Integer(), nullable=False),
        sa.Column("delegate_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.CheckConstraint("delegator_id <> delegate_id", name=op.f("ck_delegations_between_two")),
        sa.CheckConstraint("from_on <= until_on", name=op.f("ck_delegations_has_days")),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_delegations_ended_by_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["delegate_id"], ["users.id"], name=op.f("fk_delegations_delegate_id")
        ),
        sa.ForeignKeyConstraint(
            ["delegator_id"], ["users.id"], name=op.f("fk_delegations_delegator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegations")),
    )
    op.create_index("ix_delegations_delegate_id", "delegations", ["delegate_id", "until_on"])
    op.create_index("ix_delegations_delegator_id", "delegations", ["delegator_id", "until_on"])
    op.add_column("sign_ins", sa.Column("delegation_id", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_sign_ins_delegation_id"), "sign_ins", "delegations", ["delegation_id"], ["id"]
    )
    op.create_table(
        "approval_rules",
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("needed", sa.Boolean(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_by", sa.String(), nullable=True),
        sa.CheckConstraint(ACTIONS, name=op.f("ck_approval_rules_action_known")),
        sa.CheckConstraint(
            "threshold BETWEEN 1 AND 100000", name=op.f("ck_approval_rules_threshold_plausible")
        ),
        sa.PrimaryKeyConstraint("action", name=op.f("pk_approval_rules")),
    )
    # None is needed until an administrator says so: docs/decisions has why.
    op.execute(
        "INSERT INTO approval_rules (action, needed, threshold) VALUES"
        " ('run', false, 50), ('rule_set', false, 1), ('extra_places', false, 1),"
        " ('reversal', false, 1)"
    )
    op.create_table(
        "approvals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(), nullable=False),
        sa.Column("stands_on", postgresql.JSONB(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prepared_by", sa.String(), nullable=False),
        sa.Column("prepared_role", sa.String(), nullable=False),
        sa.Column("prepared_persons", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(), nullable=True),
        sa.Column("settled_persons", postgresql.ARRAY(sa.String()), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(ACTIONS, name=op.f("ck_approvals_action_known")),
        sa.CheckConstraint(
            "state IN ('waiting', 'approved', 'rejected', 'taken_back')",
            name=op.f("ck_approvals_state_known"),
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (settled_at IS NULL)"
            " AND (settled_at IS NULL) = (settled_by IS NULL)",
            name=op.f("ck_approvals_settled_by_somebody"),
        ),
        sa.CheckConstraint(
            "cardinality(prepared_persons) > 0", name=op.f("ck_approvals_prepared_by_somebody")
        ),
        sa.CheckConstraint(
            "state <> 'approved' OR NOT settled_persons && prepared_persons",
            name=op.f("ck_approvals_four_eyes"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_approvals_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index(
        "uq_approvals_waiting",
        "approvals",
        ["action", "subject"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index("ix_approvals_prepared_at", "approvals", ["prepared_at", "id"])
    op.create_index(
        "ix_approvals_case_id",
        "approvals",
        ["case_id"],
        postgresql_where=sa.text("case_id IS NOT NULL"),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON delegations, approvals TO bosetting_app")
    op.execute("GRANT SELECT, UPDATE ON approval_rules TO bosetting_app")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO bosetting_app")


def downgrade() -> None:
    op.drop_table("approvals")
    op.drop_table("approval_rules")
    op.drop_column("sign_ins", "delegation_id")
    op.drop_table("delegations")
    op.drop_index("ix_users_municipality_id", table_name="users")
    op.drop_index("uq_users_email", table_name="users")
    op.drop_column("users", "email")
    op.drop_column("users", "role_set_here")
