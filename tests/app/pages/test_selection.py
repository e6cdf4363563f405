"""What a form carries of cases chosen in a list: all of it, and nothing that was not chosen."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.pages.selection import Selection, read

IDS = st.integers(min_value=0, max_value=2**128 - 1).map(lambda number: UUID(int=number))


@given(
    versions=st.dictionaries(IDS, st.integers(min_value=0, max_value=2**31 - 1), max_size=40),
    everything=st.booleans(),
)
def test_a_selection_comes_back_as_it_was(versions: dict[UUID, int], everything: bool):
    chosen = Selection(versions, everything)

    assert read(chosen.written()) == chosen


@pytest.mark.parametrize(
    "text", ["", "x", "é", "AAAA", "eJw=", Selection({UUID(int=1): 1}, False).written()[:-8]]
)
def test_what_is_no_selection_is_none(text: str):
    with pytest.raises(ValueError, match=r"no selection|non-ASCII|string argument"):
        read(text)
