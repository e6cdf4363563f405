"""Webhooks with their queues, and the order in which events are told to other systems."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SYSTEM, DIRECTORATE, MUNICIPALITY, TRAVEL, SIGNED_IN = (
    "bosetting_system",
    "bosetting_directorate",
    "bosetting_municipality",
    "bosetting_travel",
    "bosetting_signed_in",
)
OWN = "municipality_id = nullif(current_setting('bosetting.municipality', true), '')::integer"
OF_ITS_WEBHOOK = "EXISTS (SELECT FROM webhooks w WHERE w.id = webhook_id)"
OF_ITS_DELIVERY = "EXISTS (SELECT FROM webhook_deliveries d WHERE d.id = delivery_id)"
TABLES = {
    "webhooks": {MUNICIPALITY: OWN, TRAVEL: "scope = 'udi'"},
    "webhook_deliveries": {f"{MUNICIPALITY}, {TRAVEL}": OF_ITS_WEBHOOK},
    "webhook_attempts": {f"{MUNICIPALITY}, {TRAVEL}": OF_ITS_DELIVERY},
}
FAULTS = "'status', 'away', 'slow', 'long', 'address', 'secret', 'withheld', 'off'"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("position", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_outbox_unplaced",
        "outbox",
        ["id"],
        postgresql_where=sa.text("position IS NULL AND recalled_at IS NULL"),
    )
    op.create_index(
        "uq_outbox_position",
        "outbox",
        ["position"],
        unique=True,
        postgresql_where=sa.text("position IS NOT NULL"),
    )
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("events", sa.ARRAY(sa.String()), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("secret_before", sa.LargeBinary(), nullable=True),
        sa.Column("secret_before_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("off_why", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "scope IN ('municipality', 'imdi', 'udi')", name=op.f("ck_webhooks_scope_known")
        ),
        sa.CheckConstraint("off_why IN ('person', 'gone')", name=op.f("ck_webhooks_off_why_known")),
        sa.CheckConstraint(
            "(scope = 'municipality') = (municipality_id IS NOT NULL)",
            name=op.f("ck_webhooks_municipality_of_its_own"),
        ),
        sa.CheckConstraint(
            "(off_at IS NULL) = (off_why IS NULL)", name=op.f("ck_webhooks_off_for_a_reason")
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_webhooks_ended_by_somebody")
        ),
        sa.CheckConstraint(
            "(secret_before IS NULL) = (secret_before_until IS NULL)",
            name=op.f("ck_webhooks_secret_before_ends"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_webhooks_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_index(
        "ix_webhooks_queue",
        "webhooks",
        ["next_at"],
        postgresql_where=sa.text("off_at IS NULL AND ended_at IS NULL"),
    )
    op.create_index("ix_webhooks_municipality_id", "webhooks", ["municipality_id"])
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("outbox_id", sa.BigInteger(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fault", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'failed', 'delivered', 'dead')",
            name=op.f("ck_webhook_deliveries_state_known"),
        ),
        sa.CheckConstraint(f"fault IN ({FAULTS})", name=op.f("ck_webhook_deliveries_fault_known")),
        sa.CheckConstraint(
            "attempts >= 0", name=op.f("ck_webhook_deliveries_attempts_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_webhook_deliveries_webhook_id")
        ),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["outbox.id"], name=op.f("fk_webhook_deliveries_outbox_id")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_webhook_deliveries_case_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint(
            "webhook_id", "outbox_id", name=op.f("uq_webhook_deliveries_webhook_id_outbox_id")
        ),
    )
    is_open = sa.text("state IN ('pending', 'failed')")
    op.create_index(
        "ix_webhook_deliveries_open",
        "webhook_deliveries",
        ["webhook_id", "id"],
        postgresql_where=is_open,
    )
    op.create_index(
        "ix_webhook_deliveries_case",
        "webhook_deliveries",
        ["webhook_id", "case_id", "id"],
        postgresql_where=is_open,
    )
    op.create_table(
        "webhook_attempts",
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("fault", sa.String(), nullable=True),
        sa.CheckConstraint(f"fault IN ({FAULTS})", name=op.f("ck_webhook_attempts_fault_known")),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["webhook_deliveries.id"], name=op.f("fk_webhook_attempts_delivery_id")
        ),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("pk_webhook_attempts")),
    )
    for table, policies in TABLES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY owner ON {table} TO CURRENT_ROLE USING (true)")
        op.execute(
            f"CREATE POLICY all_of_it ON {table} FOR ALL TO {SYSTEM}, {DIRECTORATE} USING (true)"
        )
        for number, (roles, whose) in enumerate(policies.items()):
            op.execute(
                f"CREATE POLICY of_its_own_{number} ON {table} FOR ALL TO {roles} USING ({whose})"
            )
        op.execute(f"GRANT SELECT ON {table} TO {SIGNED_IN}, {SYSTEM}")
    writers = f"{SYSTEM}, {DIRECTORATE}, {MUNICIPALITY}, {TRAVEL}"
    op.execute(f"GRANT INSERT, UPDATE ON webhooks, webhook_deliveries TO {writers}")
    op.execute(f"GRANT INSERT ON webhook_attempts TO {SYSTEM}")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_index("uq_outbox_position", "outbox")
    op.drop_index("ix_outbox_unplaced", "outbox")
    op.drop_column("outbox", "position")
