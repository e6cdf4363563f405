import pytest

from tools import quickest_python


@pytest.mark.parametrize(
    ("usual", "systems", "wanted"),
    [
        ((1.0, "3 11\n"), (0.6, "3 11\n"), "/usr/bin/python3"),
        ((1.0, "3 11\n"), (0.9, "3 11\n"), "python3"),
        ((1.0, "3 11\n"), (0.5, "3 12\n"), "python3"),
        ((1.0, "3 11\n"), None, "python3"),
        (None, (0.5, "3 11\n"), "python3"),
    ],
)
def test_the_systems_own_is_taken_where_it_is_the_same_and_clearly_quicker(
    monkeypatch, usual, systems, wanted
):
    found = {"python3": usual, "/usr/bin/python3": systems}
    monkeypatch.setattr(quickest_python, "measured", found.get)

    assert quickest_python.chosen() == wanted


def test_what_cannot_be_started_is_none():
    assert quickest_python.measured("/nowhere/python3") is None
