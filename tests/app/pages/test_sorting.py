"""Tables in the order of a column."""

import pytest

from app.pages.sorting import in_order

ROWS = [("Ås", 2), ("Asker", None), ("Bergen", 7), ("Ålesund", 2)]
COLUMNS = {"name": lambda row: row[0], "number": lambda row: row[1]}


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("", ["Ås", "Asker", "Bergen", "Ålesund"]),
        ("name", ["Asker", "Bergen", "Ålesund", "Ås"]),
        ("-name", ["Ås", "Ålesund", "Bergen", "Asker"]),
        ("number", ["Ås", "Ålesund", "Bergen", "Asker"]),
        ("-number", ["Bergen", "Ås", "Ålesund", "Asker"]),
    ],
)
def test_texts_sort_as_norwegians_do_and_what_is_not_known_comes_last(sort: str, names: list[str]):
    assert [name for name, _ in in_order(ROWS, COLUMNS, sort)] == names
