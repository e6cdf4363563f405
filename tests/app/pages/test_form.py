"""What is wrong with a field is told with its label, whoever made up its name."""

import pytest
from starlette.datastructures import FormData

from app.languages import speaking
from app.pages.form import Form
from notifications.states import Timing


@pytest.mark.parametrize(
    ("language", "name", "told"),
    [
        ("sv", "school_near_metres", "Fyll i ”Nära, meter”."),
        ("sv", "beds", "Fyll i ”Platser”."),
        ("nb", "reason", "Fyll ut «Begrunnelse»."),
        ("nb", "nobody_knows_this", "Fyll ut «Feltet»."),
    ],
)
def test_a_field_of_a_row_is_called_as_its_kind_and_one_without_a_label_is_the_field(
    language, name, told
):
    form = Form()

    with speaking(language):
        assert form.text(name, required=True) is None

    assert form.errors == {name: told}


def test_a_choice_nobody_offered_is_told_whatever_the_field_is_called():
    form = Form(FormData([("cases", "tullball")]))

    with speaking("sv"):
        assert form.choice("cases", Timing) is None

    assert form.errors == {"cases": "Välj ”Fältet” i listan."}
