"""The page of security names what there is, and leaves out no requirement."""

import re
from collections import Counter

from tests.architecture.sources import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
FOLDERS = "app|docs|migrations|templates|tests|tools|workflow"
PATHS = sorted(
    set(re.findall(rf"`((?:{FOLDERS})/[\w/.-]+|[\w.]+\.(?:toml|lock|json))`", PAGE))
    | {f"docs/{name}" for name in re.findall(r"\]\((\w[\w-]*\.md)\)", PAGE)}
)
#: How many requirements of levels 1 and 2 there are in each section of each chapter of ASVS 5.0.0.
REQUIREMENTS = {
    1: (2, 9, 11, 3, 2),
    2: (3, 3, 4, 1),
    3: (0, 2, 4, 6, 5, 0, 2),
    4: (3, 1, 2, 4),
    5: (1, 3, 2, 3),
    6: (3, 12, 4, 4, 5, 3, 0, 4),
    7: (3, 4, 2, 5, 2, 2),
    8: (2, 3, 1, 1),
    9: (3, 4),
    10: (2, 2, 4, 11, 5, 2, 3),
    11: (2, 3, 3, 4, 1, 1),
    12: (3, 2, 4),
    13: (1, 5, 2, 5),
    14: (2, 4, 3),
    15: (3, 3, 7),
    16: (1, 5, 4, 3, 3),
    17: (1, 4, 2),
}
ANSWERS = {"yes", "part", "no", "operator", "none"}


def rows() -> list[tuple[list[str], str, str]]:
    """Requirements, whether they are met, and where, of each row of the table."""
    table = PAGE.partition("## OWASP ASVS")[2]
    number = r"\d+\.\d+\.\d+"
    row = rf"^\| ({number}(?:(?:–|, ){number})*) [^|]*\| (\w+) \| ?(.*?) ?\|$"
    found = re.findall(row, table, flags=re.MULTILINE)
    return [(list(numbers(spans)), met, where) for spans, met, where in found]


def numbers(spans: str):
    """`1.2.6–1.2.8, 1.3.1` → each of them."""
    for span in spans.split(", "):
        first, _, last = span.partition("–")
        section, _, begin = first.rpartition(".")
        end = last.rpartition(".")[2] or begin
        yield from (f"{section}.{number}" for number in range(int(begin), int(end) + 1))


def test_what_the_page_names_is_there():
    assert len(PATHS) > 50
    assert [path for path in PATHS if not (ROOT / path).exists()] == []


def test_every_requirement_is_answered_once():
    asked = {
        f"{chapter}.{section}.{number}"
        for chapter, sections in REQUIREMENTS.items()
        for section, count in enumerate(sections, start=1)
        for number in range(1, count + 1)
    }
    answered = Counter(number for those, _, _ in rows() for number in those)

    assert len(asked) == 253
    assert set(answered) == asked
    assert max(answered.values()) == 1


def test_an_answer_is_one_of_five_and_a_yes_says_where():
    for those, met, where in rows():
        assert met in ANSWERS, those
        assert where or met in {"none", "operator"}, those


def test_what_is_met_by_code_is_shown_by_a_test_most_of_the_time():
    met = [where for _, answer, where in rows() if answer == "yes"]

    assert sum("`tests/" in where for where in met) / len(met) > 0.75
