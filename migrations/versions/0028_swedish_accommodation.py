"""Sweden: accommodation objects, offers, contracts, call-offs, and the county boards' inventory."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

SYSTEM, DIRECTORATE, MUNICIPALITY = (
    "bosetting_system",
    "bosetting_directorate",
    "bosetting_municipality",
)
COUNTY, COORDINATOR, AUDITOR = "bosetting_county", "bosetting_coordinator", "bosetting_auditor"
SIGNED_IN = "bosetting_signed_in"
OWN = "municipality_id = nullif(current_setting('bosetting.municipality', true), '')::integer"
OWN_COUNTY = "county = nullif(current_setting('bosetting.county', true), '')"
READ, ADD, ALL = "SELECT", "INSERT", "ALL"

#: What is there, and what was signed: a municipality's own, its county board's.
ACQUIRED = ("accommodation_objects", "accommodation_contracts", "call_offs", "occupancies")
#: What the boards write.
INVENTORIES = ("inventories", "inventory_rows")
#: In the order they refer to each other.
TABLES = (
    *("location_weights", "inventories", "accommodation_objects", "inventory_rows"),
    *("accommodation_offers", "accommodation_contracts", "call_offs", "occupancies"),
)
#: Written once.
APPEND_ONLY = frozenset({"location_weights", "inventories"})
POLICIES: tuple[tuple[str, ...], ...] = (
    *((table, "all_of_it", ALL, f"{SYSTEM}, {DIRECTORATE}", "true") for table in TABLES),
    ("location_weights", "known", READ, SIGNED_IN, "true"),
    *((table, "reads_all", READ, f"{AUDITOR}, {COORDINATOR}", "true") for table in ACQUIRED),
    *((table, "reads_all", READ, f"{AUDITOR}, {COORDINATOR}", "true") for table in INVENTORIES),
    *((table, "of_the_county", READ, COUNTY, OWN_COUNTY) for table in ACQUIRED),
    *((table, "of_the_municipality", READ, MUNICIPALITY, OWN) for table in ACQUIRED),
    *((table, "of_the_county", READ, COUNTY, OWN_COUNTY) for table in INVENTORIES),
    *((table, "takes_in", ADD, COUNTY, OWN_COUNTY) for table in INVENTORIES),
    # What is offered is secret until it is decided, save to the municipality that offers.
    ("accommodation_offers", "reads_all", READ, AUDITOR, "true"),
    (
        *("accommodation_offers", "its_own_agreement", READ, MUNICIPALITY),
        f"kind = 'municipal_agreement' AND {OWN}",
    ),
)


def upgrade() -> None:
    op.create_table(
        "location_weights",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("features", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location_weights")),
        sa.UniqueConstraint("valid_from", name=op.f("uq_location_weights_valid_from")),
    )
    op.create_table(
        "inventories",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("county", sa.String(length=2), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inventories")),
    )
    op.create_table(
        "accommodation_objects",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("county", sa.String(length=2), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("standard", sa.String(), nullable=False),
        sa.Column("beds", sa.Integer(), nullable=False),
        sa.Column("transit_metres", sa.Integer(), nullable=True),
        sa.Column("transit_minutes", sa.Integer(), nullable=True),
        sa.Column("health_centre_metres", sa.Integer(), nullable=True),
        sa.Column("health_centre_minutes", sa.Integer(), nullable=True),
        sa.Column("school_metres", sa.Integer(), nullable=True),
        sa.Column("school_minutes", sa.Integer(), nullable=True),
        sa.Column("service_metres", sa.Integer(), nullable=True),
        sa.Column("service_minutes", sa.Integer(), nullable=True),
        sa.Column("score_override", sa.Integer(), nullable=True),
        sa.Column("score_note", sa.String(), nullable=True),
        sa.Column("scored_by", sa.String(), nullable=True),
        sa.Column("provenance", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "owner IN ('municipality', 'state', 'private')",
            name=op.f("ck_accommodation_objects_owner_known"),
        ),
        sa.CheckConstraint(
            "standard IN ('house', 'house_shared', 'caravan', 'caravan_shared')",
            name=op.f("ck_accommodation_objects_standard_known"),
        ),
        sa.CheckConstraint(
            "(score_override IS NULL) = (score_note IS NULL)",
            name=op.f("ck_accommodation_objects_overridden_with_a_note"),
        ),
        sa.CheckConstraint("beds > 0", name=op.f("ck_accommodation_objects_some_beds")),
        sa.CheckConstraint(
            "score_override BETWEEN 0 AND 100",
            name=op.f("ck_accommodation_objects_score_of_a_hundred"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipalities.id"],
            name=op.f("fk_accommodation_objects_municipality_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accommodation_objects")),
    )
    op.create_index(
        "ix_accommodation_objects_municipality_id",
        "accommodation_objects",
        ["municipality_id"],
        unique=False,
    )
    op.create_table(
        "inventory_rows",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("inventory_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("county", sa.String(length=2), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("fields", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("object_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(state = 'rejected') = (reason IS NOT NULL)",
            name=op.f("ck_inventory_rows_rejected_why"),
        ),
        sa.CheckConstraint(
            "(state = 'used') = (object_id IS NOT NULL)",
            name=op.f("ck_inventory_rows_used_as_an_object"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'used', 'rejected')", name=op.f("ck_inventory_rows_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["inventory_id"], ["inventories.id"], name=op.f("fk_inventory_rows_inventory_id")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipalities.id"],
            name=op.f("fk_inventory_rows_municipality_id"),
        ),
        sa.ForeignKeyConstraint(
            ["object_id"], ["accommodation_objects.id"], name=op.f("fk_inventory_rows_object_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inventory_rows")),
        sa.UniqueConstraint(
            "inventory_id", "line", name=op.f("uq_inventory_rows_inventory_id_line")
        ),
    )
    op.create_table(
        "accommodation_offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("county", sa.String(length=2), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("supplier", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("beds", sa.Integer(), nullable=False),
        sa.Column("price_ore", sa.Integer(), nullable=False),
        sa.Column("meals", sa.String(), nullable=False),
        sa.Column("meal_ore", sa.Integer(), nullable=True),
        sa.Column("term", sa.String(), nullable=False),
        sa.Column("pay_when_used", sa.Boolean(), nullable=False),
        sa.Column("available_from", sa.Date(), nullable=False),
        sa.Column("available_until", sa.Date(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(meals = 'when_needed') = (meal_ore IS NOT NULL)",
            name=op.f("ck_accommodation_offers_price_of_meals"),
        ),
        sa.CheckConstraint(
            "kind IN ('procured', 'direct_award', 'rental', 'municipal_agreement', 'temporary_module')",
            name=op.f("ck_accommodation_offers_kind_known"),
        ),
        sa.CheckConstraint(
            "meals IN ('self_catering', 'when_needed', 'included')",
            name=op.f("ck_accommodation_offers_meals_known"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'rejected', 'withdrawn')",
            name=op.f("ck_accommodation_offers_state_known"),
        ),
        sa.CheckConstraint(
            "term IN ('six_months', 'one_year', 'three_years')",
            name=op.f("ck_accommodation_offers_term_known"),
        ),
        sa.CheckConstraint(
            "available_until >= available_from",
            name=op.f("ck_accommodation_offers_until_after_from"),
        ),
        sa.CheckConstraint("beds > 0", name=op.f("ck_accommodation_offers_some_beds")),
        sa.CheckConstraint(
            "price_ore >= 0", name=op.f("ck_accommodation_offers_price_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipalities.id"],
            name=op.f("fk_accommodation_offers_municipality_id"),
        ),
        sa.ForeignKeyConstraint(
            ["object_id"],
            ["accommodation_objects.id"],
            name=op.f("fk_accommodation_offers_object_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accommodation_offers")),
    )
    op.create_index(
        "ix_accommodation_offers_object_id", "accommodation_offers", ["object_id"], unique=False
    )
    op.create_index(
        "ix_accommodation_offers_state",
        "accommodation_offers",
        ["state", "municipality_id"],
        unique=False,
    )
    op.create_table(
        "accommodation_contracts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("framework", sa.Boolean(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=True),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("county", sa.String(length=2), nullable=True),
        sa.Column("supplier", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("beds", sa.Integer(), nullable=False),
        sa.Column("price_ore", sa.Integer(), nullable=False),
        sa.Column("meals", sa.String(), nullable=False),
        sa.Column("meal_ore", sa.Integer(), nullable=True),
        sa.Column("pay_when_used", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("notice_reason", sa.String(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('procured', 'direct_award', 'rental', 'municipal_agreement', 'temporary_module')",
            name=op.f("ck_accommodation_contracts_kind_known"),
        ),
        sa.CheckConstraint(
            "meals IN ('self_catering', 'when_needed', 'included')",
            name=op.f("ck_accommodation_contracts_meals_known"),
        ),
        sa.CheckConstraint(
            "(ended_on IS NULL) = (end_reason IS NULL)",
            name=op.f("ck_accommodation_contracts_ended_why"),
        ),
        sa.CheckConstraint("beds > 0", name=op.f("ck_accommodation_contracts_some_beds")),
        sa.CheckConstraint(
            "ends_on >= starts_on", name=op.f("ck_accommodation_contracts_ends_after_start")
        ),
        sa.CheckConstraint(
            "framework OR municipality_id IS NOT NULL",
            name=op.f("ck_accommodation_contracts_where"),
        ),
        sa.CheckConstraint(
            "municipality_id IS NULL OR county IS NOT NULL",
            name=op.f("ck_accommodation_contracts_county_of_it"),
        ),
        sa.CheckConstraint(
            "price_ore >= 0", name=op.f("ck_accommodation_contracts_price_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipalities.id"],
            name=op.f("fk_accommodation_contracts_municipality_id"),
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"],
            ["accommodation_offers.id"],
            name=op.f("fk_accommodation_contracts_offer_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accommodation_contracts")),
        sa.UniqueConstraint("offer_id", name=op.f("uq_accommodation_contracts_offer_id")),
    )
    op.create_index(
        "ix_accommodation_contracts_county",
        "accommodation_contracts",
        ["county", "municipality_id"],
        unique=False,
    )
    op.create_table(
        "call_offs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=True),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("county", sa.String(length=2), nullable=False),
        sa.Column("under_id", sa.Uuid(), nullable=True),
        sa.Column("beds", sa.Integer(), nullable=False),
        sa.Column("price_ore", sa.Integer(), nullable=False),
        sa.Column("pay_when_used", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("beds > 0", name=op.f("ck_call_offs_some_beds")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_call_offs_ends_after_start")),
        sa.CheckConstraint("price_ore >= 0", name=op.f("ck_call_offs_price_not_negative")),
        sa.CheckConstraint("under_id <> id", name=op.f("ck_call_offs_under_another")),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["accommodation_contracts.id"], name=op.f("fk_call_offs_contract_id")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_call_offs_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["object_id"], ["accommodation_objects.id"], name=op.f("fk_call_offs_object_id")
        ),
        sa.ForeignKeyConstraint(["under_id"], ["call_offs.id"], name=op.f("fk_call_offs_under_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_offs")),
    )
    op.create_index("ix_call_offs_contract_id", "call_offs", ["contract_id"], unique=False)
    op.create_index(
        "ix_call_offs_municipality_id", "call_offs", ["municipality_id", "starts_on"], unique=False
    )
    op.create_index("ix_call_offs_object_id", "call_offs", ["object_id"], unique=False)
    op.create_table(
        "occupancies",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("call_off_id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("county", sa.String(length=2), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("place_nights", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.CheckConstraint("place_nights >= 0", name=op.f("ck_occupancies_not_negative")),
        sa.CheckConstraint("until >= since", name=op.f("ck_occupancies_until_after_since")),
        sa.ForeignKeyConstraint(
            ["call_off_id"], ["call_offs.id"], name=op.f("fk_occupancies_call_off_id")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_occupancies_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occupancies")),
        sa.UniqueConstraint("call_off_id", "since", name=op.f("uq_occupancies_call_off_id_since")),
    )

    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY owner ON {table} TO CURRENT_ROLE USING (true)")
        verbs = "INSERT" if table in APPEND_ONLY else "INSERT, UPDATE"
        op.execute(f"GRANT SELECT ON {table} TO {SIGNED_IN}, {SYSTEM}")
        op.execute(f"GRANT {verbs} ON {table} TO {SYSTEM}, {DIRECTORATE}")
    op.execute(f"GRANT INSERT ON {', '.join(INVENTORIES)} TO {COUNTY}")
    for table, name, command, roles, whose in POLICIES:
        using = "" if command == ADD else f" USING ({whose})"
        check = "" if command == READ else f" WITH CHECK ({whose})"
        op.execute(f"CREATE POLICY {name} ON {table} FOR {command} TO {roles}{using}{check}")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
