"""A small part of the scenario, for what has to be loaded often."""

from dataclasses import replace

from app.scenario.plan import ScenarioPlan

#: Every so many cases of the whole.
_PART = 30


def cut(plan: ScenarioPlan) -> ScenarioPlan:
    """A part of the plan: some cases, the homes they name, and the municipalities they go to."""
    cases = plan.cases[::_PART]
    asked = {step.municipality_number for case in cases for step in case.steps}
    homes = {step.vacancy for case in cases for step in case.steps}
    others = [one for one in plan.places if one.figures.municipality_number not in asked]
    return replace(
        plan,
        cases=cases,
        vacancies=tuple(home for home in plan.vacancies if home.key in homes),
        places=tuple(one for one in plan.places if one.figures.municipality_number in asked)
        + tuple(others[:4]),
    )
