"""The tree of the anchors against the definition of RFC 6962, and what it keeps of itself."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.audit import merkle
from app.audit.merkle import Tree, node

HASHES = st.lists(st.binary(min_size=32, max_size=32), max_size=70)


def defined(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, over hashes of leaves."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return node(defined(leaves[:half]), defined(leaves[half:]))


@given(HASHES)
def test_the_root_is_the_one_the_rfc_defines(hashes):
    tree = Tree()
    tree.grow(hashes)

    assert tree.root == defined(hashes)
    assert tree.leaves == len(hashes)


@given(HASHES, HASHES)
def test_a_tree_packed_away_grows_on_as_if_it_had_not_been(first, more):
    tree = Tree()
    tree.grow(first)

    again = Tree.unpacked(tree.leaves, tree.packed())
    again.grow(more)

    assert again.root == defined(first + more)


def test_what_is_not_a_tree_of_so_many_leaves_is_refused():
    with pytest.raises(ValueError, match="so many leaves"):
        Tree.unpacked(3, bytes(32))


def test_leaves_differ_in_whose_how_long_and_where():
    ends = {
        merkle.leaf("case:a", 1, bytes(32)),
        merkle.leaf("case:b", 1, bytes(32)),
        merkle.leaf("case:a", 2, bytes(32)),
        merkle.leaf("case:a", 1, b"\x01" * 32),
    }

    assert len(ends) == 4
