"""Checking the audit: every chain is walked, every anchor held against what it was signed over.

Everything is read in one snapshot, so writers go on meanwhile, and row by row in the order of the
chains. Hashes are computed here: a database that has been tampered with is not asked for its word.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain, groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Label, Select, String, exists, literal_column, select
from sqlalchemy.orm import Session

from app.audit import anchors, merkle
from app.audit.anchors import Anchor, anchor_of
from app.db import Sessions, reading
from workflow.kernel.audit import (
    ERASED,
    AuditAnchor,
    AuditEntry,
    AuditHead,
    AuditLeaf,
    AuditReason,
)
from workflow.kernel.db import table_of

_ENTRIES, _REASONS = table_of(AuditEntry), table_of(AuditReason)
_HEADS, _LEAVES, _ANCHORS = table_of(AuditHead), table_of(AuditLeaf), table_of(AuditAnchor)

#: What an entry's digest is taken of, in the words of `audit_append`.
_CONTENT: Label[str] = literal_column(
    "jsonb_build_array(position, subject, (extract(epoch FROM at) * 1000000)::bigint,"
    " (extract(epoch FROM recorded_at) * 1000000)::bigint, actor, role, acting_for, action,"
    " refusal, request_id, encode(reason_digest, 'hex'), before, after)::text",
    String,
).label("content")
_BEGINNING = bytes(merkle.WIDTH)

#: A query's rows, a block at a time.
Stream = Callable[[Select[Any]], Iterator[Any]]


@dataclass(frozen=True, slots=True)
class Fault:
    """Where something is not as it was written; `seq` is None for what is no link of a chain."""

    subject: str
    seq: int | None
    what: str

    def __str__(self) -> str:
        return f"{self.subject}{'' if self.seq is None else f' {self.seq}'}: {self.what}"


@dataclass(slots=True)
class Checked:
    """How much there was."""

    entries: int = 0
    chains: int = 0
    anchors: int = 0
    erased: int = 0
    broken: int = 0


def verify(
    sessions: Sessions,
    *,
    trusted: frozenset[bytes] = frozenset(),
    folder: Path | None = None,
    checked: Checked | None = None,
) -> Iterator[Fault]:
    """The first fault of each broken chain, then what is wrong with the anchors.

    Args:
        trusted: public keys whose signatures count; none: only that the signatures hold.
        folder: where the anchors were exported to.
        checked: is told how much was checked.
    """
    with reading(sessions, at_one_moment=True) as session:
        yield from verify_in(session, trusted=trusted, folder=folder, checked=checked or Checked())


def verify_in(
    session: Session, *, trusted: frozenset[bytes], folder: Path | None, checked: Checked
) -> Iterator[Fault]:
    """The same of what one transaction sees; in one that sees others' commits it finds ghosts."""
    with ExitStack() as opened:

        def stream(query: Select[Any]) -> Iterator[Any]:
            rows = session.execute(query.execution_options(yield_per=anchors.BLOCK))
            return iter(opened.enter_context(closing(rows)))

        yield from _chains(stream, checked)
        yield from _reasons(stream)
        yield from _anchors(stream, trusted, folder, checked)


# Chains ------------------------------------------------------------------------------------------


def _chains(stream: Stream, counts: Checked) -> Iterator[Fault]:
    entries = (
        select(
            *(_ENTRIES.c[name] for name in ("subject", "seq", "action", "reason_digest")),
            *(_ENTRIES.c[name] for name in ("previous_hash", "hash")),
            _CONTENT,
        )
        .add_columns(
            select(_REASONS.c.salt).where(_REASONS.c.position == _ENTRIES.c.position).label("salt"),
            select(_REASONS.c.reason)
            .where(_REASONS.c.position == _ENTRIES.c.position)
            .label("reason"),
        )
        .order_by(_ENTRIES.c.subject, _ENTRIES.c.seq)
    )
    heads = select(_HEADS).order_by(_HEADS.c.subject)
    leaves = select(_LEAVES).order_by(_LEAVES.c.subject, _LEAVES.c.seq)
    for subject, links, head, told in _side_by_side(stream(entries), stream(heads), stream(leaves)):
        counts.chains += 1
        walk = _Walk(subject, counts)
        faults = walk.faults(links, head, told)
        first = next(faults, None)
        deque(faults, maxlen=0)  # the rest is walked, and not told
        if first is not None:
            counts.broken += 1
            yield first


def _side_by_side(
    entries: Iterator[Any], heads: Iterator[Any], leaves: Iterator[Any]
) -> Iterator[tuple[str, Iterator[Any], Any, Iterator[Any]]]:
    """Each subject that any of the three knows, with its rows in each, all in one pass."""
    by_subject = attrgetter("subject")
    streams = [groupby(rows, by_subject) for rows in (entries, heads, leaves)]
    waiting = [next(stream, None) for stream in streams]
    while any(waiting):
        subject = min(one[0] for one in waiting if one)
        here = [one[1] if one and one[0] == subject else iter(()) for one in waiting]
        yield subject, here[0], next(here[1], None), here[2]
        for number, one in enumerate(waiting):
            if one and one[0] == subject:
                waiting[number] = next(streams[number], None)


@dataclass(slots=True)
class _Walk:
    """One chain, from its first entry to its head."""

    subject: str
    counts: Checked
    seq: int = 0
    hash: bytes = _BEGINNING
    #: The first reason that is gone and not yet accounted for.
    gone: int | None = None

    def faults(self, links: Iterator[Any], head: Any, leaves: Iterator[Any]) -> Iterator[Fault]:
        leaf = next(leaves, None)
        for entry in links:
            yield from self._next(entry)
            if leaf is not None and leaf.seq == entry.seq:
                if leaf.hash != entry.hash:
                    yield self._fault(entry.seq, f"anchor {leaf.anchor} has it with another hash")
                leaf = next(leaves, None)
        if leaf is not None:
            yield self._fault(leaf.seq, f"anchor {leaf.anchor} has it, and it is gone")
        yield from self._end(head)
        if self.gone is not None:
            yield self._fault(self.gone, "its reason is gone, and nobody has erased it")

    def _next(self, entry: Any) -> Iterator[Fault]:
        self.counts.entries += 1
        if entry.seq != self.seq + 1:
            yield self._fault(self.seq + 1, f"is missing: entry {entry.seq} stands in its place")
        if entry.previous_hash != self.hash:
            yield self._fault(entry.seq, "does not follow from the entry before it")
        digest = sha256(entry.content.encode()).digest()
        linked = self.hash + entry.seq.to_bytes(8, "big", signed=True) + digest
        if sha256(linked).digest() != entry.hash:
            yield self._fault(entry.seq, "has been changed")
        if entry.reason_digest is not None:
            yield from self._reason(entry)
        if entry.action == ERASED:
            self.gone = None
        self.seq, self.hash = entry.seq, entry.hash

    def _reason(self, entry: Any) -> Iterator[Fault]:
        if entry.reason is None:
            self.counts.erased += 1
            self.gone = self.gone or entry.seq
        elif sha256(entry.salt + entry.reason.encode()).digest() != entry.reason_digest:
            yield self._fault(entry.seq, "its reason has been changed")

    def _end(self, head: Any) -> Iterator[Fault]:
        if head is None:
            yield self._fault(self.seq, "the chain has no head")
        elif head.seq > self.seq:
            yield self._fault(self.seq + 1, f"is missing: the head is at {head.seq}")
        elif head.seq < self.seq:
            yield self._fault(head.seq + 1, "stands after the head")
        elif head.hash != self.hash:
            yield self._fault(head.seq, "the head has another hash")

    def _fault(self, seq: int, what: str) -> Fault:
        return Fault(self.subject, seq, what)


def _reasons(stream: Stream) -> Iterator[Fault]:
    """Texts that belong to no entry."""
    its_entry = exists().where(
        _ENTRIES.c.position == _REASONS.c.position, _ENTRIES.c.reason_digest.is_not(None)
    )
    for row in stream(select(_REASONS.c.position).where(~its_entry)):
        yield Fault(f"reason {row.position}", None, "is the reason of no entry")


# Anchors -----------------------------------------------------------------------------------------


def _anchors(
    stream: Stream, trusted: frozenset[bytes], folder: Path | None, counts: Checked
) -> Iterator[Fault]:
    """Roots, signatures and the line of anchors; then what the folder has beside them."""
    columns: list[Column[Any]] = [
        _LEAVES.c[name] for name in ("number", "anchor", "subject", "seq", "hash")
    ]
    line = _Line(stream(select(*columns).order_by(_LEAVES.c.number)))
    outside = anchors.exported(folder) if folder else iter(())
    told = next(outside, None)
    for row in stream(select(_ANCHORS).order_by(_ANCHORS.c.number)):
        anchor = anchor_of(row)
        counts.anchors += 1
        yield from line.next(anchor)
        yield from _signed(anchor, trusted)
        while told is not None and (told[1] is None or told[1].number <= anchor.number):
            yield from _as_exported(*told, anchor)
            told = next(outside, None)
    yield from line.end()
    for file, missing in chain([told] if told else [], outside):
        yield from _as_exported(file, missing, None)


@dataclass(slots=True)
class _Line:
    """The anchors one after another, and the tree that their leaves make meanwhile."""

    leaves: Iterator[Any]
    tree: merkle.Tree = field(default_factory=merkle.Tree)
    previous: bytes = anchors.FIRST
    number: int = 0

    def next(self, anchor: Anchor) -> Iterator[Fault]:
        if anchor.number != self.number + 1:
            yield _of(self.number + 1, "is missing")
        if anchor.previous != self.previous:
            yield _of(anchor.number, "does not follow from the anchor before it")
        self.previous, self.number = anchor.digest, anchor.number
        while self.tree.leaves < anchor.leaves and (leaf := self._leaf()) is not None:
            if leaf.number != self.tree.leaves or leaf.anchor != anchor.number:
                yield _of(anchor.number, f"leaf {leaf.number} is not the one it was made of")
            self.tree.grow([merkle.leaf(leaf.subject, leaf.seq, leaf.hash)])
        if (self.tree.leaves, self.tree.root) != (anchor.leaves, anchor.root):
            yield _of(anchor.number, "its leaves do not give its root")

    def end(self) -> Iterator[Fault]:
        if (leaf := self._leaf()) is not None:
            yield Fault(leaf.subject, leaf.seq, f"leaf {leaf.number} is of no anchor")

    def _leaf(self) -> Any:
        return next(self.leaves, None)


def _signed(anchor: Anchor, trusted: frozenset[bytes]) -> Iterator[Fault]:
    if not anchor.is_signed:
        yield _of(anchor.number, "its signature does not hold")
    elif trusted and anchor.public_key not in trusted:
        yield _of(anchor.number, "is signed by a key that is not ours")


def _as_exported(file: Path, told: Anchor | None, anchor: Anchor | None) -> Iterator[Fault]:
    if told is None:
        yield Fault(str(file), None, "is no anchor")
    elif anchor is None or anchor.number != told.number:
        yield _of(told.number, f"is missing: {file} has it")
    elif told != anchor:
        yield _of(told.number, f"is another one in {file}")


def _of(number: int, what: str) -> Fault:
    return Fault(f"anchor {number}", None, what)


def first_of_each(faults: Iterable[Fault], most: int) -> tuple[list[Fault], int]:
    """The first faults, and how many there are in all."""
    shown: list[Fault] = []
    count = 0
    for fault in faults:
        count += 1
        if len(shown) < most:
            shown.append(fault)
    return shown, count
