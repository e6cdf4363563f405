"""A measure reckoned as a few rows change is that of the whole spread."""

from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.procurement.market import Need
from workflow.procurement.meter import Meter, measured
from workflow.procurement.states import Measure

rows = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40)), min_size=1, max_size=8)


@given(rows, st.data())
@settings(max_examples=20)
def test_every_measure_is_that_of_evenness(spread, data):
    needs = [Need(str(at), target, placed) for at, (placed, target) in enumerate(spread)]
    moving = data.draw(st.lists(st.integers(0, len(needs) - 1), unique=True))
    more = [data.draw(st.integers(0, 9)) for _ in moving]
    placed = [one.procured for one in needs]
    for at, n in zip(moving, more, strict=True):
        placed[at] += n

    for measure in Measure:
        told = Meter(needs, moving, measure).value(more)

        assert told == measured(measure, placed, [one.target for one in needs])
