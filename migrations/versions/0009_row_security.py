"""Row security: each kind of actor has a database role, and each table says whose rows are whose.

A new table is open to nobody: its own migration enables and forces row security on it, and grants
and writes policies to the roles of migrations/roles.sql (docs/decisions/0013-row-security.md).
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

VISITOR, SIGNED_IN, DOORKEEPER, SYSTEM = (
    "bosetting_visitor",
    "bosetting_signed_in",
    "bosetting_doorkeeper",
    "bosetting_system",
)
DIRECTORATE, MUNICIPALITY, ANSWER = (
    "bosetting_directorate",
    "bosetting_municipality",
    "bosetting_municipality_answer",
)
TRAVEL, CENTRE, AUDITOR, ADMINISTRATOR = (
    "bosetting_travel",
    "bosetting_centre",
    "bosetting_auditor",
    "bosetting_administrator",
)
ROLES = (
    *(VISITOR, SIGNED_IN, DOORKEEPER, SYSTEM, DIRECTORATE, MUNICIPALITY, ANSWER),
    *(TRAVEL, CENTRE, AUDITOR, ADMINISTRATOR),
)


def setting(name: str, kind: str = "text") -> str:
    """What the transaction says of itself; NULL, which equals nothing, where it says nothing."""
    return f"nullif(current_setting('bosetting.{name}', true), '')::{kind}"


OWN_MUNICIPALITY = f"municipality_id = {setting('municipality', 'integer')}"
OWN_USER = f"user_id = {setting('user', 'integer')}"
OF_A_CASE = "EXISTS (SELECT FROM cases c WHERE c.id = case_id)"
#: A case of a protected address is for the persons named for it.
OPEN = (
    "(address_protection = 'none' OR EXISTS (SELECT FROM protected_access p WHERE p.case_id ="
    f" cases.id AND p.user_id = {setting('user', 'integer')} AND p.ended_at IS NULL))"
)
ASKED = f"EXISTS (SELECT FROM distributions d WHERE d.case_id = cases.id AND d.{OWN_MUNICIPALITY})"
TO_BE_ERASED = "EXISTS (SELECT FROM erasures e WHERE e.case_id = cases.id AND e.state = 'proposed')"
OF_THE_DIRECTORATE = "role IN ('case_officer', 'lead')"
ALL, READ, ADD, CHANGE, REMOVE = "ALL", "SELECT", "INSERT", "UPDATE", "DELETE"

#: Read by everybody, without row security: registers, published rules, the demonstration's clock.
PUBLIC = (
    *("airports", "municipalities", "municipality_names", "reforms", "reform_parties"),
    *("rule_sets", "measures", "quarantine_rules", "clock_shift"),
)
OF_CASES = (
    *("persons", "case_links", "case_steps", "decisions", "bookings"),
    *("protected_access", "folder_openings"),
)
#: What the state's officers work with, and all of it.
OF_THE_STATE = (
    *("cases", *OF_CASES, "distributions", "entry_records", "booking_versions"),
    *("place_accounts", "place_entries", "vacancies", "vacancy_fates", "runs", "run_items"),
    *("outbox", "notifications", "approvals", "erasures"),
)
OF_SIGN_IN = ("users", "sign_ins", "sign_in_attempts", "access_tokens", "rate_buckets")
OF_AUDIT = ("audit_entries", "audit_heads", "audit_reasons", "audit_leaves", "audit_anchors")
ROW_SECURED = (
    *OF_THE_STATE,
    *OF_SIGN_IN,
    *OF_AUDIT,
    *("delegations", "approval_rules", "idempotency_keys", "scheduled_work"),
)
#: Written once: no role may change or remove.
APPEND_ONLY = frozenset(
    {"place_entries", "case_steps", "entry_records", "booking_versions", "vacancy_fates"}
    | {"reforms", "reform_parties", "folder_openings"}
)
#: What may be removed: previews never confirmed, what has ended.
REMOVABLE = frozenset(
    {"runs", "run_items", "sign_ins", "sign_in_attempts", "rate_buckets", "idempotency_keys"}
    | {"clock_shift"}
)

#: Table, policy, command, roles, whose rows; the same for what is written, unless there is another.
POLICIES: tuple[tuple[str, ...], ...] = (
    *((table, "all_of_it", ALL, f"{DIRECTORATE}, {SYSTEM}", "true") for table in OF_THE_STATE),
    *((table, "reads_all", READ, AUDITOR, "true") for table in OF_THE_STATE),
    *((table, "all_of_it", ALL, f"{DOORKEEPER}, {SYSTEM}", "true") for table in OF_SIGN_IN),
    *(
        (table, "reads_all", READ, f"{AUDITOR}, {DIRECTORATE}, {SYSTEM}", "true")
        for table in OF_AUDIT
    ),
    *((table, "writes", ADD, SYSTEM, "true") for table in ("audit_leaves", "audit_anchors")),
    # Cases, and what hangs on them: whoever sees the case.
    ("cases", "of_the_municipality", ALL, MUNICIPALITY, f"{OWN_MUNICIPALITY} AND {OPEN}"),
    ("cases", "of_the_centre", ALL, CENTRE, f"reception_centre = {setting('centre')} AND {OPEN}"),
    ("cases", "of_travel", ALL, TRAVEL, f"case_group = 'resettlement' AND {OPEN}"),
    # The one case a municipality answers about: it leaves with a no, and comes back if that is
    # taken back.
    (
        *("cases", "answered_now", ALL, ANSWER),
        f"id = {setting('case', 'uuid')} AND {ASKED}",
    ),
    *(
        (table, "of_its_cases", ALL, f"{MUNICIPALITY}, {CENTRE}, {TRAVEL}", OF_A_CASE)
        for table in ("persons", "case_steps", "decisions", "bookings", "folder_openings")
    ),
    (
        *("case_links", "of_its_cases", READ, f"{MUNICIPALITY}, {CENTRE}, {TRAVEL}"),
        f"{OF_A_CASE} AND EXISTS (SELECT FROM cases c WHERE c.id = related_case_id)",
    ),
    ("folder_openings", "supervises", ADD, AUDITOR, "true"),
    ("protected_access", "own", READ, SIGNED_IN, OWN_USER),
    ("distributions", "of_the_municipality", ALL, MUNICIPALITY, OWN_MUNICIPALITY),
    ("distributions", "of_its_cases", ALL, TRAVEL, OF_A_CASE),
    (
        *("entry_records", "of_its_persons", ALL, f"{MUNICIPALITY}, {CENTRE}, {TRAVEL}"),
        "EXISTS (SELECT FROM persons p WHERE p.id = person_id)",
    ),
    (
        *("booking_versions", "of_its_bookings", ALL, f"{MUNICIPALITY}, {CENTRE}, {TRAVEL}"),
        "EXISTS (SELECT FROM bookings b WHERE b.id = booking_id)",
    ),
    # UDI registers cases of every group, and reads those it sends.
    *(
        (table, "registers", ADD, TRAVEL, "true")
        for table in ("cases", "persons", "entry_records", "case_steps", "case_links", "outbox")
    ),
    ("protected_access", "registers", ADD, TRAVEL, OWN_USER),
    # Places: the figures are public, each municipality's ledger is its own.
    ("place_accounts", "figures_are_public", READ, VISITOR, "true"),
    ("place_accounts", "opens_its_own", ADD, MUNICIPALITY, OWN_MUNICIPALITY),
    ("place_accounts", "changes_its_own", CHANGE, MUNICIPALITY, OWN_MUNICIPALITY),
    ("place_accounts", "travel_opens", ADD, TRAVEL, "true"),
    ("place_accounts", "travel_moves", CHANGE, TRAVEL, "true"),
    (
        *("place_entries", "of_the_municipality", ALL, MUNICIPALITY),
        f"EXISTS (SELECT FROM place_accounts a WHERE a.id = account_id AND a.{OWN_MUNICIPALITY})",
    ),
    ("place_entries", "of_its_cases", ALL, f"{CENTRE}, {TRAVEL}", OF_A_CASE),
    ("vacancies", "of_the_municipality", ALL, MUNICIPALITY, OWN_MUNICIPALITY),
    (
        *("vacancies", "of_its_cases", ALL, f"{CENTRE}, {TRAVEL}"),
        "EXISTS (SELECT FROM cases c WHERE c.id = case_id)",
    ),
    (
        *("vacancy_fates", "of_its_vacancies", ALL, f"{MUNICIPALITY}, {CENTRE}, {TRAVEL}"),
        "EXISTS (SELECT FROM vacancies v WHERE v.id = vacancy_id)",
    ),
    # How many places a withdrawal set free is told to each municipality, beside how many it has used.
    (
        *("runs", "withdrawals_are_known", READ, MUNICIPALITY),
        "kind = 'withdrawal' AND state = 'confirmed'",
    ),
    # What is told, and to whom.
    ("outbox", "of_the_municipality", ALL, MUNICIPALITY, OWN_MUNICIPALITY),
    ("outbox", "of_its_cases", ALL, f"{CENTRE}, {TRAVEL}", OF_A_CASE),
    ("notifications", "of_the_municipality", ALL, MUNICIPALITY, OWN_MUNICIPALITY),
    ("notifications", "of_its_cases", ALL, TRAVEL, OF_A_CASE),
    ("notifications", "about_no_case", ALL, TRAVEL, "case_id IS NULL AND audience = 'udi'"),
    ("approvals", "of_the_municipality", ALL, MUNICIPALITY, OWN_MUNICIPALITY),
    # Who approves an erasure sees which case it is, and none of its people.
    ("erasures", "approves", ALL, ADMINISTRATOR, "true"),
    ("cases", "proposed_to_erase", READ, ADMINISTRATOR, TO_BE_ERASED),
    ("case_steps", "of_its_cases_to_erase", READ, ADMINISTRATOR, OF_A_CASE),
    ("approval_rules", "known", READ, f"{SIGNED_IN}, {SYSTEM}", "true"),
    ("approval_rules", "set", CHANGE, f"{ADMINISTRATOR}, {SYSTEM}", "true"),
    # Who there is. The demonstration's ready users are for everybody to choose among.
    ("users", "ready_made", READ, VISITOR, "demo"),
    # A merger hands them on to the successor.
    ("users", "hands_on", CHANGE, DIRECTORATE, "true"),
    ("access_tokens", "hands_on", ALL, DIRECTORATE, "true"),
    ("users", "adds_its_own", ADD, DIRECTORATE, OF_THE_DIRECTORATE),
    (
        *("sign_ins", "of_the_directorate", ALL, DIRECTORATE),
        f"EXISTS (SELECT FROM users u WHERE u.id = user_id AND u.{OF_THE_DIRECTORATE})",
    ),
    ("users", "colleagues_in_travel", READ, TRAVEL, "role = 'travel_officer'"),
    ("users", "colleagues_at_the_centre", READ, CENTRE, f"reception_centre = {setting('centre')}"),
    ("users", "oneself", READ, SIGNED_IN, f"id = {setting('user', 'integer')}"),
    ("users", "all_of_them", ALL, ADMINISTRATOR, "true"),
    ("users", "reads_all", READ, f"{DIRECTORATE}, {AUDITOR}", "true"),
    ("users", "of_the_municipality", ALL, MUNICIPALITY, OWN_MUNICIPALITY),
    ("sign_ins", "oneself", ALL, SIGNED_IN, OWN_USER),
    ("sign_ins", "all_of_them", ALL, ADMINISTRATOR, "true"),
    (
        *("sign_ins", "of_the_municipality", ALL, MUNICIPALITY),
        f"EXISTS (SELECT FROM users u WHERE u.id = user_id AND u.{OWN_MUNICIPALITY})",
    ),
    ("access_tokens", "all_of_them", ALL, ADMINISTRATOR, "true"),
    ("access_tokens", "of_the_municipality", ALL, MUNICIPALITY, OWN_MUNICIPALITY),
    (
        *("delegations", "all_of_it", ALL),
        f"{DIRECTORATE}, {ADMINISTRATOR}, {DOORKEEPER}, {SYSTEM}",
        "true",
    ),
    ("delegations", "reads_all", READ, AUDITOR, "true"),
    (
        *("delegations", "of_the_municipality", ALL, MUNICIPALITY),
        f"EXISTS (SELECT FROM users u WHERE u.id = delegator_id AND u.{OWN_MUNICIPALITY})",
    ),
    (
        *("delegations", "oneself", ALL, SIGNED_IN),
        f"delegator_id = {setting('user', 'integer')}",
    ),
    (
        *("delegations", "to_oneself", READ, SIGNED_IN),
        f"delegate_id = {setting('user', 'integer')}",
    ),
    ("idempotency_keys", "own", ALL, SIGNED_IN, f"holder = {setting('holder')}"),
    ("idempotency_keys", "all_of_it", ALL, SYSTEM, "true"),
    ("scheduled_work", "all_of_it", ALL, SYSTEM, "true"),
    # An auditor's attempt to change is refused by its own rule, which reads the row under a lock.
    *(
        (table, "locks", CHANGE, f"{AUDITOR}, {CENTRE}", "true", "false")
        for table in ("runs", "vacancies", "bookings", "approvals")
    ),
    ("cases", "locks", CHANGE, AUDITOR, "true", "false"),
)

#: What each role writes; every role reads, where the rows are its own.
WRITES: dict[str, tuple[str, ...]] = {
    SYSTEM: (*OF_THE_STATE, *OF_SIGN_IN, *PUBLIC, "delegations", "idempotency_keys"),
    DIRECTORATE: (*OF_THE_STATE, *PUBLIC[:-1]),
    MUNICIPALITY: (
        *("cases", "persons", "case_steps", "distributions", "bookings", "booking_versions"),
        *("entry_records", "folder_openings", "place_accounts", "place_entries", "vacancies"),
        *("vacancy_fates", "outbox", "notifications", "approvals"),
        *("users", "sign_ins", "access_tokens"),
    ),
    TRAVEL: (
        *("cases", "persons", "case_steps", "decisions", "bookings", "booking_versions"),
        *("entry_records", "folder_openings", "place_accounts", "place_entries", "vacancies"),
        *("vacancy_fates", "outbox", "notifications", "distributions"),
        *("case_links", "protected_access"),
    ),
    CENTRE: ("cases", "persons", "case_steps", "entry_records", "folder_openings", "outbox"),
    AUDITOR: ("folder_openings",),
    ADMINISTRATOR: ("users", "access_tokens", "approval_rules", "erasures"),
    DOORKEEPER: (*OF_SIGN_IN, "delegations", "clock_shift"),
    SIGNED_IN: ("idempotency_keys", "delegations"),
}

#: Cases by number for whoever was asked, also after they left; and those no list may name. As the
#: owner reads them, for the municipality no longer does.
ASKED_CASES = f"""
CREATE VIEW asked_cases WITH (security_barrier) AS
SELECT id, case_number, case_group, address_protection FROM cases
WHERE current_user = '{SYSTEM}' OR {ASKED}
"""
PROTECTED_CASES = """
CREATE VIEW protected_cases WITH (security_barrier) AS
SELECT id FROM cases WHERE address_protection <> 'none'
"""


def upgrade() -> None:
    op.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM bosetting_app")
    op.execute("REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM bosetting_app")
    op.execute("GRANT SELECT ON alembic_version TO bosetting_app")
    op.execute(f"GRANT USAGE ON SCHEMA public TO {', '.join(ROLES)}")
    op.execute(f"GRANT USAGE ON SEQUENCE case_number_seq TO {SIGNED_IN}, {SYSTEM}")
    op.execute(f"GRANT SELECT ON alembic_version, {', '.join(PUBLIC)} TO {VISITOR}")
    op.execute(f"GRANT SELECT ON place_accounts, users TO {VISITOR}")
    op.execute(f"GRANT SELECT ON {', '.join(ROW_SECURED)} TO {SIGNED_IN}, {SYSTEM}")
    op.execute(f"GRANT SELECT ON {', '.join(OF_SIGN_IN)}, delegations TO {DOORKEEPER}")
    for role, tables in WRITES.items():
        for table in tables:
            verbs = [ADD] + [CHANGE] * (table not in APPEND_ONLY) + [REMOVE] * (table in REMOVABLE)
            op.execute(f"GRANT {', '.join(verbs)} ON {table} TO {role}")
    op.execute(f"GRANT DELETE ON sign_ins TO {SIGNED_IN}")
    op.execute(f"GRANT INSERT, UPDATE ON scheduled_work, approval_rules TO {SYSTEM}")
    op.execute(f"GRANT INSERT ON audit_leaves, audit_anchors TO {SYSTEM}")
    op.execute(f"GRANT UPDATE (municipality_id) ON access_tokens TO {DIRECTORATE}")
    op.execute(f"GRANT INSERT, UPDATE ON users TO {DIRECTORATE}")
    op.execute(f"GRANT UPDATE (delegation_id) ON sign_ins TO {SIGNED_IN}")
    # For a lock; the policies let nothing be written.
    for table in ("cases", "runs", "vacancies", "bookings", "approvals"):
        column = "state" if table in {"runs", "approvals"} else "version"
        op.execute(f"GRANT UPDATE ({column}) ON {table} TO {SIGNED_IN}")
    _grant_functions(f"{SIGNED_IN}, {DOORKEEPER}, {SYSTEM}, {VISITOR}", f"{SYSTEM}, {DIRECTORATE}")
    op.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM bosetting_app")
    for table in ROW_SECURED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        # Forced, it holds for the owner too, which migrates and whose functions write the audit.
        op.execute(f"CREATE POLICY owner ON {table} TO CURRENT_ROLE USING (true)")
    for table, name, command, roles, whose, *written in POLICIES:
        using = "" if command == ADD else f" USING ({whose})"
        check = (
            f" WITH CHECK ({written[0] if written else whose})"
            if command in {ALL, ADD, CHANGE}
            else ""
        )
        op.execute(f"CREATE POLICY {name} ON {table} FOR {command} TO {roles}{using}{check}")
    op.execute(ASKED_CASES)
    op.execute(PROTECTED_CASES)
    op.execute(f"GRANT SELECT ON asked_cases TO {MUNICIPALITY}, {SYSTEM}")
    op.execute(f"GRANT SELECT ON protected_cases TO {SIGNED_IN}, {SYSTEM}")


def downgrade() -> None:
    op.execute("DROP VIEW protected_cases")
    op.execute("DROP VIEW asked_cases")
    for table in ROW_SECURED:
        op.execute(f"DROP POLICY owner ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY")
    for table, name, *_ in POLICIES:
        op.execute(f"DROP POLICY {name} ON {table}")
    everyone = ", ".join(ROLES)
    for kind in ("TABLES", "SEQUENCES", "FUNCTIONS"):
        op.execute(f"REVOKE ALL ON ALL {kind} IN SCHEMA public FROM {everyone}")
    op.execute(f"REVOKE USAGE ON SCHEMA public FROM {everyone}")
    _grant_functions("bosetting_app", "bosetting_app")
    op.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO bosetting_app")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO bosetting_app")
    for table in {*PUBLIC, *ROW_SECURED} - {*OF_AUDIT}:
        verbs = [ADD] * (table != "approval_rules") + [CHANGE] * (table not in APPEND_ONLY)
        verbs += [REMOVE] * (table in REMOVABLE)
        op.execute(f"GRANT {', '.join(verbs)} ON {table} TO bosetting_app")
    op.execute("GRANT INSERT ON audit_leaves, audit_anchors TO bosetting_app")


def _grant_functions(append: str, erase: str) -> None:
    texts = ", ".join(["text"] * 7)
    op.execute(
        "GRANT EXECUTE ON FUNCTION"
        f" audit_append(text[], jsonb[], jsonb[], timestamptz, {texts}) TO {append}"
    )
    for function in ("audit_erase_reasons(text[])", "erase_written(uuid)"):
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {erase}")
