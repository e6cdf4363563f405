"""Anchors: made each hour by the worker, told to a folder once they stand, never over a ruin."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, func, select, text

from app import clock, worker
from app.audit import anchors
from app.db import transaction
from app.errors import CannotStart
from app.settings import Settings
from tests.app.audit.conftest import KEY, lives
from tests.databases import Database
from workflow.kernel.audit import AuditAnchor

SIGNING = base64.b64encode(KEY.private_bytes_raw()).decode()
PUBLIC = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()


def count(committed: Database) -> int:
    with committed.sessions() as session:
        return session.scalar(select(func.count()).select_from(AuditAnchor)) or 0


def test_the_worker_anchors_once_an_hour_and_tells_the_folder(committed: Database, tmp_path: Path):
    settings = Settings(audit_key=SIGNING, audit_folder=tmp_path / "anchors")
    noon = datetime(2020, 4, 1, 12, 20, tzinfo=UTC)
    anchors_at = []
    lives(committed.sessions, 2)
    for at in (noon, noon + timedelta(minutes=30), noon + timedelta(minutes=41)):
        with transaction(committed.sessions) as session:
            clock.set_clock(session, at)
        worker.work(committed.sessions, settings)
        anchors_at.append(count(committed))

    assert anchors_at == [1, 1, 2]
    told = [anchor for _, anchor in anchors.exported(tmp_path / "anchors")]
    assert [anchor.number for anchor in told] == [1, 2]
    assert all(anchor.is_signed for anchor in told)
    assert told[1].previous == told[0].digest


def test_without_a_key_nothing_is_anchored(committed: Database):
    worker.work(committed.sessions, Settings())

    assert count(committed) == 0


def test_an_anchor_that_is_rolled_back_is_not_told(committed: Database, tmp_path: Path):
    settings = Settings(audit_key=SIGNING, audit_folder=tmp_path)

    with committed.sessions() as session:
        worker.ANCHOR.do(session, settings, clock.machine_time())
        session.rollback()

    assert (count(committed), list(tmp_path.iterdir())) == (0, [])


def test_a_folder_that_cannot_be_written_gets_its_anchors_later(
    committed: Database, tmp_path: Path
):
    in_the_way = tmp_path / "anchors"
    in_the_way.write_text("")
    with transaction(committed.sessions) as session:
        worker.ANCHOR.do(
            session, Settings(audit_key=SIGNING, audit_folder=in_the_way), clock.machine_time()
        )
    in_the_way.unlink()

    written = anchors.export_all(committed.sessions, in_the_way)

    assert (count(committed), written) == (1, 1)


def test_nothing_is_signed_on_top_of_an_anchor_that_does_not_hold(committed: Database, caplog):
    lives(committed.sessions, 1)
    settings = Settings(audit_key=SIGNING)
    with transaction(committed.sessions) as session:
        anchors.make(session, KEY)
    owner = create_engine(committed.owner_url, poolclass=NullPool)
    with owner.begin() as connection:
        connection.execute(text("ALTER TABLE audit_anchors DISABLE TRIGGER ALL"))
        connection.execute(text("UPDATE audit_anchors SET root = sha256(root)"))

    worker.work(committed.sessions, settings)

    assert count(committed) == 1
    assert "bosetting audit verify" in caplog.text


def test_an_exported_anchor_is_never_overwritten(committed: Database, tmp_path: Path):
    with transaction(committed.sessions) as session:
        made = anchors.make(session, KEY)
    file = anchors.export(made, tmp_path)
    other = json.loads(file.read_text()) | {"leaves": 7}
    file.write_text(json.dumps(other))

    with pytest.raises(FileExistsError):
        anchors.export(made, tmp_path)

    assert json.loads(file.read_text())["leaves"] == 7


def test_a_signature_is_of_every_word_of_the_anchor(committed: Database):
    with transaction(committed.sessions) as session:
        made = anchors.make(session, KEY)
    told = {name: getattr(made, name) for name in anchors.Anchor.__dataclass_fields__}
    otherwise = {
        "number": 2,
        "at": made.at + timedelta(microseconds=1),
        "leaves": 1,
        "root": bytes(32),
        "previous": b"\x01" * 32,
    }

    assert made.is_signed
    assert not any(
        anchors.Anchor(**told | {name: value}).is_signed for name, value in otherwise.items()
    )


@pytest.mark.parametrize("wrong", ["", "x", base64.b64encode(bytes(31)).decode()])
def test_what_is_no_key_is_said_to_be_none(wrong: str):
    with pytest.raises(CannotStart, match="BOSETTING_AUDIT_KEY is no key"):
        anchors.signing_key(Settings(audit_key=wrong))
    with pytest.raises(CannotStart, match="BOSETTING_AUDIT_PUBLIC_KEYS is no key"):
        anchors.trusted_keys(Settings(audit_public_keys=[wrong]))


def test_a_new_key_signs_and_its_public_one_is_trusted_beside_the_old():
    signing, public = anchors.new_key()
    settings = Settings(audit_key=signing, audit_public_keys=[PUBLIC])

    assert anchors.trusted_keys(settings) == {base64.b64decode(public), base64.b64decode(PUBLIC)}
