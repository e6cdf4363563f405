"""Rows of a table as cards: each value with the heading it stands under."""

from app.cards import carded

COLUMNS = [{"text": "Velg", "hidden": True}, {"text": "Sak"}, {"text": "Når & hvor"}]


def test_each_cell_says_the_heading_of_its_column():
    row = '<tr><td><input></td><th scope="row">1</th><td class="nowrap">uke 24</td></tr>'

    assert carded(row, COLUMNS) == (
        '<tr><td><input></td><th scope="row">1</th>'
        '<td class="nowrap" data-label="Når &amp; hvor">uke 24</td></tr>'
    )


def test_a_second_row_begins_anew_and_a_cell_over_several_columns_has_no_one_heading():
    rows = '<tr><td colspan="2">Alle</td><td>nå</td></tr><tr><td>x</td><td>7</td></tr>'

    assert carded(rows, COLUMNS) == (
        '<tr><td colspan="2">Alle</td><td data-label="Når &amp; hvor">nå</td></tr>'
        '<tr><td>x</td><td data-label="Sak">7</td></tr>'
    )
