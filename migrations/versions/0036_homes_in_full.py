"""What a reported home says beside its places: rooms, its last week, and whether quarantine fits.

And quarantine among the services that a municipality offers.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

SERVICES = ("specialist_health", "school", "upper_secondary", "wheelchair", "language")
KNOWN = "ck_municipality_services_service_known"


def upgrade() -> None:
    op.add_column("vacancies", sa.Column("rooms", sa.Integer(), nullable=True))
    op.add_column("vacancies", sa.Column("available_until_week", sa.String(8), nullable=True))
    op.add_column(
        "vacancies",
        sa.Column("quarantine", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.alter_column("vacancies", "quarantine", server_default=None)
    op.create_check_constraint(
        op.f("ck_vacancies_rooms_plausible"), "vacancies", "rooms BETWEEN 1 AND 200"
    )
    op.create_check_constraint(
        op.f("ck_vacancies_until_after_from"),
        "vacancies",
        "available_until_week >= available_from_week",
    )
    _services(*SERVICES, "quarantine")


def downgrade() -> None:
    op.execute("DELETE FROM municipality_services WHERE service = 'quarantine'")
    _services(*SERVICES)
    for column in ("quarantine", "available_until_week", "rooms"):
        op.drop_column("vacancies", column)


def _services(*known: str) -> None:
    op.drop_constraint(op.f(KNOWN), "municipality_services")
    words = ", ".join(f"'{word}'" for word in known)
    op.create_check_constraint(op.f(KNOWN), "municipality_services", f"service IN ({words})")
