"""A run of very many cases: what is long is folded, and nothing is left out."""

import re

from app import db
from tests import factories
from tests.app.pages.conftest import Site
from workflow.kernel.actor import Role

MANY = 26


def test_the_lines_of_a_long_run_are_folded_under_what_decided_them(site: Site):
    with db.transaction(site.database.sessions) as session:
        here = factories.a_municipality(session, name="Langbygd", decided=200)
        for _ in range(MANY):
            factories.asked(session, factories.a_case(session), here)
    officer = site.visit(Role.CASE_OFFICER)
    before = site.today.strftime("%d.%m.%Y")
    asked = {"before": before, "reason": "Stopp", "legal_ground": "conditions_failed"}

    answer = officer.send("/omgjoring/ny", asked)
    assert answer.status_code == 303, answer.text
    run = answer.headers["location"]

    folded = re.search(r"<details.*?</details>", officer.text(run), re.DOTALL)
    assert folded is not None
    assert "Innreise: " in folded[0]
    assert folded[0].count("Langbygd") == MANY
