"""What the numbers of a year are compensated with, from the versions that were decided."""

from sqlalchemy.orm import Session

from workflow.allocation import versions
from workflow.kernel.actor import Actor
from workflow.procurement.compensation import Claim, Rates

#: The kind of the rate that is paid for a place of a number.
KIND = "number_place"


def claims(session: Session, year: int, rates: Rates, *, actor: Actor) -> list[Claim]:
    """A claim for each change of a number from the first day there is a rate; numbers are public.

    What was decided before that day counts from it: the number that held then is paid for.
    """
    first = min((one.since for one in rates.get(KIND, ())), default=None)
    if first is None:
        return []
    told: dict[tuple[str, int], Claim] = {}
    for version in reversed(versions.versions(session, year, actor=actor)):
        since = max(version.effective_on, first)
        for change in versions.changes(session, version.id, actor=actor):
            here = change.municipality
            told[here.number, version.number] = Claim(
                version.number, here.number, KIND, change.after, since, name=here.name
            )
    return list(told.values())
