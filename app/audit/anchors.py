"""Anchors: a signed root over the heads of all chains, told to a place the database cannot reach.

An hour's anchor takes as leaves the heads that have moved since the one before it. Leaves are only
added, so whatever was the end of a chain at an hour stays told: a chain that is written anew, or
cut, no longer goes through its leaves, and leaves that are changed no longer give the roots that
were signed. Each anchor names the one before it, so none can be left out.
"""

import base64
import binascii
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import func, insert, literal_column, select
from sqlalchemy.orm import Session

from app.audit import merkle
from app.db import Sessions, reading
from app.errors import CannotStart
from app.settings import Settings
from workflow.kernel.audit import AuditAnchor, AuditHead, AuditLeaf
from workflow.kernel.db import table_of

#: One anchor is made at a time; any number, the same in every process.
_ONE_AT_A_TIME = 0x616E6B6572
#: Rows fetched at once.
BLOCK = 2_000
FIRST = bytes(merkle.WIDTH)
_SUFFIX = ".json"

_ANCHORS, _LEAVES, _HEADS = table_of(AuditAnchor), table_of(AuditLeaf), table_of(AuditHead)


class TamperedWith(CannotStart):
    """What is kept of the last anchor does not give its root: nothing is signed on top of that."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """What is signed, and the signature."""

    number: int
    at: datetime
    leaves: int
    root: bytes
    previous: bytes
    public_key: bytes
    signature: bytes

    @property
    def digest(self) -> bytes:
        return sha256(self.statement).digest()

    @property
    def moment(self) -> str:
        return self.at.astimezone(UTC).isoformat(timespec="microseconds")

    @property
    def statement(self) -> bytes:
        """What the signature is of."""
        lines = (
            "bosetting audit anchor 1",
            self.number,
            self.moment,
            self.leaves,
            self.root.hex(),
            self.previous.hex(),
        )
        return "\n".join(str(line) for line in lines).encode()

    @property
    def is_signed(self) -> bool:
        """By the key it names; whose key that is, is another question."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(
                self.signature, self.statement
            )
        except (InvalidSignature, ValueError):
            return False
        return True

    def as_text(self) -> str:
        told: dict[str, Any] = {
            name: value.hex() if isinstance(value, bytes) else value
            for name, value in asdict(self).items()
        }
        told["at"] = self.moment
        return json.dumps(told, indent=2) + "\n"


def signing_key(settings: Settings) -> Ed25519PrivateKey | None:
    """The key anchors are signed with; None where there is none.

    Raises:
        CannotStart: what is set is no key.
    """
    if settings.audit_key is None:
        return None
    return Ed25519PrivateKey.from_private_bytes(
        _key_bytes(settings.audit_key.get_secret_value(), "BOSETTING_AUDIT_KEY")
    )


def trusted_keys(settings: Settings) -> frozenset[bytes]:
    """Public keys whose anchors count: the one that signs today, and those named beside it.

    Raises:
        CannotStart: what is set is no key.
    """
    mine = signing_key(settings)
    named = [_key_bytes(key, "BOSETTING_AUDIT_PUBLIC_KEYS") for key in settings.audit_public_keys]
    return frozenset([*named, *([mine.public_key().public_bytes_raw()] if mine else [])])


def new_key() -> tuple[str, str]:
    """A key for BOSETTING_AUDIT_KEY, and the public one to check with."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    return base64.b64encode(key.private_bytes_raw()).decode(), base64.b64encode(public).decode()


def make(session: Session, key: Ed25519PrivateKey) -> Anchor:
    """Anchor all chains as they now end; also where none has moved, which is told as well.

    Raises:
        TamperedWith: what is kept of the last anchor does not give its root.
    """
    session.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
    last = session.execute(select(*_ANCHORS.c).order_by(_ANCHORS.c.number.desc()).limit(1)).first()
    number, tree, previous = 1, merkle.Tree(), FIRST
    if last is not None:
        number, tree, previous = last.number + 1, _tree_of(last), anchor_of(last).digest
    _take_leaves(session, number, tree)
    at = session.scalar(select(func.clock_timestamp()))
    assert at is not None  # noqa: S101  the clock always shows something
    unsigned = Anchor(
        number=number,
        at=at,
        leaves=tree.leaves,
        root=tree.root,
        previous=previous,
        public_key=key.public_key().public_bytes_raw(),
        signature=b"",
    )
    anchor = Anchor(**asdict(unsigned) | {"signature": key.sign(unsigned.statement)})
    session.execute(insert(_ANCHORS), asdict(anchor) | {"frontier": tree.packed()})
    return anchor


def _tree_of(last: Any) -> merkle.Tree:
    try:
        tree = merkle.Tree.unpacked(last.leaves, last.frontier)
    except ValueError:
        tree = merkle.Tree()
    if tree.root != last.root:
        raise TamperedWith(
            f"Anchor {last.number} does not fit its root: see `bosetting audit verify`."
        )
    return tree


def _take_leaves(session: Session, number: int, tree: merkle.Tree) -> None:
    """The heads that are no leaves yet, one snapshot of them, in the order of their subjects."""
    known = select(_LEAVES.c.seq).where(
        _LEAVES.c.subject == _HEADS.c.subject, _LEAVES.c.seq == _HEADS.c.seq
    )
    place = func.row_number().over(order_by=_HEADS.c.subject) + (tree.leaves - 1)
    values = {
        "number": place,
        "anchor": literal_column(str(number)),
        "subject": _HEADS.c.subject,
        "seq": _HEADS.c.seq,
        "hash": _HEADS.c.hash,
    }
    moved = select(*values.values()).where(~known.exists())
    session.execute(insert(_LEAVES).from_select([*values], moved))
    added = (
        select(_LEAVES.c.subject, _LEAVES.c.seq, _LEAVES.c.hash)
        .where(_LEAVES.c.anchor == number)
        .order_by(_LEAVES.c.number)
        .execution_options(yield_per=BLOCK)
    )
    tree.grow(merkle.leaf(*row) for row in session.execute(added))


def anchor_of(row: Any) -> Anchor:
    """A row of `audit_anchors`."""
    return Anchor(**{name: getattr(row, name) for name in Anchor.__dataclass_fields__})


def export(anchor: Anchor, folder: Path) -> Path:
    """Write the anchor into a file of its own; one that is there is never overwritten.

    Raises:
        FileExistsError: another anchor of this number is there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{anchor.number:08d}{_SUFFIX}"
    if file.exists():
        if file.read_text("utf-8") == anchor.as_text():
            return file
        raise FileExistsError(file)
    part = file.with_suffix(".part")
    with part.open("w", encoding="utf-8") as out:
        out.write(anchor.as_text())
        out.flush()
        os.fsync(out.fileno())
    part.rename(file)
    return file


def export_all(sessions: Sessions, folder: Path) -> int:
    """Write what the folder lacks, also what could not be written earlier; says how many.

    Raises:
        FileExistsError: another anchor of a number is there.
    """
    held = max((told.number for _, told in exported(folder) if told), default=0)
    later = select(*_ANCHORS.c).where(_ANCHORS.c.number > held).order_by(_ANCHORS.c.number)
    with reading(sessions) as session:
        return len([export(anchor_of(row), folder) for row in session.execute(later)])


def exported(folder: Path) -> Iterator[tuple[Path, Anchor | None]]:
    """The anchors in a folder, by number; None for a file that holds none."""
    for file in sorted(folder.glob(f"*{_SUFFIX}")):
        yield file, _read(file)


def _read(file: Path) -> Anchor | None:
    try:
        told = json.loads(file.read_text("utf-8"))
        return Anchor(
            number=int(told["number"]),
            at=datetime.fromisoformat(told["at"]),
            leaves=int(told["leaves"]),
            **{
                name: bytes.fromhex(told[name])
                for name in ("root", "previous", "public_key", "signature")
            },
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _key_bytes(text: str, name: str) -> bytes:
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) != merkle.WIDTH:
        raise CannotStart(f"{name} is no key: 32 bytes in base64, as `bosetting audit key` prints.")
    return found
