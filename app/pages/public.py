"""What everybody may read, signed in or not: rules, help, refusals, accessibility, privacy."""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from app.api.schemas.runs import RuleSetOut, RulesOut
from app.languages import SOURCE
from app.one_thread import InOneThread
from app.pages.rule_sets import shown
from app.pages.visit import Reader
from app.wording import explain, table
from workflow.cases.states import CaseState
from workflow.kernel.errors import NotFound
from workflow.redistribution import rules
from workflow.travel.contacts import CONTACTS

router = APIRouter(route_class=InOneThread)


@router.get("/regler")
def published_rules(reader: Reader) -> Response:
    """The published rule set, in words and figures (forvaltningsloven 2025 § 13)."""
    published = rules.published(reader.session, on=reader.today, actor=reader.anybody)
    return reader.page("public/rules.html", **shown(reader, published, published.in_force))


@router.get("/rules")
def published_rules_as_data(reader: Reader) -> Response:
    """The same for machines, without signing in: in force, and every version."""
    published = rules.published(reader.session, on=reader.today, actor=reader.anybody)
    told = RulesOut(
        in_force=RuleSetOut.of(published.in_force),
        items=[RuleSetOut.of(version) for version in published.history],
    )
    return JSONResponse(told.model_dump(mode="json"))


@router.get("/problems/{code}")
def problem(reader: Reader, code: str) -> Response:
    """What a refusal means: the address its `type` names."""
    if code not in table(SOURCE)["problem"]:
        raise NotFound("problem")
    return reader.page("public/problem.html", explanation=explain(code))


@router.get("/hjelp")
def help_page(reader: Reader) -> Response:
    """What each group does, in short."""
    return reader.page("public/help.html")


@router.get("/hjelp/tilstander")
def states(reader: Reader) -> Response:
    """What each state of a case means, and what happens next."""
    return reader.page("public/states.html", states=list(CaseState))


@router.get("/hjelp/imdi")
def guide_of_the_directorate(reader: Reader) -> Response:
    """A short guide for who distributes, with pictures."""
    return reader.page("public/guides/imdi.html")


@router.get("/hjelp/kommune")
def guide_of_a_municipality(reader: Reader) -> Response:
    """A short guide for who answers and settles."""
    return reader.page("public/guides/municipality.html")


@router.get("/hjelp/udi")
def guide_of_travel(reader: Reader) -> Response:
    """A short guide for who books travel."""
    return reader.page("public/guides/travel.html")


@router.get("/kontakt")
def contacts(reader: Reader) -> Response:
    """Whom to ask about what (R30); a case's own page says which of them it is."""
    return reader.page("public/contacts.html", contacts=CONTACTS)


@router.get("/tilgjengelighet")
def accessibility(reader: Reader) -> Response:
    """What is tried, what is known to fail, whom to tell; the declaration is the operator's."""
    statement = reader.request.app.state.settings.accessibility_statement
    return reader.page("public/accessibility.html", statement=statement)


@router.get("/personvern")
def privacy(reader: Reader) -> Response:
    return reader.page("public/privacy.html")
