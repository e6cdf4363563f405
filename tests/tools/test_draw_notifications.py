"""docs/notifications.md says what the code does."""

from tools.draw_notifications import DRAWN, PAGE, draw


def test_the_tables_are_those_of_the_code():
    written = PAGE.read_text()

    assert all(f"<!-- drawn: {name} -->" in written for name in DRAWN)
    assert draw(written) == written, "run `make docs`"
