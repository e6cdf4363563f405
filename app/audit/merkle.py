"""A Merkle tree that only grows, as transparency logs have it (RFC 6962, section 2.1).

Its root over the first n leaves is found while they pass by, with a memory of log n hashes; a root
signed earlier is the root of the leaves that were there then.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

_LEAF, _NODE = b"\x00", b"\x01"
#: Bytes of a hash.
WIDTH = 32


def leaf(subject: str, seq: int, head: bytes) -> bytes:
    """The hash of a head: whose chain, how long, and where it ends."""
    return hashlib.sha256(_LEAF + seq.to_bytes(8, "big") + head + subject.encode()).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()


@dataclass(slots=True)
class Tree:
    """The leaves so far, as the roots of the whole subtrees they make, the largest first."""

    leaves: int = 0
    subtrees: list[bytes] = field(default_factory=list)

    def grow(self, hashes: Iterable[bytes]) -> None:
        for grown in hashes:
            subtree, joined = grown, self.leaves
            while joined & 1:
                subtree = node(self.subtrees.pop(), subtree)
                joined >>= 1
            self.subtrees.append(subtree)
            self.leaves += 1

    @property
    def root(self) -> bytes:
        """Of no leaves: the hash of nothing."""
        if not self.subtrees:
            return hashlib.sha256().digest()
        *larger, root = self.subtrees
        for subtree in reversed(larger):
            root = node(subtree, root)
        return root

    def packed(self) -> bytes:
        return b"".join(self.subtrees)

    @classmethod
    def unpacked(cls, leaves: int, packed: bytes) -> Self:
        """The tree as `packed` has it.

        Raises:
            ValueError: these are not the subtrees of so many leaves.
        """
        if len(packed) != leaves.bit_count() * WIDTH:
            raise ValueError("not the subtrees of so many leaves")
        return cls(leaves, [packed[at : at + WIDTH] for at in range(0, len(packed), WIDTH)])
