"""What travel, vacancies, runs, measures, years and reforms need, and bodies with every field."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    a_vacancy,
    asked,
    booked,
    centre,
    lead,
    officer,
    placed,
    udi,
    writer,
)
from tests.journeys.stage import THEN, Stage, Stages, number, person_of, steps_of, withdraw
from tests.journeys.stages_of_planning import some_scores
from workflow.cases import measures
from workflow.cases.states import Group
from workflow.kernel.weeks import Week
from workflow.redistribution import redistribution_runs, withdrawal_runs
from workflow.reforms import commands as reforms
from workflow.reforms.parties import NewMunicipality
from workflow.travel import transport, wishes
from workflow.travel.states import Means

STAGES = Stages()


@STAGES.of("registerMunicipalityYear")
def _(session: Session) -> Stage:
    here = a_municipality(session)
    pool = {"decided_places": 12, "extra_places": 2}
    requests = {"original_request": 15, "adjusted_request": 10}
    return Stage(
        lead(),
        "/municipalities/{number}/years/{year}",
        {"number": number(session, here), "year": 2020},
        requests | pool | {"minors": requests | pool, "reason": "Meldt på e-post"},
    )


@STAGES.of("bookTravel")
def _(session: Session) -> Stage:
    case = a_case(session)
    placed(session, case, a_municipality(session, decided=20))
    return Stage(udi(), "/cases/{case_id}/book-travel", **steps_of(case, **_flight()))


def _flight() -> dict[str, Any]:
    return {
        "arrival_airport": "TRD",
        "arrives_at": "2020-06-09T13:05:00+02:00",
        "flight": "SK 336",
        "airport_reason": "Nærmest",
        "window_reason": "Ingen ledige seter",
        "route": [
            {
                "flight": "SK 336",
                "departs_from": "OSL",
                "departs_at": "2020-06-09T12:10:00+02:00",
                "arrives_in": "TRD",
                "arrives_at": "2020-06-09T13:05:00+02:00",
                "transit_help": "Norsk Folkehjelp",
            }
        ],
    }


@STAGES.of("rescheduleBooking")
def _(session: Session) -> Stage:
    return _booking(session, "reschedule", _flight() | {"reason": "Ny avgang"})


@STAGES.of("cancelBooking")
def _(session: Session) -> Stage:
    return _booking(session, "cancel", {"reason": "Innstilt"})


@STAGES.of("recordTravelPapers")
def _(session: Session) -> Stage:
    case = _to_travel(session)
    body = {"issued_on": "2020-04-02", "expires_on": "2020-07-01"}
    return Stage(udi(), "/cases/{case_id}/travel-papers", **steps_of(case, **body))


@STAGES.of("askForTravel")
def _(session: Session) -> Stage:
    case = _to_travel(session)
    return Stage(
        udi(), "/cases/{case_id}/travel-wishes", **steps_of(case, window_from="2020-06-08")
    )


@STAGES.of("takeTravelWishBack")
def _(session: Session) -> Stage:
    wish = wishes.ask(session, _to_travel(session), actor=udi(), at=THEN)
    return Stage(udi(), "/travel-wishes/{wish_id}/take-back", {"wish_id": str(wish)}, None)


@STAGES.of("tellCarrierAgain")
def _(session: Session) -> Stage:
    wish = wishes.ask(session, _to_travel(session), actor=udi(), at=THEN - timedelta(hours=1))
    return Stage(udi(), "/travel-wishes/{wish_id}/tell-again", {"wish_id": str(wish)}, None)


@STAGES.of("confirmTravelWish")
def _(session: Session) -> Stage:
    wish = wishes.ask(session, _to_travel(session), actor=udi(), at=THEN)
    at = {"wish_id": str(wish)}
    return Stage(udi(), "/travel-wishes/{wish_id}/confirm", at, _flight() | {"number": 1})


def _to_travel(session: Session) -> UUID:
    case = a_case(session)
    placed(session, case, a_municipality(session, decided=20))
    return case


@STAGES.of("planTransport")
def _(session: Session) -> Stage:
    case = _from_centre(session, a_municipality(session, decided=20))
    body = {"arrives_at": "2020-06-09T13:05:00+02:00", "means": "train", "note": "Perrongen"}
    at = {"case_id": str(case)}
    return Stage(centre(), "/cases/{case_id}/transport", at, body | {"version": None})


@STAGES.of("answerTransport")
def _(session: Session) -> Stage:
    here = a_municipality(session, decided=20)
    case = _from_centre(session, here)
    arrives_at = datetime(2020, 6, 9, 13, 5, tzinfo=UTC)
    transport.plan(session, case, arrives_at=arrives_at, means=Means.BUS, actor=centre(), at=THEN)
    body = {"agreed": True, "text": "Fint", "version": 1}
    at = {"case_id": str(case)}
    return Stage(writer(here), "/cases/{case_id}/transport/answer", at, body)


def _from_centre(session: Session, municipality_id: int) -> UUID:
    case = a_case(session, group=Group.RECEPTION_CENTRE, entry=None, reception_centre="Dale mottak")
    placed(session, case, municipality_id)
    return case


@STAGES.of("moveFlight")
def _(session: Session) -> Stage:
    moved = {k: v for k, v in _flight().items() if k in {"arrives_at", "flight"}}
    return _of_flight(session, "move", moved | {"reason": "Flyttet"})


@STAGES.of("cancelFlight")
def _(session: Session) -> Stage:
    return _of_flight(session, "cancel", {"reason": "Innstilt"})


def _of_flight(session: Session, step: str, body: dict[str, Any]) -> Stage:
    booking = booked(session, a_case(session), a_municipality(session, decided=20))
    chosen = [{"booking_id": str(booking), "version": 1}]
    return Stage(udi(), f"/flights/{step}", body={"bookings": chosen} | body)


@STAGES.of("confirmMeeting")
def _(session: Session) -> Stage:
    here = a_municipality(session, decided=20)
    booking = booked(session, a_case(session), here)
    at = {"booking_id": str(booking)}
    return Stage(writer(here), "/bookings/{booking_id}/meeting", at, {"who": "Vakten"})


@STAGES.of("markDuty")
def _(session: Session) -> Stage:
    here, case = a_municipality(session, decided=20), a_case(session)
    booked(session, case, here)
    at = {"case_id": str(case), "duty": "home_ready"}
    return Stage(writer(here), "/cases/{case_id}/checklist/{duty}", at, {"done_on": "2020-04-02"})


def _booking(session: Session, step: str, body: dict[str, Any]) -> Stage:
    booking = booked(session, a_case(session), a_municipality(session, decided=20))
    return Stage(udi(), f"/bookings/{{booking_id}}/{step}", {"booking_id": str(booking)}, body)


@STAGES.of("arriveCase")
def _(session: Session) -> Stage:
    case, here = a_case(session), a_municipality(session, decided=20)
    booked(
        session, case, here, week=Week(2020, 16), arrives_at=datetime(2020, 4, 17, 12, tzinfo=UTC)
    )
    body = {
        "arrived_at": "2020-04-05T12:00:00+02:00",
        "person_ids": [person_of(session, case)],
    }
    return Stage(writer(here), "/cases/{case_id}/arrive", **steps_of(case, **body))


@STAGES.of("reportVacancy")
def _(session: Session) -> Stage:
    here, case = a_municipality(session, decided=20), a_case(session)
    asked(session, case, here)
    withdraw(session, case)
    return Stage(
        writer(here),
        "/vacancies",
        body={
            "kind": "home",
            "places": 4,
            "available_from_week": "2020-W30",
            "available_until_week": "2020-W40",
            "rooms": 3,
            "group": "resettlement",
            "accessible": False,
            "quarantine": True,
            "comment": "Fire rom",
            "reason_code": "withdrawn_case",
            "withdrawn_case_id": str(case),
        },
    )


@STAGES.of("closeVacancy")
def _(session: Session) -> Stage:
    here = a_municipality(session)
    at = {"vacancy_id": str(a_vacancy(session, here))}
    return Stage(writer(here), "/vacancies/{vacancy_id}/close", at, {"reason": "Leid ut"})


@STAGES.of("previewWithdrawalRun")
def _(session: Session) -> Stage:
    body = {"before": "2020-03-12", "reason": "Stopp", "legal_ground": "conditions_failed"}
    return Stage(officer(), "/withdrawal-runs", body=body | {"group": "resettlement"})


@STAGES.of("previewRedistributionRun")
def _(session: Session) -> Stage:
    case = a_case(session)
    some_scores(session, case, a_municipality(session))
    body = {"case_ids": [str(case)], "method": "score", "band": 0.02, "year": 2020}
    return Stage(officer(), "/redistribution-runs", body=body)


@STAGES.of("confirmWithdrawalRun")
def _(session: Session) -> Stage:
    run = _withdrawal(session)
    return _run("withdrawal", "confirm", run, {"token": run.token})


@STAGES.of("undoWithdrawalRun")
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


@STAGES.of("confirmRedistributionRun")
def _(session: Session) -> Stage:
    run = _redistribution(session)
    return _run("redistribution", "confirm", run, {"token": run.token})


@STAGES.of("undoRedistributionRun")
def _(session: Session) -> Stage:
    run = _redistribution(session)
    _confirm(session, redistribution_runs, run)
    return _run("redistribution", "undo", run)


def _redistribution(session: Session) -> Any:
    here, case = a_municipality(session, decided=2), a_case(session)
    asked(session, case, here)
    withdraw(session, case)
    return redistribution_runs.preview(session, case_ids=[case], actor=officer(), at=THEN)


def _confirm(session: Session, runs: Any, run: Any) -> None:
    window = timedelta(minutes=30)
    runs.confirm(session, run.id, run.token, actor=officer(), at=THEN, undo_window=window)


def _run(kind: str, step: str, run: Any, body: dict[str, Any] | None = None) -> Stage:
    return Stage(officer(), f"/{kind}-runs/{{run_id}}/{step}", {"run_id": str(run.id)}, body)


@STAGES.of("startMeasure")
def _(session: Session) -> Stage:
    body = {
        "group": "unaccompanied_minor",
        "reason": "Smittevern",
        "from_on": "2020-04-12",
        "until_on": "2020-04-30",
    }
    return Stage(lead(), "/measures", body=body)


@STAGES.of("endMeasure")
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


@STAGES.of("mergeMunicipalities")
def _(session: Session) -> Stage:
    before = [number(session, a_municipality(session, decided=5)) for _ in range(2)]
    body = {"predecessors": before, "successor": _new("0998"), "on": "2020-04-10"}
    return Stage(lead(), "/municipality-mergers", body=body)


@STAGES.of("splitMunicipality")
def _(session: Session) -> Stage:
    whole = number(session, a_municipality(session, decided=5))
    after = [_new("0997"), number(session, a_municipality(session))]
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


@STAGES.of("moveCaseAfterSplit")
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
    goes_on = number(session, done.successors[0])
    return Stage(officer(), "/cases/{case_id}/move", **steps_of(case, municipality_number=goes_on))
