"""Letters that a person stops or hands over, and webhooks of reception centres."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

STATES = ("waiting", "recalled", "numbered", "ready", "sent", "stuck")
DELIVERIES = (
    "received",
    "accepted",
    "rejected",
    "notified",
    "read",
    "sent_to_print",
    "printed",
    "handled_manually",
    "sent_digitally",
    "sent_to_mailbox",
    "delivered_to_mailbox",
    "ready_for_pickup",
    "not_delivered",
    "in_folder",
    "by_hand",
)
REASONS = ("wrong_content", "wrong_recipient", "no_longer_so", "told_otherwise")
SCOPES = ("municipality", "imdi", "udi")
CENTRE = "bosetting_centre"
OWN = "reception_centre = nullif(current_setting('bosetting.centre', true), '')"
OF_ITS_WEBHOOK = "EXISTS (SELECT FROM webhooks w WHERE w.id = webhook_id)"
OF_ITS_DELIVERY = "EXISTS (SELECT FROM webhook_deliveries d WHERE d.id = delivery_id)"
OF_THE_CENTRE = {
    "webhooks": OWN,
    "webhook_deliveries": OF_ITS_WEBHOOK,
    "webhook_attempts": OF_ITS_DELIVERY,
}


def upgrade() -> None:
    op.add_column("letters", sa.Column("handed_on", sa.Date(), nullable=True))
    op.add_column("letter_steps", sa.Column("reason", sa.String(), nullable=True))
    _one_of("letter_steps", "reason", REASONS)
    _letters((*STATES[:2], "stopped", *STATES[2:]), (*DELIVERIES, "handed_over", "posted"))
    op.create_check_constraint(
        op.f("ck_letters_handed_on_a_day"),
        "letters",
        "(delivery IN ('handed_over', 'posted')) = (handed_on IS NOT NULL)",
    )
    op.create_index(
        "ix_letters_by_hand",
        "letters",
        ["year", "number"],
        postgresql_where=sa.text("delivery = 'by_hand'"),
    )
    op.add_column("webhooks", sa.Column("reception_centre", sa.String(), nullable=True))
    op.drop_constraint(op.f("ck_webhooks_scope_known"), "webhooks")
    _one_of("webhooks", "scope", (*SCOPES, "reception_centre"))
    op.create_check_constraint(
        op.f("ck_webhooks_centre_of_its_own"),
        "webhooks",
        "(scope = 'reception_centre') = (reception_centre IS NOT NULL)",
    )
    for table, whose in OF_THE_CENTRE.items():
        op.execute(f"CREATE POLICY of_the_centre ON {table} FOR ALL TO {CENTRE} USING ({whose})")
    op.execute(f"GRANT INSERT, UPDATE ON webhooks, webhook_deliveries TO {CENTRE}")


def downgrade() -> None:
    op.execute(f"REVOKE INSERT, UPDATE ON webhooks, webhook_deliveries FROM {CENTRE}")
    for table in OF_THE_CENTRE:
        op.execute(f"DROP POLICY of_the_centre ON {table}")
    op.drop_constraint(op.f("ck_webhooks_centre_of_its_own"), "webhooks")
    op.drop_constraint(op.f("ck_webhooks_scope_known"), "webhooks")
    # Nobody is left who could see or end them.
    op.execute(
        "DELETE FROM webhook_attempts WHERE delivery_id IN (SELECT d.id FROM webhook_deliveries d"
        " JOIN webhooks w ON w.id = d.webhook_id WHERE w.scope = 'reception_centre')"
    )
    op.execute(
        "DELETE FROM webhook_deliveries WHERE webhook_id IN"
        " (SELECT id FROM webhooks WHERE scope = 'reception_centre')"
    )
    op.execute("DELETE FROM webhooks WHERE scope = 'reception_centre'")
    _one_of("webhooks", "scope", SCOPES)
    op.drop_column("webhooks", "reception_centre")
    op.drop_index("ix_letters_by_hand", "letters")
    op.drop_constraint(op.f("ck_letters_handed_on_a_day"), "letters")
    op.execute(
        "UPDATE letters SET delivery = 'by_hand' WHERE delivery IN ('handed_over', 'posted')"
    )
    op.execute("UPDATE letters SET state = 'recalled' WHERE state = 'stopped'")
    _letters(STATES, DELIVERIES)
    op.drop_constraint(op.f("ck_letter_steps_reason_known"), "letter_steps")
    op.drop_column("letter_steps", "reason")
    op.drop_column("letters", "handed_on")


def _letters(states: tuple[str, ...], deliveries: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_letters_state_known"), "letters")
    op.drop_constraint(op.f("ck_letters_delivery_known"), "letters")
    op.drop_constraint(op.f("ck_letters_numbered_to_leave"), "letters")
    _one_of("letters", "state", states)
    _one_of("letters", "delivery", deliveries)
    never_left = ", ".join(
        f"'{one}'" for one in states if one in {"waiting", "recalled", "stopped"}
    )
    op.create_check_constraint(
        op.f("ck_letters_numbered_to_leave"),
        "letters",
        f"(state IN ({never_left})) = (number IS NULL)",
    )


def _one_of(table: str, column: str, words: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{word}'" for word in words)
    name = op.f(f"ck_{table}_{column}_known")
    op.create_check_constraint(name, table, f"{column} IN ({listed})")
