"""One scenario for all tests that only look at it."""

import pytest

from app.scenario.cases import march_2020
from app.scenario.figures import DEFAULT_SEED, generate
from workflow.municipalities.register import shipped_register


@pytest.fixture(scope="session")
def register():
    return shipped_register()


@pytest.fixture(scope="session")
def figures(register):
    return generate(register)


@pytest.fixture(scope="session")
def plan(register, figures):
    return march_2020(DEFAULT_SEED, register, figures)
