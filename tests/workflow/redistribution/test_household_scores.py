"""Chances of persons become the household's score as the rule set in force says."""

from decimal import Decimal
from io import BytesIO

import pytest
from sqlalchemy import select

from tests.factories import NOW, a_municipality, lead, officer
from tests.workflow.redistribution.test_kept import case_number, number
from tests.workflow.redistribution.withdrawn import lines, preview, withdrawn
from workflow.kernel.errors import Invalid
from workflow.planning.outcomes import Person
from workflow.planning.rule_sets import HouseholdScore, Method
from workflow.redistribution.errors import HouseholdUnsaid
from workflow.redistribution.kept import kept_run, plan_again
from workflow.redistribution.models import OutcomeScore
from workflow.redistribution.rules import NewRuleSet, put_in_force, read_planning
from workflow.redistribution.scores import import_chances, import_scores, imports, used_in
from workflow.redistribution.states import ScoreUnit

GIVEN = {"source": "Modell 1", "actor": lead(), "at": NOW}


def _in_force(session, household):
    words = {"method": "score", "steps": [], "household_score": household}
    new = NewRuleSet(NOW.date(), Decimal("0.1"), 5, "Skår", read_planning(words))
    return put_in_force(session, new, actor=lead(), at=NOW)


def _chances(session, case, places, rows):
    text = "person,case,municipality,score\n" + "".join(
        f"{person},{case_number(session, case)},{number(session, places[place])},{chance}\n"
        for person, place, chance in rows
    )
    return import_scores(session, BytesIO(text.encode()), file_name="p.csv", **GIVEN)


def test_how_persons_become_a_household_changes_where_it_goes_and_stands_at_the_run(session):
    """Half of two is less than all of one, but one of two is likelier than all but one."""
    home = a_municipality(session, decided=40)
    places = [a_municipality(session, decided=40) for _ in range(2)]
    case = withdrawn(session, home)
    rows = [("mor", 0, 0.6), ("far", 0, 0.6), ("mor", 1, 0.95), ("far", 1, 0.2)]
    done = _chances(session, case, places, rows)
    with pytest.raises(HouseholdUnsaid):
        preview(session, [case], method=Method.SCORE)

    gone = {}
    for kind in HouseholdScore:
        _in_force(session, kind.value)
        run = preview(session, [case])
        gone[kind] = lines(session, run)[case].municipality_id
        told = used_in(session, run.id)
        assert (told.source, told.unit, told.household) == ("Modell 1", ScoreUnit.PERSON, kind)
        assert plan_again(session, run.id, actor=officer()).same

    assert gone == {
        HouseholdScore.MEAN: places[0],
        HouseholdScore.SUM: places[0],
        HouseholdScore.AT_LEAST_ONE: places[1],
    }
    scored = kept_run(session, run.id, actor=officer()).basis.scores
    assert sorted(round(value, 6) for value in scored.values()) == [1.15, 1.2]
    assert (done.cases, done.pairs) == (1, 4)
    kept = session.scalars(select(OutcomeScore.scores)).one()
    assert "mor" not in str(kept)


def test_who_has_no_line_of_a_municipality_has_no_chance_there(session):
    home, there = a_municipality(session, decided=40), a_municipality(session, decided=40)
    case = withdrawn(session, home)
    _chances(session, case, [home, there], [("a", 0, 0.5), ("b", 0, 0.25), ("a", 1, 0.75)])

    kept = session.scalars(select(OutcomeScore.scores)).one()

    assert kept == {number(session, home): [0.25, 0.5], number(session, there): [0.0, 0.75]}


def test_a_chance_is_between_none_and_all_and_somebodys(session):
    case = withdrawn(session, here := a_municipality(session, decided=40))
    told, place = case_number(session, case), number(session, here)
    text = f"person,case,municipality,score\na,{told},{place},1.5\n,{told},{place},0.5\n"
    fine = f"b,{told},{place},1\n"

    done = import_scores(session, BytesIO((text + fine).encode()), file_name="p.csv", **GIVEN)

    assert [(row.line, row.column) for row in done.rejected] == [(2, "score"), (3, "person")]
    assert imports(session, actor=officer())[0].unit is ScoreUnit.PERSON
    with pytest.raises(Invalid):
        import_scores(session, BytesIO(text.encode()), file_name="p.csv", **GIVEN)


class Alike:
    """A model behind the port: who says so does well in the group that is named."""

    def chance(self, person: Person, group: str) -> float:
        return 0.75 if person.features["wants"] == group else 0.25


def test_a_model_behind_its_port_gives_the_chances(session):
    home, there = a_municipality(session, decided=40), a_municipality(session, decided=40)
    case = withdrawn(session, home)
    people = [
        Person(name, case_number(session, case), {"wants": wants})
        for name, wants in (("a", "coast"), ("b", "inland"))
    ] + [Person("c", "2020-999999", {"wants": "coast"})]
    group_of = {number(session, home): "coast", number(session, there): "inland"}

    done = import_chances(session, Alike(), people, group_of, **GIVEN)

    assert (done.cases, done.pairs, [row.line for row in done.rejected]) == (1, 4, [3])
    assert session.scalars(select(OutcomeScore.scores)).one() == {
        key: [0.25, 0.75] for key in group_of
    }
