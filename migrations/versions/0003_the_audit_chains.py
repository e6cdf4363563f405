"""The audit: a chain of entries per subject, reasons beside them, and signed anchors over all."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

#: Written once; `audit_heads` moves on with its chain, `audit_reasons` may be erased.
APPEND_ONLY = ("audit_entries", "audit_leaves", "audit_anchors")

#: The digest is taken of all that stands in an entry but its place in the chain.
APPEND = """
CREATE FUNCTION audit_append(
    subjects text[], befores jsonb[], afters jsonb[], in_at timestamptz, in_actor text,
    in_role text, in_acting_for text, in_action text, in_refusal text, in_reason text,
    in_request_id text
) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    written integer;
BEGIN
    WITH given AS (
        SELECT nextval('public.audit_position_seq') AS position, clock_timestamp() AS recorded_at,
            each.subject, each.before, each.after,
            CASE WHEN in_reason IS NOT NULL THEN uuid_send(gen_random_uuid()) END AS salt
        FROM unnest(subjects, befores, afters) AS each (subject, before, after)
    ), salted AS (
        SELECT given.*, sha256(salt || convert_to(in_reason, 'UTF8')) AS reason_digest FROM given
    ), digested AS (
        SELECT salted.*, sha256(convert_to(jsonb_build_array(
            position, subject, (extract(epoch FROM in_at) * 1000000)::bigint,
            (extract(epoch FROM recorded_at) * 1000000)::bigint, in_actor, in_role,
            in_acting_for, in_action, in_refusal, in_request_id,
            encode(reason_digest, 'hex'), before, after
        )::text, 'UTF8')) AS digest FROM salted
    ), head AS (
        INSERT INTO public.audit_heads AS h (subject, seq, previous_hash, digest, hash)
        SELECT subject, 1, decode(repeat('00', 32), 'hex'), digest,
            sha256(decode(repeat('00', 32), 'hex') || int8send(1) || digest)
        FROM digested ORDER BY subject COLLATE "C"
        ON CONFLICT (subject) DO UPDATE SET seq = h.seq + 1, previous_hash = h.hash,
            digest = EXCLUDED.digest, hash = sha256(h.hash || int8send(h.seq + 1) || EXCLUDED.digest)
        RETURNING subject, seq, previous_hash, hash
    ), kept AS (
        INSERT INTO public.audit_reasons (position, salt, reason)
        SELECT position, salt, in_reason FROM digested WHERE in_reason IS NOT NULL
    )
    INSERT INTO public.audit_entries (
        position, subject, seq, at, recorded_at, actor, role, acting_for, action, refusal,
        request_id, reason_digest, before, after, previous_hash, hash
    )
    SELECT digested.position, head.subject, head.seq, in_at, digested.recorded_at, in_actor,
        in_role, in_acting_for, in_action, in_refusal, in_request_id, digested.reason_digest,
        digested.before, digested.after, head.previous_hash, head.hash
    FROM digested JOIN head ON head.subject = digested.subject COLLATE "C";
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END $$
"""

#: The texts go; that they were there, and their digests, stay in the chain.
ERASE = """
CREATE FUNCTION audit_erase_reasons(subjects text[]) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    WITH erased AS (
        DELETE FROM public.audit_reasons AS r USING public.audit_entries AS e
        WHERE e.position = r.position AND e.subject = ANY (subjects COLLATE "C")
        RETURNING r.position
    )
    SELECT count(*)::integer FROM erased
$$
"""


def upgrade() -> None:
    op.execute("CREATE SEQUENCE audit_position_seq")
    op.create_table(
        "audit_entries",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(collation="C"), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("acting_for", sa.String(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("reason_digest", sa.LargeBinary(), nullable=True),
        sa.Column("before", postgresql.JSONB(), nullable=True),
        sa.Column("after", postgresql.JSONB(), nullable=True),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint("subject", "seq", name=op.f("uq_audit_entries_subject_seq")),
    )
    op.create_index("ix_audit_entries_actor", "audit_entries", ["actor", "position"])
    op.create_table(
        "audit_heads",
        sa.Column("subject", sa.String(collation="C"), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_audit_heads")),
    )
    # Room for the next head of the same chain on the same page.
    op.execute("ALTER TABLE audit_heads SET (fillfactor = 70)")
    op.create_table(
        "audit_reasons",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_reasons")),
    )
    op.create_table(
        "audit_leaves",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("anchor", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(collation="C"), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_leaves")),
        sa.UniqueConstraint("subject", "seq", name=op.f("uq_audit_leaves_subject_seq")),
    )
    op.create_table(
        "audit_anchors",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leaves", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_anchors")),
    )
    op.execute(APPEND)
    op.execute(ERASE)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER audit_heads_stay BEFORE DELETE OR TRUNCATE ON audit_heads"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER audit_reasons_stay BEFORE UPDATE OR TRUNCATE ON audit_reasons"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "GRANT SELECT ON audit_entries, audit_heads, audit_reasons, audit_leaves, audit_anchors"
        " TO bosetting_app"
    )
    op.execute("GRANT INSERT ON audit_leaves, audit_anchors TO bosetting_app")
    texts = ", ".join(["text"] * 7)
    for function in (
        f"audit_append(text[], jsonb[], jsonb[], timestamptz, {texts})",
        "audit_erase_reasons(text[])",
    ):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO bosetting_app")


def downgrade() -> None:
    op.execute("DROP FUNCTION audit_erase_reasons")
    op.execute("DROP FUNCTION audit_append")
    for table in ("audit_anchors", "audit_leaves", "audit_reasons", "audit_heads", "audit_entries"):
        op.drop_table(table)
    op.execute("DROP SEQUENCE audit_position_seq")
