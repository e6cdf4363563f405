"""Something to change by every write operation of the API: who may, where, and with what body.

Each operation has a case, booking, home or run of its own, so that one that is carried out leaves
the others where they are.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import (
    ENTRY,
    NOW,
    a_case,
    a_municipality,
    a_vacancy,
    accepted,
    asked,
    booked,
    lead,
    officer,
    placed,
    udi,
    writer,
)
from workflow.cases import commands as cases
from workflow.cases import duf, measures
from workflow.cases.models import Distribution, Person
from workflow.cases.states import DeclineReason, Group
from workflow.kernel.actor import Actor
from workflow.kernel.weeks import Week
from workflow.redistribution import commands, redistribution_runs, withdrawal_runs
from workflow.reforms import commands as reforms
from workflow.reforms.parties import NewMunicipality

#: When the operations are asked for: before NOW plus five days everything below has been made.
THEN = NOW + timedelta(days=10)
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


@dataclass(frozen=True)
class Stage:
    """One operation ready to be carried out: `body` is what it accepts, with every field it has."""

    who: Actor
    path: str
    #: By the names of the path.
    at: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] | None = None

    @property
    def address(self) -> str:
        return self.address_with()

    def address_with(self, **other: Any) -> str:
        return f"/api/v1{self.path}".format(**(self.at | other))


Make = Callable[[Session], Stage]
STAGES: dict[str, Make] = {}


def stage(operation_id: str) -> Callable[[Make], Make]:
    def keep(make: Make) -> Make:
        STAGES[operation_id] = make
        return make

    return keep


def _steps_of(case_id: Any, **body: Any) -> dict[str, Any]:
    return {"at": {"case_id": str(case_id)}, "body": body or None}


def _number(session: Session, municipality_id: int) -> str:
    found = session.connection().exec_driver_sql(
        "SELECT number FROM municipalities WHERE id = %s", (municipality_id,)
    )
    return str(found.scalar_one())


def _person_of(session: Session, case_id: Any) -> str:
    found = select(Person.id).where(Person.case_id == case_id).order_by(Person.position)
    return str(session.scalars(found).first())


@stage("registerMunicipalityYear")
def _(session: Session) -> Stage:
    here = a_municipality(session)
    pool = {"decided_places": 12, "extra_places": 2}
    requests = {"original_request": 15, "adjusted_request": 10}
    return Stage(
        lead(),
        "/municipalities/{number}/years/{year}",
        {"number": _number(session, here), "year": 2020},
        requests | pool | {"minors": requests | pool, "reason": "Meldt på e-post"},
    )


@stage("registerCase")
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


@stage("recordEntryInformation")
def _(session: Session) -> Stage:
    case = a_case(session)
    body = INFORMATION | {"person_ids": [_person_of(session, case)]}
    return Stage(udi(), "/cases/{case_id}/entry-information", **_steps_of(case, **body))


@stage("joinCase")
def _(session: Session) -> Stage:
    born = PERSON | {"reason": "birth", "birth_year": 2020, "duf_number": duf.make(2020, 990_002)}
    return Stage(officer(), "/cases/{case_id}/persons", **_steps_of(a_case(session), **born))


@stage("leaveCase")
def _(session: Session) -> Stage:
    person = _person_of(session, a_case(session))
    return Stage(officer(), "/persons/{person_id}/leave", {"person_id": person}, {"reason": "Død"})


@stage("distributeCase")
def _(session: Session) -> Stage:
    here = a_municipality(session, decided=20)
    return Stage(officer(), "/cases/{case_id}/distribute", **_question(session, here, a_case))


@stage("redistributeCase")
def _(session: Session) -> Stage:
    here = a_municipality(session, decided=20)

    def withdrawn(session: Session) -> Any:
        case = a_case(session)
        asked(session, case, here)
        _withdraw(session, case)
        return case

    return Stage(officer(), "/cases/{case_id}/redistribute", **_question(session, here, withdrawn))


def _question(session: Session, here: int, make: Callable[[Session], Any]) -> dict[str, Any]:
    home = a_vacancy(session, here)
    return _steps_of(
        make(session),
        municipality_number=_number(session, here),
        year=2020,
        vacancy_id=str(home),
        override_reason="slekt i bygda",
    )


def _withdraw(session: Session, case: Any) -> None:
    commands.withdraw(
        session, case, reason="Stopp", legal_ground="conditions_failed", actor=officer(), at=NOW
    )


@stage("acceptCase")
def _(session: Session) -> Stage:
    here = a_municipality(session, decided=20)
    case = a_case(session)
    asked(session, case, here)
    return Stage(
        writer(here),
        "/cases/{case_id}/accept",
        **_steps_of(
            case,
            settlement_week="2020-W30",
            vacancy_id=str(a_vacancy(session, here)),
            quarantine_confirmed=True,
        ),
    )


@stage("declineCase")
def _(session: Session) -> Stage:
    return _no(session, "decline", asked)


@stage("retractAnswer")
def _(session: Session) -> Stage:
    return _no(session, "retract", accepted)


def _no(session: Session, step: str, before: Callable[..., Any]) -> Stage:
    here, case = a_municipality(session, decided=20), a_case(session)
    before(session, case, here)
    body = {"reason_code": "no_housing", "text": "Flom"}
    return Stage(writer(here), f"/cases/{{case_id}}/{step}", **_steps_of(case, **body))


@stage("changeWeek")
def _(session: Session) -> Stage:
    case = a_case(session)
    placed(session, case, a_municipality(session, decided=20))
    body = {"settlement_week": "2020-W30", "reason": "Avtalt"}
    return Stage(officer(), "/cases/{case_id}/change-week", **_steps_of(case, **body))


@stage("decideCase")
def _(session: Session) -> Stage:
    case = a_case(session)
    accepted(session, case, a_municipality(session, decided=20))
    return Stage(officer(), "/cases/{case_id}/decide", **_steps_of(case))


@stage("decideCases")
def _(session: Session) -> Stage:
    case = a_case(session)
    accepted(session, case, a_municipality(session, decided=20))
    return Stage(officer(), "/decisions", body={"case_ids": [str(case)]})


@stage("withdrawCase")
def _(session: Session) -> Stage:
    case = a_case(session)
    placed(session, case, a_municipality(session, decided=20))
    body = {"reason": "Stopp", "legal_ground": "conditions_failed"}
    return Stage(officer(), "/cases/{case_id}/withdraw", **_steps_of(case, **body))


@stage("lapseCase")
def _(session: Session) -> Stage:
    return Stage(
        udi(), "/cases/{case_id}/lapse", **_steps_of(a_case(session), reason="Reiser ikke")
    )


@stage("settleCase")
def _(session: Session) -> Stage:
    case = a_case(session, group=Group.PRIVATE)
    here = a_municipality(session, decided=20)
    placed(session, case, here)
    dates = [{"person_id": _person_of(session, case), "settled_on": "2020-04-05"}]
    body = {"persons": dates, "reason": "Meldt"}
    return Stage(officer(), "/cases/{case_id}/settle", **_steps_of(case, **body))


@stage("correctSettlement")
def _(session: Session) -> Stage:
    from workflow.cases import settling

    case = a_case(session, group=Group.PRIVATE)
    here = a_municipality(session, decided=20)
    placed(session, case, here)
    day = date(2020, 4, 4)
    settling.settle(session, case, settled_on=day, actor=writer(here), at=THEN)
    body = {"settled_on": "2020-04-05", "reason": "Feil dag"}
    return Stage(officer(), "/cases/{case_id}/correct-settlement", **_steps_of(case, **body))


@stage("reopenDistribution")
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


@stage("bookTravel")
def _(session: Session) -> Stage:
    case = a_case(session)
    placed(session, case, a_municipality(session, decided=20))
    return Stage(udi(), "/cases/{case_id}/book-travel", **_steps_of(case, **_flight()))


def _flight() -> dict[str, Any]:
    return {
        "arrival_airport": "TRD",
        "arrives_at": "2020-06-09T13:05:00+02:00",
        "flight": "SK 336",
        "airport_reason": "Nærmest",
    }


@stage("rescheduleBooking")
def _(session: Session) -> Stage:
    return _booking(session, "reschedule", _flight() | {"reason": "Ny avgang"})


@stage("cancelBooking")
def _(session: Session) -> Stage:
    return _booking(session, "cancel", {"reason": "Innstilt"})


def _booking(session: Session, step: str, body: dict[str, Any]) -> Stage:
    booking = booked(session, a_case(session), a_municipality(session, decided=20))
    return Stage(udi(), f"/bookings/{{booking_id}}/{step}", {"booking_id": str(booking)}, body)


@stage("arriveCase")
def _(session: Session) -> Stage:
    case = a_case(session, entry=None)
    here = a_municipality(session, decided=20)
    cases_entry = ENTRY  # from 15 April on; they come two days later
    from workflow.cases.entry import record_entry

    record_entry(session, case, cases_entry, person_ids=None, actor=udi(), at=NOW)
    booked(
        session, case, here, week=Week(2020, 16), arrives_at=datetime(2020, 4, 17, 12, tzinfo=UTC)
    )
    body = {
        "arrived_at": "2020-04-05T12:00:00+02:00",
        "person_ids": [_person_of(session, case)],
    }
    return Stage(writer(here), "/cases/{case_id}/arrive", **_steps_of(case, **body))


@stage("reportVacancy")
def _(session: Session) -> Stage:
    here, case = a_municipality(session, decided=20), a_case(session)
    asked(session, case, here)
    _withdraw(session, case)
    return Stage(
        writer(here),
        "/vacancies",
        body={
            "kind": "home",
            "places": 4,
            "available_from_week": "2020-W30",
            "group": "resettlement",
            "accessible": False,
            "comment": "Fire rom",
            "reason_code": "withdrawn_case",
            "withdrawn_case_id": str(case),
        },
    )


@stage("closeVacancy")
def _(session: Session) -> Stage:
    here = a_municipality(session)
    return Stage(
        writer(here),
        "/vacancies/{vacancy_id}/close",
        {"vacancy_id": str(a_vacancy(session, here))},
        {"reason": "Leid ut"},
    )


@stage("previewWithdrawalRun")
def _(session: Session) -> Stage:
    body = {"before": "2020-03-12", "reason": "Stopp", "legal_ground": "conditions_failed"}
    return Stage(officer(), "/withdrawal-runs", body=body | {"group": "resettlement"})


@stage("previewRedistributionRun")
def _(session: Session) -> Stage:
    case = a_case(session)
    body = {"case_ids": [str(case)], "method": "rule", "year": 2020}
    return Stage(officer(), "/redistribution-runs", body=body)


@stage("confirmWithdrawalRun")
def _(session: Session) -> Stage:
    run = _withdrawal(session)
    return _run("withdrawal", "confirm", run, {"token": run.token})


@stage("undoWithdrawalRun")
def _(session: Session) -> Stage:
    run = _withdrawal(session)
    _confirm(session, withdrawal_runs, run)
    return _run("withdrawal", "undo", run)


def _withdrawal(session: Session) -> Any:
    """Of a day before anything was asked, so that it touches nobody's case."""
    return withdrawal_runs.preview(
        session,
        before=date(2020, 3, 1),
        reason="Stopp",
        legal_ground=None,
        actor=officer(),
        at=THEN,
    )


@stage("confirmRedistributionRun")
def _(session: Session) -> Stage:
    run = _redistribution(session)
    return _run("redistribution", "confirm", run, {"token": run.token})


@stage("undoRedistributionRun")
def _(session: Session) -> Stage:
    run = _redistribution(session)
    _confirm(session, redistribution_runs, run)
    return _run("redistribution", "undo", run)


def _redistribution(session: Session) -> Any:
    here, case = a_municipality(session, decided=2), a_case(session)
    asked(session, case, here)
    _withdraw(session, case)
    return redistribution_runs.preview(session, case_ids=[case], actor=officer(), at=THEN)


def _confirm(session: Session, runs: Any, run: Any) -> None:
    window = timedelta(minutes=30)
    runs.confirm(session, run.id, run.token, actor=officer(), at=THEN, undo_window=window)


def _run(kind: str, step: str, run: Any, body: dict[str, Any] | None = None) -> Stage:
    return Stage(officer(), f"/{kind}-runs/{{run_id}}/{step}", {"run_id": str(run.id)}, body)


@stage("startMeasure")
def _(session: Session) -> Stage:
    body = {
        "group": "unaccompanied_minor",
        "reason": "Smittevern",
        "from_on": "2020-04-12",
        "until_on": "2020-04-30",
    }
    return Stage(lead(), "/measures", body=body)


@stage("endMeasure")
def _(session: Session) -> Stage:
    measure = measures.start(
        session,
        group=Group.UNACCOMPANIED_MINOR,
        reason="Smittevern",
        from_on=date(2020, 4, 1),
        until_on=None,
        actor=lead(),
        at=NOW,
    )
    return Stage(lead(), "/measures/{measure_id}/end", {"measure_id": measure})


@stage("mergeMunicipalities")
def _(session: Session) -> Stage:
    before = [_number(session, a_municipality(session, decided=5)) for _ in range(2)]
    body = {"predecessors": before, "successor": _new("0998"), "on": "2020-04-10"}
    return Stage(lead(), "/municipality-mergers", body=body)


@stage("splitMunicipality")
def _(session: Session) -> Stage:
    whole = _number(session, a_municipality(session, decided=5))
    after = [_new("0997"), _number(session, a_municipality(session))]
    body = {"municipality_number": whole, "successors": after, "on": "2020-04-10"}
    return Stage(lead(), "/municipality-splits", body=body)


def _new(number: str) -> dict[str, Any]:
    return {
        "municipality_number": number,
        "official_name": "Vuotna - Fjord",
        "county": "Nordland",
        "norwegian_name": "Fjord",
        "sami_name": "Vuotna",
        "organisation_number": "964979367",
        "latitude": 67.3,
        "longitude": 14.4,
        "sami_area": True,
        "letter_language": "neutral",
    }


@stage("moveCaseAfterSplit")
def _(session: Session) -> Stage:
    whole, case = a_municipality(session, decided=5), a_case(session)
    asked(session, case, whole)
    done = reforms.split(
        session,
        municipality_id=whole,
        successors=[NewMunicipality(number, "Fjord", "Nordland") for number in ("0995", "0996")],
        on=date(2020, 4, 10),
        actor=lead(),
        at=THEN,
    )
    number = _number(session, done.successors[0])
    return Stage(officer(), "/cases/{case_id}/move", **_steps_of(case, municipality_number=number))
