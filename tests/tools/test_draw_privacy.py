"""docs/privacy.md is what the register and the rules say."""

from tools import draw_privacy


def test_the_record_of_processing_is_as_the_code_has_it():
    written = draw_privacy.PAGE.read_text(encoding="utf-8")

    assert written == draw_privacy.draw(written), "run `make docs`"


def test_every_table_is_drawn_once():
    written = draw_privacy.PAGE.read_text(encoding="utf-8")

    for name in draw_privacy.DRAWN:
        assert written.count(draw_privacy.BEGIN.format(name)) == 1
