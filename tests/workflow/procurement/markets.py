"""Markets to test with: drawn by hypothesis, and one of Värmland."""

from hypothesis import strategies as st

from workflow.procurement.market import Bid, Market, Need

CODES = ("1780", "1784", "1782", "1715")
NEEDS = (
    Need("1780", 227, 220, "Karlstad", "17"),
    Need("1784", 133, 10, "Arvika", "17"),
    Need("1782", 0, 0, "Filipstad", "17"),
    Need("1715", 36, 0, "Kil", "17"),
)
FULL_AND_EMPTY = Market.of(
    [
        Bid("cheap", "1780", 30, 19_900, points=80),
        Bid("dear", "1784", 30, 34_700, points=80),
    ],
    NEEDS,
)


@st.composite
def markets(draw, most=6):
    """A few offers in a few municipalities, some of the same object, some in parts."""
    needs = [
        Need(code, draw(st.integers(0, 40)), draw(st.integers(0, 30)), county=code[:2])
        for code in CODES[: draw(st.integers(1, 4))]
    ]
    bids = []
    for at in range(draw(st.integers(1, most))):
        code = draw(st.sampled_from([one.code for one in needs]))
        beds = draw(st.integers(1, 12))
        bids.append(
            Bid(
                f"B{at}",
                code,
                beds,
                draw(st.integers(0, 400)) * 100,
                object=draw(st.sampled_from([None, f"{code}-a", f"{code}-b"])),
                min_beds=draw(st.sampled_from([None, None, max(1, beds - 2)])),
                free_beds=draw(st.sampled_from([None, None, None, beds + 1, beds - 1])),
                points=draw(st.sampled_from([None, 0, 40, 100])),
                pay_when_used=draw(st.booleans()),
            )
        )
    return Market.of(bids, needs)
