"""Templates answer as pages, in the reader's language, with what stands around them."""

from datetime import UTC, datetime

import pytest
from fastapi import FastAPI, Request
from jinja2 import UndefinedError
from starlette.testclient import TestClient

from app.frame import MENUS, Flash, Frame, Viewer
from app.languages import SpeaksTheReadersLanguage, chosen, language, offered, speaking
from app.rendering import axis_top, environment, page, wants_fragment, with_query
from app.wording import explain, table
from workflow.kernel.actor import Role


def _client(frame: Frame | None = None) -> TestClient:
    served = FastAPI()

    @served.get("/saker/{number}")
    def case(request: Request, number: str):
        if frame is not None:
            request.state.frame = frame
        return page(
            request, "problem.html", status_code=409, status=409, explanation=explain("state.wrong")
        )

    return TestClient(served)


def _render(source: str, **context) -> str:
    return environment.from_string(source).render(**context).strip()


def test_a_page_says_its_language_and_its_status():
    answer = _client().get("/saker/1")

    assert answer.status_code == 409
    assert answer.headers["content-language"] == "nb"
    assert "Cookie" in answer.headers["vary"]
    assert '<html lang="nb"' in answer.text
    assert "<h1>Saken er ikke i riktig tilstand</h1>" in answer.text


def test_a_visitor_is_asked_to_sign_in_and_sees_no_menu():
    answer = _client().get("/saker/1")

    assert 'href="/logg-inn"' in answer.text
    assert 'id="menu"' not in answer.text
    assert "Demonstrasjon" not in answer.text


def test_the_header_says_who_acts_in_which_role_and_for_whom():
    viewer = Viewer("Kari Nordmann", Role.MUNICIPALITY_WRITER, "Steinkjer")

    answer = _client(Frame(viewer=viewer, unread=12)).get("/saker/1")

    assert "Kari Nordmann" in answer.text
    assert "Saksbehandler, kommune · Steinkjer" in answer.text
    assert '12<span class="ds-sr-only"> uleste</span>' in answer.text


def test_the_demonstration_shows_its_own_clock():
    frame = Frame(demo_clock=datetime(2020, 3, 12, 8, 0, tzinfo=UTC))

    answer = _client(frame).get("/saker/1")

    assert "torsdag 12. mars 2020 09:00" in answer.text


def test_what_the_last_action_came_to_stands_above_the_page():
    answer = _client(Frame(flash=Flash("withdraw", tone="warning"))).get("/saker/1")

    assert 'data-color="warning" role="status"' in answer.text
    assert "Saken er trukket, og plassene er frigitt." in answer.text


def test_every_form_carries_the_token():
    frame = Frame(viewer=Viewer("Kari", Role.LEAD), csrf_token="s3cret")

    answer = _client(frame).get("/saker/1")

    assert answer.text.count("<form") == answer.text.count('name="csrf_token" value="s3cret"') == 2


@pytest.mark.parametrize(
    ("path", "here"),
    [
        ("/kommune", "/kommune"),
        ("/kommune/boliger/7", "/kommune/boliger"),
        ("/kommune/foresporsler/7", "/kommune"),
        ("/kommuner", None),
    ],
)
def test_the_menu_marks_the_place_nearest_above_the_page(path, here):
    assert Frame(menu=MENUS[Role.MUNICIPALITY_READER]).here(path) == here


def test_every_place_in_a_menu_has_a_name():
    codes = {item.code for menu in MENUS.values() for item in menu}

    assert codes == set(table("nb")["menu"])


def test_what_people_write_is_never_markup():
    shown = _render(
        '{% import "macros/parts.html" as parts %}{{ parts.facts([(name, name)]) }}',
        name="<script>alert(1)</script>",
    )

    assert "<script>" not in shown
    assert shown.count("&lt;script&gt;") == 2


def test_a_name_a_template_does_not_know_is_an_error():
    with pytest.raises(UndefinedError):
        _render("{{ nowhere }}")


def test_a_wrong_icon_is_an_error():
    with pytest.raises(LookupError, match="Unicorn"):
        _render('{{ icon("Unicorn") }}')


def test_a_grey_button_says_why_and_what_to_do():
    shown = _render(
        '{% import "macros/parts.html" as parts %}'
        '{{ parts.action("accept", "/ja", "week.required") }}'
    )

    assert 'aria-disabled="true" aria-describedby="why-accept"' in shown
    assert 'id="why-accept">Et ja må ha en ny ønsket bosettingsuke.' in shown
    assert "/ja" not in shown


def test_a_field_ties_its_error_and_its_hint_to_the_input():
    shown = _render(
        '{% import "macros/forms.html" as forms %}'
        '{{ forms.field("places", "Plasser", 4, required=True,'
        ' hint="Et tall.", error="Skriv et tall.") }}'
    )

    assert 'aria-invalid="true" aria-describedby="places-error places-hint"' in shown
    assert 'id="places-error">Skriv et tall.' in shown
    assert 'id="places-hint">Et tall.' in shown
    assert "Må fylles ut" in shown
    assert 'value="4" required' in shown


def test_a_sorted_column_turns_round_and_keeps_the_filter():
    shown = _render(
        '{% import "macros/tables.html" as tables %}'
        '{% call(row) tables.table("t", "Saker", [{"text": "Navn", "key": "name"}], [1],'
        ' sort="name", url="/saker?group=private&cursor=x") %}<tr></tr>{% endcall %}'
    )

    assert 'aria-sort="ascending"' in shown
    assert 'href="/saker?group=private&amp;sort=-name"' in shown


def test_an_empty_list_says_so():
    shown = _render(
        '{% import "macros/tables.html" as tables %}'
        '{% call(row) tables.table("t", "Saker", [], [],'
        ' nothing=("Ingen saker", "Alt er gjort.")) %}'
        "{% endcall %}"
    )

    assert "<table" not in shown
    assert "Ingen saker" in shown
    assert "Alt er gjort." in shown


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ({"settled": 6, "held": 4, "free": 10, "ceiling": 20}, "6 bosatt, 4 holdt av, 10 ledige"),
        ({"settled": 27, "held": 5, "free": 0, "ceiling": 28}, "4 over taket"),
        ({"settled": 0, "held": 0, "free": 0, "ceiling": None}, "vedtak er ikke registrert"),
        ({"settled": 0, "held": 0, "free": 0, "ceiling": 0}, "Kommunen har sagt nei"),
        ({"settled": 7, "held": 0, "free": 0, "ceiling": None}, "7 over taket"),
    ],
)
def test_a_bar_of_places_tells_its_numbers_in_words(places, said):
    shown = _render(
        '{% import "macros/charts.html" as charts %}'
        "{{ charts.places_bar(p.settled, p.held, p.free, p.ceiling) }}",
        p=places,
    )

    assert said in shown
    assert "style=" not in shown


def test_a_query_is_changed_one_parameter_at_a_time():
    assert with_query("/saker?group=private&sort=name", sort="-name") == (
        "/saker?group=private&sort=-name"
    )
    assert with_query("/saker?group=private", group=None) == "/saker"


@pytest.mark.parametrize(("most", "top"), [(0, 1), (1, 1), (7, 8), (95, 100), (1900, 2000)])
def test_an_axis_ends_on_a_round_number(most, top):
    assert axis_top(most) == top


@pytest.mark.parametrize(
    ("headers", "fragment"),
    [
        ({}, False),
        ({"HX-Request": "true"}, True),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, False),
    ],
)
def test_going_back_in_the_history_needs_the_whole_page(headers, fragment):
    served = FastAPI()

    @served.get("/")
    def answer(request: Request):
        return wants_fragment(request)

    assert TestClient(served).get("/", headers=headers).json() is fragment


@pytest.mark.parametrize(
    ("cookie", "accepted", "spoken"),
    [
        (None, None, "nb"),
        (None, "no, en;q=0.5", "nb"),
        (None, "en-GB,en;q=0.9,nn;q=0.3", "nn"),
        (None, "en-GB", "nb"),
        (None, "fr, nb;q=0.2, en;q=nonsense", "nb"),
        (None, "en;q=0", "nb"),
        ("en", "nb", "en"),
        ("klingon", "nn", "nn"),
    ],
)
def test_the_cookie_goes_before_the_browser_and_bokmal_is_the_last_resort(
    monkeypatch, cookie, accepted, spoken
):
    monkeypatch.setattr("app.languages.offered", lambda: ("nb", "nn", "en"))

    assert chosen(cookie, accepted) == spoken


def test_a_language_is_offered_once_its_catalogue_and_its_labels_are_there():
    assert "nb" in offered()
    assert "xx" not in offered()


def test_the_language_is_known_in_the_thread_that_answers(monkeypatch):
    monkeypatch.setattr("app.languages.offered", lambda: ("nb", "en"))
    served = FastAPI()

    @served.get("/")
    def answer():
        return language()

    served.add_middleware(SpeaksTheReadersLanguage)
    client = TestClient(served)

    assert client.get("/", headers={"Accept-Language": "en"}).json() == "nb"
    assert client.get("/", headers={"Cookie": "a=b; bosetting_language=en"}).json() == "en"
    assert client.get("/").json() == "nb"


def test_a_label_that_never_changes_speaks_the_language_of_each_reader():
    template = environment.from_string('{{ "method" | label("field") }}')

    with speaking("en"):
        first = template.render()
    with speaking("nb"):
        second = template.render()

    assert (first, second) == ("How it is planned", "Hvordan det planlegges")
