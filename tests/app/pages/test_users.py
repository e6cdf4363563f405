"""Users, lent authority and four eyes as people meet them: each role's own, and nobody else's."""

import re

import pytest
from sqlalchemy import insert, select, update

from app import db, signin
from app.models import Delegation, SignIn, User
from tests.app.pages.conftest import Site, Visitor
from tests.app.pages.test_every_page import INLINE
from tests.factories import NORWEGIAN
from workflow.approvals.models import Approval, ApprovalRule
from workflow.approvals.states import Action
from workflow.capacity.models import PlaceAccount
from workflow.cases.states import CaseState
from workflow.kernel.actor import Role
from workflow.redistribution.models import RuleSetVersion

ADMINISTRATORS = (Role.ADMINISTRATOR, Role.LEAD, Role.MUNICIPALITY_ADMINISTRATOR)


def a_user(site: Site, name: str, role: Role, municipality: str | None = None) -> int:
    with db.transaction(site.database.sessions) as session:
        return session.execute(
            insert(User)
            .values(
                name=name,
                role=role,
                municipality_id=site.municipalities[municipality] if municipality else None,
                demo=False,
            )
            .returning(User.id)
        ).scalar_one()


def signed_in(site: Site, user_id: int) -> Visitor:
    with db.transaction(site.database.sessions) as session:
        return Visitor(site.app, signin.sign_in(session, user_id))


@pytest.fixture
def takes_two(site: Site):
    """Every action needs a second person while the test runs."""
    with db.transaction(site.database.sessions) as session:
        session.execute(update(ApprovalRule).values(needed=True, threshold=1))
    yield
    with db.transaction(site.database.sessions) as session:
        session.execute(update(ApprovalRule).values(needed=False))


def waiting(site: Site, action: Action) -> str:
    with site.reading() as session:
        found = session.scalars(
            select(Approval.id).where(Approval.action == action, Approval.state == "waiting")
        )
        return str(found.one())


@pytest.mark.parametrize("role", [role for role in NORWEGIAN if role is not Role.SYSTEM])
def test_users_are_for_those_who_manage_them(site: Site, role: Role):
    answer = site.visit(role).get("/brukere")

    assert answer.status_code == (200 if role in ADMINISTRATORS else 403)
    assert not INLINE.search(answer.text)


def test_an_administrator_adds_a_colleague_and_sees_only_the_own_municipality(site: Site):
    a_user(site, "Anne i Oslo", Role.MUNICIPALITY_WRITER, "Oslo")
    visitor = site.visit(Role.MUNICIPALITY_ADMINISTRATOR)
    new = {"name": "Per Ny", "email": "Per.Ny@steinkjer.example", "role": "municipality_writer"}

    answer = visitor.send("/brukere", new)

    assert answer.headers["location"] == "/brukere"
    page = visitor.text("/brukere")
    assert "Per Ny" in page
    assert "per.ny@steinkjer.example" in page
    assert "Anne i Oslo" not in page
    with site.reading() as session:
        user = session.scalars(select(User).where(User.name == "Per Ny")).one()
        assert user.municipality_id == site.municipalities["Steinkjer"]
    assert "Finnes fra før" not in page
    assert visitor.send("/brukere", new).status_code == 409


def test_bad_input_comes_back_with_what_is_wrong(site: Site):
    visitor = site.visit(Role.MUNICIPALITY_ADMINISTRATOR)

    answer = visitor.send("/brukere", {"name": "", "email": "per", "role": "lead"})

    assert answer.status_code == 422
    assert "Fyll ut «Navn»." in answer.text
    assert "Velg «Rolle» fra listen." in answer.text
    assert 'value="per"' in answer.text


def test_another_municipality_s_user_is_not_there(site: Site):
    theirs = a_user(site, "Trond i Oslo", Role.MUNICIPALITY_WRITER, "Oslo")
    visitor = site.visit(Role.MUNICIPALITY_ADMINISTRATOR)

    assert visitor.get(f"/brukere/{theirs}").status_code == 404
    assert visitor.send(f"/brukere/{theirs}/avslutt").status_code == 404
    role = {"role": "municipality_reader"}
    assert visitor.send(f"/brukere/{theirs}/rolle", role).status_code == 404


def test_who_is_ended_is_out_with_the_next_click(site: Site):
    user = a_user(site, "Siri Slutter", Role.MUNICIPALITY_WRITER, "Steinkjer")
    theirs, manager = signed_in(site, user), site.visit(Role.MUNICIPALITY_ADMINISTRATOR)
    assert theirs.get("/kommune").status_code == 200

    answer = manager.send(f"/brukere/{user}/avslutt", {"reason": "Sluttet"})

    assert answer.headers["location"] == "/brukere"
    assert theirs.get("/kommune").status_code == 303
    with site.reading() as session:
        assert session.scalars(select(SignIn).where(SignIn.user_id == user)).all() == []


def test_another_role_holds_from_the_next_click(site: Site):
    user = a_user(site, "Rita Rolle", Role.CASE_OFFICER)
    theirs = signed_in(site, user)
    assert theirs.get("/brukere").status_code == 403

    site.visit(Role.LEAD).send(f"/brukere/{user}/rolle", {"role": "lead"})

    assert theirs.get("/brukere").status_code == 200


def test_a_colleague_acts_for_another_and_both_are_named(site: Site):
    lender, borrower = (
        a_user(site, "Liv Lånegiver", Role.LEAD),
        a_user(site, "Bo Låntaker", Role.CASE_OFFICER),
    )
    days = {
        "delegate_id": str(borrower),
        "from_on": site.today.strftime("%d.%m.%Y"),
        "until_on": site.today.strftime("%d.%m.%Y"),
        "reason": "Ferie",
    }
    given = signed_in(site, lender).send("/fullmakter", days)
    assert given.headers["location"] == "/fullmakter", given.text
    colleague = signed_in(site, borrower)
    assert colleague.get("/regler/ny").status_code == 403
    form_before = re.search(r'name="csrf_token" value="([^"]+)"', colleague.text("/fullmakter"))
    with site.reading() as session:
        delegation = session.scalars(
            select(Delegation.id).where(Delegation.delegate_id == borrower)
        ).one()

    colleague.send(f"/fullmakter/{delegation}/bruk", page="/fullmakter")

    assert colleague.get("/regler/ny").status_code == 200
    assert "Bo Låntaker for Liv Lånegiver" in colleague.text("/fullmakter")
    assert colleague.get("/brukere").status_code == 403  # users are not what was lent
    assert form_before is not None
    stale = {"csrf_token": form_before[1], "step": "day"}
    assert colleague.client.post("/demo/klokke", data=stale).status_code == 403
    again = colleague.send("/fullmakter", days | {"delegate_id": str(lender)})
    assert again.status_code == 409  # no chains

    with db.transaction(site.database.sessions) as session:
        session.execute(
            update(Delegation)
            .where(Delegation.id == delegation)
            .values(from_on=Delegation.from_on - 9, until_on=Delegation.until_on - 9)
        )

    assert colleague.get("/regler/ny").status_code == 403  # its days are over
    assert "Bo Låntaker for" not in colleague.text("/fullmakter")


def test_an_unusable_delegation_says_why(site: Site):
    lender = signed_in(site, a_user(site, "Ole", Role.CASE_OFFICER))
    stranger = a_user(site, "Fremmed", Role.MUNICIPALITY_WRITER, "Oslo")

    empty = lender.send("/fullmakter", {})
    elsewhere = lender.send(
        "/fullmakter",
        {
            "delegate_id": str(stranger),
            "from_on": "01.06.2030",
            "until_on": "02.06.2030",
            "reason": "Ferie",
        },
    )

    assert empty.status_code == 422
    assert "Fyll ut «Begrunnelse»." in empty.text
    assert elsewhere.status_code == 409
    assert "samme virksomhet" in elsewhere.text


def test_a_reversal_waits_for_another_officer_who_sees_it_among_the_tasks(site: Site, takes_two):
    first = signed_in(site, a_user(site, "Første", Role.CASE_OFFICER))
    second = signed_in(site, a_user(site, "Andre", Role.CASE_OFFICER))
    case = site.cases["travel_booked"]
    form = {
        "reason": "Innreise er stanset",
        "legal_ground": "conditions_failed",
        "version": str(site.version("travel_booked")),
    }

    prepared = first.send(f"/saker/{case}/trekk", form)

    address = f"/godkjenninger/{waiting(site, Action.REVERSAL)}"
    assert prepared.headers["location"] == address
    assert site.state("travel_booked") is CaseState.TRAVEL_BOOKED
    assert "Venter på deg som den andre personen" in second.text("/oppgaver")
    assert address in second.text("/oppgaver")
    assert address not in first.text("/oppgaver")
    assert "Godkjenn og gjennomfør" not in first.text(address)
    assert f'href="{address}"' in second.text(f"/saker/{case}")
    refused = first.send(f"{address}/godkjenn")
    assert refused.status_code == 409
    assert "Første har forberedt dette" in refused.text

    done = second.send(f"{address}/godkjenn", page=address)

    assert done.headers["location"] == address
    assert site.state("travel_booked") is CaseState.WITHDRAWN
    assert "Første &amp; Andre" in second.text(f"/saker/{case}")


def test_a_run_that_waits_says_so_on_its_page(site: Site, takes_two):
    first, second = site.visit(Role.CASE_OFFICER), site.visit(Role.CASE_OFFICER)
    today = site.today.strftime("%d.%m.%Y")
    form = {"before": today, "reason": "Prøve", "legal_ground": "conditions_failed"}
    page = first.send("/omgjoring/ny", form).headers["location"]
    token = re.search(r'name="token" value="([^"]+)"', first.text(page))
    assert token is not None

    prepared = first.send(f"{page}/bekreft", {"token": token[1]})

    address = f"/godkjenninger/{waiting(site, Action.RUN)}"
    assert prepared.headers["location"] == address
    assert "Venter på en annen person" in second.text(page)
    assert f'href="{address}"' in second.text(page)
    assert 'name="token"' not in second.text(page)
    again = second.send(f"{page}/bekreft", {"token": token[1]})
    assert again.status_code == 409
    assert "har alt lagt dette fram" in again.text
    second.send(f"{address}/avvis", {"reason": "Bare en prøve"}, page=address)
    assert 'name="token"' in second.text(page)


def test_extra_places_wait_in_the_municipality(site: Site, takes_two):
    first = signed_in(site, a_user(site, "Ola", Role.MUNICIPALITY_WRITER, "Guovdageaidnu"))
    second = signed_in(site, a_user(site, "Eli", Role.MUNICIPALITY_WRITER, "Guovdageaidnu"))
    page = first.text("/kommune/vedtak")
    version = re.search(r'name="version" value="([^"]+)"', page)
    assert version is not None
    form = {"decided_places": "20", "extra_places": "7", "version": version[1]}

    prepared = first.send("/kommune/vedtak", form)

    assert prepared.headers["location"] == "/godkjenninger?state=waiting"
    address = f"/godkjenninger/{waiting(site, Action.EXTRA_PLACES)}"
    assert address in second.text("/kommune")
    assert site.visit(Role.MUNICIPALITY_WRITER, "Oslo").get(address).status_code == 404

    second.send(f"{address}/godkjenn", page=address)

    with site.reading() as session:
        account = session.scalars(
            select(PlaceAccount.extra_places).where(
                PlaceAccount.municipality_id == site.municipalities["Guovdageaidnu"],
                PlaceAccount.year == site.today.year,
                PlaceAccount.pool == "ordinary",
            )
        ).one()
    assert account == 7


def a_proposed_draft(reader: Visitor, form: dict[str, str]):
    """Written, tried on last month and proposed."""
    address = reader.send("/regler/ny", form).headers["location"]
    reader.send(f"{address}/prov", page=address)
    return reader.send(f"{address}/legg-fram", page=address)


def test_a_rule_set_takes_two_leads(site: Site, takes_two):
    first, second = (signed_in(site, a_user(site, name, Role.LEAD)) for name in ("En", "To"))
    form = {
        "valid_from": "01.01.2031",
        "vacancy_window": "7,5",
        "next_shown": "4",
        "note": "Etter høring",
    }

    prepared = a_proposed_draft(first, form)

    address = f"/godkjenninger/{waiting(site, Action.RULE_SET)}"
    assert prepared.headers["location"] == address
    (draft,) = re.findall(r'href="(/regler/utkast/[^"]+)"', second.text(address))
    assert "Ord for ord" in second.text(draft)
    second.send(f"{address}/godkjenn", page=address)
    with site.reading() as session:
        newest = session.scalars(
            select(RuleSetVersion).order_by(RuleSetVersion.version.desc())
        ).first()
    assert newest is not None
    assert (str(newest.vacancy_window), newest.actor) == ("0.07500", "En & To")


def test_a_rule_set_with_unusable_figures_comes_back(site: Site):
    lead = site.visit(Role.LEAD)
    form = {"valid_from": "01.01.2019", "vacancy_window": "200", "next_shown": "x", "note": ""}

    answer = lead.send("/regler/ny", form)

    assert answer.status_code == 422
    assert "fra 0 til 100" in answer.text
    past = form | {"vacancy_window": "10", "next_shown": "5", "note": "x"}
    assert lead.send("/regler/ny", past).status_code == 422


def test_what_waits_is_rejected_with_a_reason_and_taken_back_without(site: Site, takes_two):
    first, second = (signed_in(site, a_user(site, name, Role.LEAD)) for name in ("Ett", "Tom"))
    form = {"valid_from": "01.01.2032", "vacancy_window": "8", "next_shown": "4", "note": "Prøve"}
    a_proposed_draft(first, form)
    address = f"/godkjenninger/{waiting(site, Action.RULE_SET)}"

    unsaid = second.send(f"{address}/avvis", page=address)
    rejected = second.send(f"{address}/avvis", {"reason": "Ikke hørt"}, page=address)
    a_proposed_draft(first, form)
    again = f"/godkjenninger/{waiting(site, Action.RULE_SET)}"
    taken_back = first.send(f"{again}/avvis", page=again)

    assert unsaid.status_code == 409
    assert rejected.headers["location"] == address
    assert "Ikke hørt" in first.text(address)
    assert taken_back.headers["location"] == again
    assert "Trukket tilbake" in first.text(again)


def test_the_administrator_says_what_takes_two(site: Site):
    administrator = site.visit(Role.ADMINISTRATOR)

    wrong = administrator.send("/to-personer/run", {"needed": "on", "threshold": "mange"})
    right = administrator.send("/to-personer/run", {"needed": "on", "threshold": "60"})

    assert wrong.status_code == 422
    assert "Gjelder fra og med" in wrong.text
    assert right.headers["location"] == "/to-personer"
    assert "60 saker" in administrator.text("/to-personer")
    lead = site.visit(Role.LEAD)
    assert lead.get("/to-personer").status_code == 200
    assert lead.send("/to-personer/run", {"threshold": "60"}).status_code == 403
    administrator.send("/to-personer/run", {"threshold": "50"})


@pytest.mark.parametrize("path", ["/brukere", "/fullmakter", "/godkjenninger", "/to-personer"])
def test_the_new_pages_are_free_of_what_the_policy_forbids(site: Site, path: str):
    role = Role.ADMINISTRATOR if path == "/to-personer" else Role.LEAD

    assert not INLINE.search(site.visit(role).text(path))
