"""One scenario for all tests that only look at it."""

import pytest

from app.scenario.figures import generate
from workflow.municipalities.register import shipped_register


@pytest.fixture(scope="session")
def register():
    return shipped_register()


@pytest.fixture(scope="session")
def figures(register):
    return generate(register)
