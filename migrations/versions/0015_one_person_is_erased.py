"""One person of a case is erased, on demand or gone from the household."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

CASES = "'settled', 'lapsed', 'idle'"
OPEN = sa.text("state IN ('proposed', 'approved')")
#: One person's texts, as erase_written does a case's; only where a person has approved it.
ERASES = """
CREATE FUNCTION erase_person_written(in_person uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    of_case uuid;
BEGIN
    SELECT case_id INTO of_case FROM public.erasures
        WHERE person_id = in_person AND state = 'approved';
    IF of_case IS NULL THEN
        RAISE EXCEPTION 'nobody has approved it' USING ERRCODE = 'restrict_violation';
    END IF;
    PERFORM set_config('bosetting.erasing', 'case_steps', true);
    UPDATE public.case_steps SET reason = NULL, facts = facts - 'text'
        WHERE case_id = of_case AND facts ->> 'person_id' = in_person::text;
    PERFORM set_config('bosetting.erasing', 'entry_records', true);
    UPDATE public.entry_records SET source = 'erased' WHERE person_id = in_person;
    PERFORM set_config('bosetting.erasing', '', true);
    DELETE FROM public.audit_reasons AS r USING public.audit_entries AS e
        WHERE e.position = r.position AND e.subject = 'case:' || of_case
        AND e.after -> 'facts' ->> 'person_id' = in_person::text;
END $$
"""


def upgrade() -> None:
    op.add_column("persons", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("erasures", sa.Column("person_id", sa.Uuid(), nullable=True))
    op.add_column("erasures", sa.Column("proposed_by", sa.String(), nullable=True))
    op.create_foreign_key(
        op.f("fk_erasures_person_id"), "erasures", "persons", ["person_id"], ["id"]
    )
    _rules(f"{CASES}, 'left', 'demand'")
    op.drop_index("uq_erasures_open", "erasures")
    op.create_index(
        "uq_erasures_open",
        "erasures",
        ["case_id", "person_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=OPEN,
    )
    op.execute(ERASES)
    op.execute("REVOKE ALL ON FUNCTION erase_person_written(uuid) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION erase_person_written(uuid) TO bosetting_system")


def downgrade() -> None:
    op.execute("DROP FUNCTION erase_person_written(uuid)")
    op.execute("DELETE FROM erasures WHERE person_id IS NOT NULL")
    op.drop_index("uq_erasures_open", "erasures")
    op.create_index("uq_erasures_open", "erasures", ["case_id"], unique=True, postgresql_where=OPEN)
    _rules(CASES)
    op.drop_column("erasures", "proposed_by")
    op.drop_column("erasures", "person_id")
    op.drop_column("persons", "erased_at")


def _rules(known: str) -> None:
    name = op.f("ck_erasures_rule_known")
    op.drop_constraint(name, "erasures")
    op.create_check_constraint(name, "erasures", f"rule IN ({known})")
