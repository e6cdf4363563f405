"""What is published of 2020 and quoted in the scenario: totals, counties and single municipalities.

Source: IMDi's public statistics of requests, decisions and settlement, 2020 (NLOD). Numbers are
persons. What is not here is not copied: every other municipality's number is invented by
`app.scenario.figures`.
"""

from dataclasses import dataclass
from fractions import Fraction

ASKED_MUNICIPALITIES = 211
ORIGINAL_REQUEST = 5_120
ADJUSTED_REQUEST = 3_602
DECIDED_PLACES = 4_838
#: As a rule no municipality is asked for fewer.
LEAST_REQUEST = 10
#: The adjustment: this part of the original request, to the nearest whole person, at least 10.
ADJUSTED_PART = Fraction(657, 1000)
STARTED_AT_TEN = 47
ENDED_AT_TEN = 102
QUARTILES = (12, 17, 28)
#: Decisions not published: four persons or fewer, or none.
HIDDEN_DECISIONS = 12
#: Of the original request, unaccompanied minors.
MINORS = 140


def adjusted_by_rule(original: int) -> int:
    """What the rule makes of an original request; nothing lies half way between two persons."""
    return max(LEAST_REQUEST, round(ADJUSTED_PART * original))


@dataclass(frozen=True, slots=True)
class County:
    """A county's published totals."""

    asked: int
    original: int
    adjusted: int
    decided: int


COUNTIES = {
    "Viken": County(34, 935, 649, 898),
    "Vestland": County(24, 675, 475, 610),
    "Trøndelag": County(24, 563, 391, 561),
    "Rogaland": County(16, 457, 303, 444),
    "Nordland": County(21, 429, 300, 414),
    "Innlandet": County(26, 398, 323, 373),
    "Troms og Finnmark": County(14, 393, 270, 378),
    "Vestfold og Telemark": County(17, 372, 259, 360),
    "Møre og Romsdal": County(19, 357, 255, 357),
    "Agder": County(15, 331, 239, 306),
    "Oslo": County(1, 210, 138, 137),
}

#: The eight asked for most: original request, adjusted request, decided places.
BIGGEST = {
    "0301": (210, 138, 137),  # Oslo
    "4601": (195, 128, 195),  # Bergen
    "5001": (155, 102, 155),  # Trondheim
    "1103": (110, 72, 110),  # Stavanger
    "3005": (85, 56, 85),  # Drammen
    "5401": (82, 54, 82),  # Tromsø
    "4204": (80, 61, 80),  # Kristiansand
    "1804": (74, 48, 74),  # Bodø; the rule makes 49
}

#: Adjusted higher than the rule.
ADJUSTED_HIGHER = {
    "3029": 25,  # Lørenskog
    "3054": 19,  # Lunner
    "3407": 27,  # Gjøvik
    "3808": 13,  # Notodden
    "4202": 18,  # Grimstad
    "4204": 61,  # Kristiansand
    "4618": 24,  # Ullensvang
    "4627": 24,  # Askøy
    "5035": 22,  # Stjørdal
}

#: Decided otherwise than asked: original request, decided places.
DECIDED_OTHERWISE = {
    "0301": (210, 137),  # Oslo
    "1160": (18, 5),  # Vindafjord
    "1841": (15, 10),  # Fauske
    "5027": (17, 15),  # Midtre Gauldal
    "4618": (25, 30),  # Ullensvang
}

#: The two that settled more than they decided: Stjørdal 32 of 28, Øystre Slidre 11 of 10.
DECIDED_AS_ASKED = {"5035": 28, "3453": 10}

#: Settled seven without a request: Sauda.
NOT_ASKED = "1135"
