"""Whatever is done to the audit behind its back is found; what is right is never called wrong."""

import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.audit import anchors, verify
from app.audit.verify import Checked, Fault
from app.db import transaction
from tests.app.audit.conftest import KEY, TRUSTED, Audited, anchored, lives
from tests.app.audit.tampering import MUTATIONS
from tests.databases import Database
from tests.factories import NOW, officer
from workflow.kernel import audit
from workflow.kernel.audit import AuditEntry, Change

#: As many as the promise says, shared among the kinds.
PROMISED = 1_000
A_FEW = 6


def test_chains_that_nobody_has_touched_hold(audited: Audited):
    counts = Checked()

    assert audited.faults(checked=counts) == []

    with audited.database.sessions() as session:
        assert counts.entries == session.scalar(select(func.count()).select_from(AuditEntry))
    assert counts.chains > 12
    assert counts.anchors == 3
    assert counts.broken == 0


@pytest.mark.parametrize("kind", MUTATIONS)
def test_what_a_superuser_does_is_found(audited: Audited, kind: str):
    missed = [
        what
        for what, found in (audited.found_after(kind, seed) for seed in range(A_FEW))
        if not found
    ]

    assert missed == []


@pytest.mark.soak
@pytest.mark.parametrize("kind", MUTATIONS)
def test_a_thousand_mutations_are_all_found(audited: Audited, kind: str):
    each = -(-PROMISED // len(MUTATIONS))
    missed = [
        what
        for what, found in (audited.found_after(kind, 10_000 + seed) for seed in range(each))
        if not found
    ]

    assert missed == []


def test_the_first_broken_link_is_named(audited: Audited):
    """The second of a chain of three or more is gone: what follows from that is not told."""
    with audited.superuser.connect() as connection, Session(connection) as session:
        subject = session.execute(
            text(
                "SELECT subject FROM audit_heads h WHERE seq >= 3 AND NOT EXISTS ("
                "SELECT FROM audit_reasons r JOIN audit_entries e USING (position)"
                " WHERE e.subject = h.subject) ORDER BY subject LIMIT 1"
            )
        ).scalar_one()
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(
            text("DELETE FROM audit_entries WHERE subject = :subject AND seq = 2"),
            {"subject": subject},
        )
        found = list(
            verify.verify_in(session, trusted=TRUSTED, folder=audited.folder, checked=Checked())
        )
        session.rollback()

    assert found == [Fault(subject, 2, "is missing: entry 3 stands in its place")]


def test_without_the_folder_the_last_anchor_could_be_taken_away_unseen(audited: Audited):
    """What the export is for."""
    (_, last) = list(anchors.exported(audited.folder))[-1]
    assert last.number == 3

    with audited.superuser.connect() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql("DELETE FROM audit_anchors WHERE number = 3")
        session = Session(connection)
        alone, beside = (
            list(verify.verify_in(session, trusted=TRUSTED, folder=folder, checked=Checked()))
            for folder in (None, audited.folder)
        )

    assert alone == []
    assert [str(fault) for fault in beside] == [
        f"anchor 3: is missing: {audited.folder / '00000003.json'} has it"
    ]


def test_an_anchor_signed_by_another_key_does_not_count(audited: Audited):
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()

    found = audited.faults(trusted=frozenset([other]))

    assert [fault.what for fault in found] == ["is signed by a key that is not ours"] * 3


def test_a_file_that_is_no_anchor_is_named(audited: Audited, tmp_path: Path):
    for file in audited.folder.iterdir():
        (tmp_path / file.name).write_text(file.read_text())
    (tmp_path / "00000002.json").write_text("{}")

    [found] = audited.faults(folder=tmp_path)

    assert (found.subject, found.what) == (str(tmp_path / "00000002.json"), "is no anchor")


def test_reasons_that_were_erased_as_they_should_be_are_no_fault(committed: Database):
    with transaction(committed.sessions) as session:
        told = Change("case:x")
        audit.record(session, told, "told", actor=officer(), at=NOW, reason="Fru Haddad")
        audit.erase_reasons(session, ["case:x"], actor=officer(), at=NOW)
        audit.record(session, told, "told", actor=officer(), at=NOW, reason="Og mer")
    counts = Checked()

    assert list(verify.verify(committed.sessions, checked=counts)) == []
    assert counts.erased == 1


def test_chains_hold_and_check_while_many_write_in_them(committed: Database, tmp_path: Path):
    """Eight writers meet at the same chains; whoever checks meanwhile sees whole ones."""
    writers, each, subjects = 8, 25, [f"case:{name}" for name in "abc"]
    lives(committed.sessions, 1)
    together = threading.Barrier(writers + 1)
    failed: list[DBAPIError] = []

    def write(number: int) -> None:
        together.wait()
        try:
            for turn in range(each):
                with transaction(committed.sessions) as session:
                    changes = [Change(subject, after={"turn": turn}) for subject in subjects]
                    # In no order of their own: the database locks them in its own.
                    changes = changes[number % 3 :] + changes[: number % 3]
                    audit.record_all(session, changes, "told", actor=officer(), at=NOW)
        except DBAPIError as fault:
            failed.append(fault)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    together.wait()
    meanwhile = []
    while any(thread.is_alive() for thread in threads):
        anchored(committed.sessions, tmp_path)
        meanwhile += verify.verify(committed.sessions, trusted=TRUSTED, folder=tmp_path)
    for thread in threads:
        thread.join()

    assert failed == []
    assert meanwhile == []
    assert list(verify.verify(committed.sessions, trusted=TRUSTED, folder=tmp_path)) == []
    with committed.sessions() as session:
        for subject in subjects:
            head = session.get(audit.AuditHead, subject)
            assert head.seq == writers * each


def test_what_is_anchored_is_what_has_moved(audited: Audited):
    with audited.database.sessions() as session:
        rows = session.execute(
            select(
                audit.AuditAnchor.number, audit.AuditAnchor.leaves, audit.AuditAnchor.root
            ).order_by(audit.AuditAnchor.number)
        ).all()

    assert rows[0].leaves < rows[1].leaves == rows[2].leaves
    assert rows[1].root == rows[2].root
    assert KEY.public_key().public_bytes_raw() in TRUSTED
