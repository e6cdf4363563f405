"""Who reforms."""

import pytest

from tests.factories import a_municipality, places


@pytest.fixture
def two(session):
    """Two municipalities with places in both years."""
    both = [
        a_municipality(session, number="1811", name="Nordby", decided=20),
        a_municipality(session, number="1812", name="Sørby", decided=10),
    ]
    for municipality_id, decided in zip(both, (12, 8), strict=True):
        places(session, municipality_id, decided=decided, year=2021)
    return both
