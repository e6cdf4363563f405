"""A small part of the scenario, for what has to be loaded often."""

from dataclasses import replace

from app.scenario.plan import ScenarioPlan


def cut(plan: ScenarioPlan, *, every: int = 60) -> ScenarioPlan:
    """A part of the plan: one case of so many, the homes they name, and where they go."""
    cases = plan.cases[::every]
    asked = {step.municipality_number for case in cases for step in case.steps}
    homes = {step.vacancy for case in cases for step in case.steps}
    others = {
        one.figures.decided_places: one
        for one in reversed(plan.places)
        if one.figures.municipality_number not in asked
    }
    return replace(
        plan,
        cases=cases,
        vacancies=tuple(home for home in plan.vacancies if home.key in homes),
        places=tuple(one for one in plan.places if one.figures.municipality_number in asked)
        + tuple(others[decided] for decided in (None, 0, *sorted({*others} - {None, 0})[:2])),
    )
