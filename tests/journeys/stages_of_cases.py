"""What every operation on a case needs, and bodies with every field they have."""

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    a_vacancy,
    accepted,
    asked,
    officer,
    placed,
    udi,
    writer,
)
from tests.journeys.stage import THEN, Stage, Stages, number, person_of, steps_of, withdraw
from workflow.cases import commands as cases
from workflow.cases import duf, settling, ties
from workflow.cases.models import Distribution
from workflow.cases.states import DeclineReason, Group, TieKind

STAGES = Stages()
PERSON = {
    "name": "Amal Haddad",
    "duf_number": duf.make(2020, 990_001),
    "birth_year": 1985,
    "sex": "female",
    "nationality": "SY",
    "relation": "mor",
    "languages": ["arabisk"],
    "occupation": "lærer",
    "education": "høyskole",
}
INFORMATION = {
    "status": "possible_from",
    "from_on": "2020-06-01",
    "permit_expires_on": "2020-09-30",
    "source": "UDI",
}


@STAGES.of("registerCase")
def _(session: Session) -> Stage:
    return Stage(
        officer(),
        "/cases",
        body={
            "group": "resettlement",
            "persons": [PERSON],
            "departure_country": "LB",
            "entry": INFORMATION,
            "needs": ["school"],
            "related_case_ids": [str(a_case(session))],
            "reception_centre": "Dale mottak",
            "address_protection": "none",
        },
    )


@STAGES.of("recordEntryInformation")
def _(session: Session) -> Stage:
    case = a_case(session)
    body = INFORMATION | {"person_ids": [person_of(session, case)]}
    return Stage(udi(), "/cases/{case_id}/entry-information", **steps_of(case, **body))


@STAGES.of("joinCase")
def _(session: Session) -> Stage:
    born = PERSON | {"reason": "birth", "birth_year": 2020, "duf_number": duf.make(2020, 990_002)}
    return Stage(officer(), "/cases/{case_id}/persons", **steps_of(a_case(session), **born))


def _two(session: Session) -> dict[str, Any]:
    return {"case_id": a_case(session), "related_case_id": a_case(session)}


@STAGES.of("tieCases")
def _(session: Session) -> Stage:
    body = {"kind": "siblings", "reach": "near", "strength": 60}
    return Stage(officer(), "/cases/{case_id}/ties/{related_case_id}", _two(session), body)


@STAGES.of("untieCases")
def _(session: Session) -> Stage:
    at = _two(session)
    tie = ties.Tie(TieKind.SIBLINGS)
    ties.tie(session, at["case_id"], at["related_case_id"], tie, actor=officer(), at=NOW)
    return Stage(officer(), "/cases/{case_id}/ties/{related_case_id}", at)


@STAGES.of("leaveCase")
def _(session: Session) -> Stage:
    person = person_of(session, a_case(session))
    return Stage(officer(), "/persons/{person_id}/leave", {"person_id": person}, {"reason": "Død"})


@STAGES.of("distributeCase")
def _(session: Session) -> Stage:
    here = a_municipality(session, decided=20)
    return Stage(officer(), "/cases/{case_id}/distribute", **_question(session, here, a_case))


@STAGES.of("redistributeCase")
def _(session: Session) -> Stage:
    here = a_municipality(session, decided=20)

    def withdrawn(session: Session) -> Any:
        case = a_case(session)
        asked(session, case, here)
        withdraw(session, case)
        return case

    return Stage(officer(), "/cases/{case_id}/redistribute", **_question(session, here, withdrawn))


def _question(session: Session, here: int, make: Callable[[Session], Any]) -> dict[str, Any]:
    home = a_vacancy(session, here)
    return steps_of(
        make(session),
        municipality_number=number(session, here),
        year=2020,
        vacancy_id=str(home),
        override_reason="slekt i bygda",
    )


@STAGES.of("acceptCase")
def _(session: Session) -> Stage:
    here = a_municipality(session, decided=20)
    case = a_case(session)
    asked(session, case, here)
    return Stage(
        writer(here),
        "/cases/{case_id}/accept",
        **steps_of(
            case,
            settlement_week="2020-W30",
            vacancy_id=str(a_vacancy(session, here)),
            quarantine_confirmed=True,
        ),
    )


@STAGES.of("declineCase")
def _(session: Session) -> Stage:
    return _no(session, "decline", asked)


@STAGES.of("retractAnswer")
def _(session: Session) -> Stage:
    return _no(session, "retract", accepted)


def _no(session: Session, step: str, before: Callable[..., Any]) -> Stage:
    here, case = a_municipality(session, decided=20), a_case(session)
    before(session, case, here)
    body = {"reason_code": "no_housing", "text": "Flom"}
    return Stage(writer(here), f"/cases/{{case_id}}/{step}", **steps_of(case, **body))


@STAGES.of("changeWeek")
def _(session: Session) -> Stage:
    case = a_case(session)
    placed(session, case, a_municipality(session, decided=20))
    body = {"settlement_week": "2020-W30", "reason": "Avtalt"}
    return Stage(officer(), "/cases/{case_id}/change-week", **steps_of(case, **body))


@STAGES.of("decideCase")
def _(session: Session) -> Stage:
    case = a_case(session)
    accepted(session, case, a_municipality(session, decided=20))
    return Stage(officer(), "/cases/{case_id}/decide", **steps_of(case))


@STAGES.of("decideCases")
def _(session: Session) -> Stage:
    case = a_case(session)
    accepted(session, case, a_municipality(session, decided=20))
    return Stage(officer(), "/decisions", body={"case_ids": [str(case)]})


@STAGES.of("withdrawCase")
def _(session: Session) -> Stage:
    case = a_case(session)
    placed(session, case, a_municipality(session, decided=20))
    body = {"reason": "Stopp", "legal_ground": "conditions_failed"}
    return Stage(officer(), "/cases/{case_id}/withdraw", **steps_of(case, **body))


@STAGES.of("lapseCase")
def _(session: Session) -> Stage:
    return Stage(udi(), "/cases/{case_id}/lapse", **steps_of(a_case(session), reason="Reiser ikke"))


@STAGES.of("settleCase")
def _(session: Session) -> Stage:
    case = a_case(session, group=Group.PRIVATE)
    here = a_municipality(session, decided=20)
    placed(session, case, here)
    dates = [{"person_id": person_of(session, case), "settled_on": "2020-04-05"}]
    body = {"persons": dates, "reason": "Meldt"}
    return Stage(officer(), "/cases/{case_id}/settle", **steps_of(case, **body))


@STAGES.of("correctSettlement")
def _(session: Session) -> Stage:
    case = a_case(session, group=Group.PRIVATE)
    here = a_municipality(session, decided=20)
    placed(session, case, here)
    day = date(2020, 4, 4)
    settling.settle(session, case, settled_on=day, actor=writer(here), at=THEN)
    body = {"settled_on": "2020-04-05", "reason": "Feil dag"}
    return Stage(officer(), "/cases/{case_id}/correct-settlement", **steps_of(case, **body))


@STAGES.of("reopenDistribution")
def _(session: Session) -> Stage:
    here, case = a_municipality(session, decided=20), a_case(session)
    asked(session, case, here)
    cases.decline(
        session, case, reason_code=DeclineReason.OTHER, text=None, actor=writer(here), at=NOW
    )
    question = session.scalars(select(Distribution.id).where(Distribution.case_id == case)).one()
    return Stage(
        writer(here),
        "/distributions/{distribution_id}/reopen",
        {"distribution_id": str(question)},
    )
