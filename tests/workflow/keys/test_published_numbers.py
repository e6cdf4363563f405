"""Keys whose numbers others have published, or worked out on paper."""

import io
from fractions import Fraction

import pytest

from workflow.keys import parameters, statistics
from workflow.keys.targets import compute

#: Share, and who is there already: the worked example of the two ways to credit.
FIVE = """code,weight,there
1,50,40
2,20,28
3,15,5
4,10,25
5,5,0
"""
#: June 2022, Värmland (Sunne kommun 2022-06-13).
VARMLAND = {
    "Arvika": 133, "Eda": 23, "Filipstad": 0, "Forshaga": 32, "Grums": 17, "Hagfors": 38,
    "Hammarö": 59, "Karlstad": 227, "Kil": 36, "Kristinehamn": 51, "Munkfors": 12, "Storfors": 8,
    "Sunne": 44, "Säffle": 26, "Torsby": 37, "Årjäng": 37,
}  # fmt: skip


def read(text, key):
    table, rejected = statistics.read(io.BytesIO(text.encode()), key.columns)
    assert rejected == []
    return table


def key(**changed):
    lines = {"rule": "rescale", "method": "webster"} | changed
    return parameters.parse(f"""
        name = "worked"
        title = "Worked example"
        valid_from = 2022-04-13
        source = "by hand"
        criteria = [{{ name = "weight", weight = 1, value = "weight" }}]
        credits = [{{ name = "there", value = "there" }}]
        crediting = {{ rule = "{lines["rule"]}" }}
        rounding = {{ method = "{lines["method"]}" }}
    """)


@pytest.mark.parametrize(
    ("rule", "method", "net", "targets"),
    [
        (
            "rescale",
            "webster",
            ["67.208", "15.195", "26.981", "0.000", "10.617"],
            [67, 15, 27, 0, 11],
        ),
        (
            "water-filling",
            "webster",
            ["67.222", "14.889", "27.167", "0.000", "10.722"],
            [67, 15, 27, 0, 11],
        ),
        (
            "water-filling",
            "adams",
            ["67.222", "14.889", "27.167", "0.000", "10.722"],
            [67, 15, 27, 0, 11],
        ),
        (
            "water-filling",
            "jefferson",
            ["67.222", "14.889", "27.167", "0.000", "10.722"],
            [68, 15, 27, 0, 10],
        ),
    ],
)
def test_the_two_ways_to_credit_give_the_numbers_worked_by_hand(rule, method, net, targets):
    asked = key(rule=rule, method=method)

    found = compute(asked, read(FIVE, asked), 120)

    assert [found.gross.decimal(i, 1) for i in range(5)] == [
        "109.0",
        "43.6",
        "32.7",
        "21.8",
        "10.9",
    ]
    assert [found.net.decimal(i, 3) for i in range(5)] == net
    assert found.targets == targets


def test_the_places_left_in_2022_give_29_to_skurup_in_2023():
    """46 places of which 13 are filled; the whole country has 23 500 of which 15 430 are."""
    asked = parameters.parse(parameters.ready()["se-2023"])
    others = f"{23_500 - 46},{15_430 - 13}"

    found = compute(asked, read(f"code,target,placed\n1264,46,13\n9999,{others}\n", asked), 7_100)

    assert found.targets == [29, 7_071]


def test_who_is_full_or_fuller_gets_nothing_in_2023():
    asked = parameters.parse(parameters.ready()["se-2023"])

    found = compute(asked, read("code,target,placed\n1,42,42\n2,10,13\n3,50,20\n", asked), 30)

    assert found.targets == [0, 0, 30]


def test_a_countys_decided_number_is_shared_out_inside_it():
    lines = [f"{name},Värmland,{number}" for name, number in VARMLAND.items()]
    asked = parameters.parse("""
        name = "t4"
        title = "Värmland"
        valid_from = 2022-06-13
        source = "Sunne kommun"
        criteria = [{ name = "number", weight = 1, value = "number" }]
        rounding = { by_county = true }
        county_targets = { "Värmland" = 780, "Gotland" = 20 }
    """)

    table = read("\n".join(["code,county,number", *lines, "Gotland,Gotland,999"]), asked)
    found = compute(asked, table, 800)

    assert dict(zip(table.codes, found.targets, strict=True)) == VARMLAND | {"Gotland": 20}


def test_koenigstein_is_two_thirds_tax_and_one_third_population():
    asked = parameters.parse(parameters.ready()["de-koenigstein"])

    found = compute(asked, read("code,tax,population\nA,30,10\nB,10,30\n", asked), 1_200)

    assert found.shares.total[0] == Fraction(2, 3) * Fraction(3, 4) + Fraction(1, 3) * Fraction(
        1, 4
    )
    assert found.targets == [700, 500]


#: Three states of which one has few applications and little unemployment, so that both caps bite.
STATES = """code,population,gdp,applications_per_million,unemployment
A,50,60,1000,10
B,30,30,500,5
C,20,10,10,1
"""


def eu(reading, share, effect, weight):
    """One state's share as the two readings say it, before the residual."""
    mean = (share[0] + share[1]) / 2
    base = Fraction(4, 10) * (share[0] + share[1])
    if reading == "effect":
        return base + weight * sum(min(one, Fraction(3, 10) * mean) for one in effect)
    return base + sum(min(weight * one, Fraction(3, 10) * base) for one in effect)


@pytest.mark.parametrize("reading", ["effect", "weighted"])
def test_the_eus_corrections_are_capped_and_what_is_left_goes_by_population_and_gdp(reading):
    asked = parameters.parse(parameters.ready()[f"eu-2015-{reading}"])
    found = compute(asked, read(STATES, asked), 100_000)

    plain = {"A": (50, 60, 1000, 10), "B": (30, 30, 500, 5), "C": (20, 10, 10, 1)}
    inverse = [sum(Fraction(1, values[at]) for values in plain.values()) for at in (2, 3)]
    before = {}
    mean = {}
    for code, (people, gdp, applications, jobless) in plain.items():
        share = Fraction(people, 100), Fraction(gdp, 100)
        effect = Fraction(1, applications) / inverse[0], Fraction(1, jobless) / inverse[1]
        before[code] = eu(reading, share, effect, Fraction(1, 10))
        mean[code] = sum(share) / 2
    left = 1 - sum(before.values())

    assert left > 0
    for i, code in enumerate("ABC"):
        expected = before[code] + left * mean[code]
        assert abs(found.shares.total[i] - expected) < Fraction(1, 10**25)
    assert found.shares.total.sum() == 1
    assert sum(found.targets) == 100_000


def test_the_readings_of_the_cap_differ():
    shares = []
    for reading in ("effect", "weighted"):
        asked = parameters.parse(parameters.ready()[f"eu-2015-{reading}"])
        shares.append(compute(asked, read(STATES, asked), 1_000).shares.total[2])

    assert shares[0] < shares[1]


def test_denmark_takes_the_immigrants_share_off_and_below_zero_is_zero():
    asked = parameters.parse(parameters.ready()["dk-2022"])
    table = read(
        "code,population,immigrants,family_reunified\nA,50,20,10\nB,30,70,0\nC,20,10,40\n", asked
    )

    found = compute(asked, table, 450)

    assert [found.shares.total[i] for i in range(3)] == [
        Fraction(80, 100),
        Fraction(-10, 100),
        Fraction(30, 100),
    ]
    # 500 in all; 400 - 10, -50 → 0, 150 - 40: the difference is shared in proportion.
    assert found.net[0] == Fraction(450 * 390, 500)
    assert found.targets == [351, 0, 99]


def test_every_ready_key_is_read():
    ready = parameters.ready()

    assert {parameters.parse(text).name for text in ready.values()} == set(ready)
