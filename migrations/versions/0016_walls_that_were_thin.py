"""The database itself keeps auditors from protected addresses, and municipalities to their roles.

An auditor reads all cases but those of a protected address nobody named it for, and with them what
hangs on them. A municipality makes users and tokens of its own roles only. The functions that run
as the owner look for nothing among temporary tables, which come first unless they are named last.
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

AUDITOR, MUNICIPALITY = "bosetting_auditor", "bosetting_municipality"
OWN_MUNICIPALITY = (
    "municipality_id = nullif(current_setting('bosetting.municipality', true), '')::integer"
)
OF_ITS_ROLES = (
    "role IN ('municipality_administrator', 'municipality_writer', 'municipality_reader')"
)
OPEN = (
    "address_protection = 'none' OR EXISTS (SELECT FROM protected_access p WHERE p.case_id ="
    " cases.id AND p.user_id = nullif(current_setting('bosetting.user', true), '')::integer"
    " AND p.ended_at IS NULL)"
)
OF_A_CASE = "EXISTS (SELECT FROM cases c WHERE c.id = case_id)"
OF_ITS_PERSON = "EXISTS (SELECT FROM persons p WHERE p.id = person_id)"
#: What an auditor reads of, and whose rows.
READ: dict[str, str] = {
    "cases": OPEN,
    "persons": OF_A_CASE,
    "case_steps": OF_A_CASE,
    "decisions": OF_A_CASE,
    "bookings": OF_A_CASE,
    "distributions": OF_A_CASE,
    "entry_records": OF_ITS_PERSON,
    "letters": f"case_id IS NULL OR {OF_A_CASE}",
    "letter_documents": "EXISTS (SELECT FROM letters l WHERE l.id = letter_id)",
}
FUNCTIONS = (
    f"audit_append(text[], jsonb[], jsonb[], timestamptz, {', '.join(['text'] * 7)})",
    "audit_erase_reasons(text[])",
    "erase_written(uuid)",
    "erase_letters(uuid)",
    "erase_person_written(uuid)",
)


def upgrade() -> None:
    for table, whose in READ.items():
        op.execute(f"ALTER POLICY reads_all ON {table} USING ({whose})")
    for table in ("users", "access_tokens"):
        op.execute(
            f"ALTER POLICY of_the_municipality ON {table}"
            f" WITH CHECK ({OWN_MUNICIPALITY} AND {OF_ITS_ROLES})"
        )
    _look_in("pg_catalog, public, pg_temp")


def downgrade() -> None:
    for table in READ:
        op.execute(f"ALTER POLICY reads_all ON {table} USING (true)")
    for table in ("users", "access_tokens"):
        op.execute(f"ALTER POLICY of_the_municipality ON {table} WITH CHECK ({OWN_MUNICIPALITY})")
    _look_in("pg_catalog, public")


def _look_in(schemas: str) -> None:
    for function in FUNCTIONS:
        op.execute(f"ALTER FUNCTION {function} SET search_path = {schemas}")
