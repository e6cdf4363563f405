"""Changes to the audit by one who may do everything in the database and has no signing key."""

import random
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import psycopg

#: What an entry's digest is taken of, as the database says it.
CONTENT = (
    "jsonb_build_array(position, subject, (extract(epoch FROM at) * 1000000)::bigint,"
    " (extract(epoch FROM recorded_at) * 1000000)::bigint, actor, role, acting_for, action,"
    " refusal, request_id, encode(reason_digest, 'hex'), before, after)::text"
)
Mutation = Callable[[psycopg.Cursor[Any], random.Random], str]
MUTATIONS: dict[str, Mutation] = {}


def mutation(make: Mutation) -> Mutation:
    MUTATIONS[make.__name__] = make
    return make


def a_link(cursor: psycopg.Cursor[Any], rng: random.Random, *, least: int = 1) -> tuple[str, int]:
    """Any entry of a chain of at least so many: its subject and seq.

    In the order of their first entries: subjects carry ids, and those are others each time.
    """
    cursor.execute(
        "SELECT h.subject, h.seq FROM audit_heads h"
        " JOIN audit_entries e ON e.subject = h.subject AND e.seq = 1"
        " WHERE h.seq >= %s ORDER BY e.position",
        (least,),
    )
    chosen = rng.choice(cursor.fetchall())
    return chosen[0], rng.randint(1, chosen[1])


def at(cursor: psycopg.Cursor[Any], statement: str, subject: str, seq: int, *values: Any) -> None:
    cursor.execute(statement, (*values, subject, seq))
    assert cursor.rowcount == 1, statement


def rehash(cursor: psycopg.Cursor[Any], subject: str) -> None:
    """Write a whole chain and its head anew, so that it holds together again."""
    cursor.execute(
        f"SELECT position, {CONTENT} FROM audit_entries WHERE subject = %s ORDER BY seq", (subject,)
    )
    before = bytes(32)
    for seq, (position, content) in enumerate(cursor.fetchall(), 1):
        digest = sha256(content.encode()).digest()
        now = sha256(before + seq.to_bytes(8, "big") + digest).digest()
        cursor.execute(
            "UPDATE audit_entries SET seq = %s, previous_hash = %s, hash = %s WHERE position = %s",
            (seq, before, now, position),
        )
        cursor.execute(
            "UPDATE audit_heads SET seq = %s, previous_hash = %s, digest = %s, hash = %s"
            " WHERE subject = %s",
            (seq, before, digest, now, subject),
        )
        before = now


#: Another value for each column that says something.
OTHERWISE = {
    "position": "position + 1000000",
    "subject": "subject || 'x'",
    "seq": "seq + 1000000",
    "at": "at + interval '1 microsecond'",
    "recorded_at": "recorded_at - interval '1 day'",
    "actor": "actor || 'x'",
    "role": "'auditor_' || role",
    "acting_for": "coalesce(acting_for, '') || 'x'",
    "action": "action || 'x'",
    "refusal": "coalesce(refusal, '') || 'x'",
    "request_id": "coalesce(request_id, '') || 'x'",
    "reason_digest": "sha256('x')",
    "before": """coalesce(before, '{}') || '{"x": 1}'""",
    "after": """coalesce(after, '{}') || '{"x": 1}'""",
    "previous_hash": "sha256(previous_hash)",
    "hash": "sha256(hash)",
}


@mutation
def change(cursor: psycopg.Cursor[Any], rng: random.Random) -> str:
    column = rng.choice(sorted(OTHERWISE))
    subject, seq = a_link(cursor, rng)
    new = OTHERWISE[column]
    at(
        cursor,
        f"UPDATE audit_entries SET {column} = {new} WHERE subject = %s AND seq = %s",
        subject,
        seq,
    )
    return f"{column} of {subject} {seq}"


@mutation
def delete(cursor: psycopg.Cursor[Any], rng: random.Random) -> str:
    subject, seq = a_link(cursor, rng)
    at(cursor, "DELETE FROM audit_entries WHERE subject = %s AND seq = %s", subject, seq)
    return f"{subject} {seq}"


@mutation
def insert(cursor: psycopg.Cursor[Any], rng: random.Random) -> str:
    """An entry of one's own between two others, or after the last."""
    subject, seq = a_link(cursor, rng)
    cursor.execute(
        "UPDATE audit_entries SET seq = seq + 1000000 WHERE subject = %s AND seq > %s",
        (subject, seq),
    )
    cursor.execute(
        "UPDATE audit_entries SET seq = seq - 999999 WHERE subject = %s AND seq > 1000000",
        (subject,),
    )
    at(
        cursor,
        "INSERT INTO audit_entries SELECT position + 1000000, subject, seq + 1, at, recorded_at,"
        " actor, role, acting_for, 'forged', refusal, request_id, NULL, before, after, hash,"
        " sha256(hash) FROM audit_entries WHERE subject = %s AND seq = %s",
        subject,
        seq,
    )
    return f"{subject} after {seq}"


@mutation
def reorder(cursor: psycopg.Cursor[Any], rng: random.Random) -> str:
    """Two neighbours change places; half the time with the hashes made right again."""
    subject, seq = a_link(cursor, rng, least=2)
    seq = max(seq, 2)
    for was, now in ((seq, -1), (seq - 1, seq), (-1, seq - 1)):
        at(
            cursor,
            "UPDATE audit_entries SET seq = %s WHERE subject = %s AND seq = %s",
            subject,
            was,
            now,
        )
    if rng.random() < 0.5:
        rehash(cursor, subject)
    return f"{subject} {seq - 1} and {seq}"


@mutation
def truncate(cursor: psycopg.Cursor[Any], rng: random.Random) -> str:
    """The end of a chain goes; half the time the head goes back with it, as if it never was."""
    subject, seq = a_link(cursor, rng)
    cursor.execute("DELETE FROM audit_entries WHERE subject = %s AND seq >= %s", (subject, seq))
    if seq == 1 and rng.random() < 0.5:
        cursor.execute("DELETE FROM audit_heads WHERE subject = %s", (subject,))
    elif rng.random() < 0.5:
        rehash(cursor, subject)
    return f"{subject} from {seq}"


@mutation
def write_anew(cursor: psycopg.Cursor[Any], rng: random.Random) -> str:
    """An entry is changed and its whole chain made to hold together again, the head included."""
    subject, seq = a_link(cursor, rng)
    at(
        cursor,
        "UPDATE audit_entries SET actor = 'somebody else' WHERE subject = %s AND seq = %s",
        subject,
        seq,
    )
    rehash(cursor, subject)
    return f"{subject} {seq}"


@mutation
def write_anew_with_its_leaves(cursor: psycopg.Cursor[Any], rng: random.Random) -> str:
    """The same, and the leaves are made to fit as well; only the signature cannot be."""
    told = write_anew(cursor, rng)
    cursor.execute(
        "UPDATE audit_leaves AS l SET hash = e.hash FROM audit_entries AS e"
        " WHERE e.subject = l.subject AND e.seq = l.seq AND e.hash <> l.hash"
    )
    assert cursor.rowcount
    return told


@mutation
def move_a_head(cursor: psycopg.Cursor[Any], rng: random.Random) -> str:
    subject, _ = a_link(cursor, rng)
    new = rng.choice(["seq = seq + 1", "seq = seq - 1", "hash = sha256(hash)"])
    cursor.execute(f"UPDATE audit_heads SET {new} WHERE subject = %s", (subject,))
    return f"{subject} {new}"


@mutation
def tamper_with_a_reason(cursor: psycopg.Cursor[Any], rng: random.Random) -> str:
    cursor.execute("SELECT position FROM audit_reasons ORDER BY 1")
    position = rng.choice(cursor.fetchall())[0]
    statement = rng.choice(
        [
            "UPDATE audit_reasons SET reason = reason || 'x' WHERE position = %s",
            "UPDATE audit_reasons SET salt = sha256(salt) WHERE position = %s",
            "UPDATE audit_reasons SET position = position + 1000000 WHERE position = %s",
            "DELETE FROM audit_reasons WHERE position = %s",
        ]
    )
    cursor.execute(statement, (position,))
    return statement


@mutation
def tamper_with_the_anchors(cursor: psycopg.Cursor[Any], rng: random.Random) -> str:
    statement = rng.choice(
        [
            "UPDATE audit_anchors SET at = at + interval '1 hour' WHERE number = {anchor}",
            "UPDATE audit_anchors SET root = sha256(root) WHERE number = {anchor}",
            "UPDATE audit_anchors SET signature = sha512(signature) WHERE number = {anchor}",
            "UPDATE audit_anchors SET leaves = leaves - 1 WHERE number = {anchor}",
            "UPDATE audit_anchors SET previous = sha256(previous) WHERE number = {anchor}",
            "DELETE FROM audit_anchors WHERE number = {anchor}",
            "DELETE FROM audit_anchors WHERE number >= {anchor}",
            "DELETE FROM audit_leaves WHERE number = {leaf}",
            "UPDATE audit_leaves SET hash = sha256(hash) WHERE number = {leaf}",
            "UPDATE audit_leaves SET seq = seq + 1000000 WHERE number = {leaf}",
            "UPDATE audit_leaves SET anchor = anchor + 1 WHERE number = {leaf}",
        ]
    )
    cursor.execute("SELECT count(*) FROM audit_anchors")
    anchor = rng.randint(1, cursor.fetchone()[0])
    cursor.execute("SELECT count(*) FROM audit_leaves")
    leaf = rng.randrange(cursor.fetchone()[0])
    cursor.execute(statement.format(anchor=anchor, leaf=leaf))
    assert cursor.rowcount
    return statement.format(anchor=anchor, leaf=leaf)
