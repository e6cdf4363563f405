"""The reader of a page's structure finds what is wrong with one, and nothing in a good one."""

import pytest

from tests.app.pages.structure import faults

GOOD = """<!doctype html><html lang="nb"><title>Saker</title>
<nav aria-label="Hovedmeny"><a href="#main">Videre</a></nav>
<main id="main"><h1>Saker</h1><h2 id="filter">Filter</h2>
<section aria-labelledby="filter"><label for="q">Søk</label><input id="q">
<label><input type="checkbox"> Bare mine</label><button>Vis</button>
<svg aria-hidden="true"></svg></section></main></html>"""


def test_a_good_page_has_no_faults():
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("<h2 id", "<h3 id", "a heading of level 3 under level 1"),
        ("<h1>Saker</h1>", "", "0 headings of the first level"),
        ('for="q"', 'for="other"', "names other"),
        ('<label for="q">Søk</label>', "", "<input> says not what it is"),
        ("<button>Vis", "<button>", "<button> says not what it is"),
        ('aria-hidden="true"', "", "<svg> says not what it is"),
        ('id="q"', 'id="filter"', "the id filter 2 times"),
        (' lang="nb"', "", "no language"),
        (' aria-label="Hovedmeny"', "", "<nav> without a name"),
        ("#main", "#elsewhere", "names elsewhere"),
        ('id="q">', 'id="q" aria-invalid="true">', "the field q says not what is wrong"),
        ('id="q">', 'id="q" aria-invalid="true">', "the field q is wrong and no link leads there"),
        ("<h1>", '<ds-error-summary><a href="#q">Nei</a></ds-error-summary><h1>', "leads to q"),
    ],
)
def test_each_fault_is_told(was, becomes, told):
    assert any(told in fault for fault in faults(GOOD.replace(was, becomes)))
