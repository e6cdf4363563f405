"""Sweden: offices are told of numbers, swaps, keys and reports; deciding numbers may take two."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

COUNTY, COORDINATOR = "bosetting_county", "bosetting_coordinator"
OWN_COUNTY = "county = current_setting('bosetting.county', true)"
OWN_USER = "user_id = nullif(current_setting('bosetting.user', true), '')::integer"
ACTIONS = ("run", "rule_set", "extra_places", "reversal")
AUDIENCES = ("municipality", "imdi", "udi", "lead", "person")
TOPICS = (
    "requests",
    "reminders",
    "withdrawals",
    "travel",
    "cases",
    "homes",
    "validity",
    "register",
)
LANGUAGES = ("nb", "nn", "en")


def upgrade() -> None:
    for table in ("approval_rules", "approvals"):
        _known(table, "action", (*ACTIONS, "targets"))
    op.execute(
        "INSERT INTO approval_rules (action, needed, threshold) VALUES ('targets', false, 1)"
    )
    _known("notifications", "audience", (*AUDIENCES, "agency", "county", "coordinator"))
    op.add_column("notifications", sa.Column("county", sa.String(length=2), nullable=True))
    op.create_check_constraint(
        op.f("ck_notifications_county_of_its_own"),
        "notifications",
        "(audience = 'county') = (county IS NOT NULL)",
    )
    _unique(["outbox_id", "audience", "user_id"], ["outbox_id", "audience", "user_id", "county"])
    _known("recipients", "topic", (*TOPICS, "targets", "swaps", "reports"))
    for table in ("recipients", "dispatches"):
        _known(table, "language", (*LANGUAGES, "sv"))
    op.execute(
        f"CREATE POLICY of_the_county ON notifications TO {COUNTY}"
        f" USING (audience = 'county' AND {OWN_COUNTY})"
    )
    op.execute(
        f"CREATE POLICY coordinates ON notifications TO {COORDINATOR}"
        " USING (audience = 'coordinator')"
    )
    op.execute(f"GRANT UPDATE (read_at, read_by) ON notifications TO {COUNTY}")
    op.execute(f"GRANT INSERT, UPDATE ON recipients TO {COUNTY}")
    op.execute(f"CREATE POLICY of_a_board ON recipients FOR ALL TO {COUNTY} USING ({OWN_USER})")
    # A board confirms and declines swaps, and signs its part of a report.
    op.execute(
        f"CREATE POLICY tells_of_its_part ON outbox FOR INSERT TO {COUNTY} WITH CHECK"
        " (case_id IS NULL AND type SIMILAR TO '(swap|target|report).%')"
    )
    op.execute(f"GRANT INSERT ON outbox TO {COUNTY}")


def downgrade() -> None:
    op.execute(f"REVOKE INSERT ON outbox FROM {COUNTY}")
    op.execute("DROP POLICY tells_of_its_part ON outbox")
    op.execute("DROP POLICY of_a_board ON recipients")
    op.execute(f"REVOKE INSERT, UPDATE ON recipients FROM {COUNTY}")
    op.execute(f"REVOKE UPDATE (read_at, read_by) ON notifications FROM {COUNTY}")
    op.execute("DROP POLICY coordinates ON notifications")
    op.execute("DROP POLICY of_the_county ON notifications")
    op.execute("DELETE FROM dispatches WHERE language = 'sv'")
    op.execute(f"DELETE FROM recipients WHERE language = 'sv' OR topic NOT IN ({_list(TOPICS)})")
    for table in ("recipients", "dispatches"):
        _known(table, "language", LANGUAGES)
    _known("recipients", "topic", TOPICS)
    op.execute("DELETE FROM notifications WHERE audience IN ('agency', 'county', 'coordinator')")
    _unique(["outbox_id", "audience", "user_id", "county"], ["outbox_id", "audience", "user_id"])
    op.drop_constraint(op.f("ck_notifications_county_of_its_own"), "notifications")
    op.drop_column("notifications", "county")
    _known("notifications", "audience", AUDIENCES)
    for table in ("approvals", "approval_rules"):
        op.execute(f"DELETE FROM {table} WHERE action = 'targets'")
        _known(table, "action", ACTIONS)


def _known(table: str, column: str, words: tuple[str, ...]) -> None:
    name = op.f(f"ck_{table}_{column}_known")
    op.drop_constraint(name, table)
    op.create_check_constraint(name, table, f"{column} IN ({_list(words)})")


def _unique(before: list[str], after: list[str]) -> None:
    op.drop_constraint(op.f(f"uq_notifications_{'_'.join(before)}"), "notifications")
    op.create_unique_constraint(
        op.f(f"uq_notifications_{'_'.join(after)}"),
        "notifications",
        after,
        postgresql_nulls_not_distinct=True,
    )


def _list(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{one}'" for one in words)
