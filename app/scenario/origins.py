"""Where the invented households come from, and what people there may be called and speak.

The resettlement quota of 2020 (UDI): 3,000 = 800 Syrians from Lebanon and Jordan, 1,250 from
Ethiopia, Kenya and Uganda, 800 evacuated from Libya to Rwanda and Romania, 150 open. How it parts
within each, the nationalities and the mix in reception centres are assumed.

Countries are ISO 3166 alpha-2, languages ISO 639. Family names begin with "Test-", as nobody's do.
"""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Origin:
    """One nationality: names, and first languages with what is often spoken beside."""

    women: tuple[str, ...]
    men: tuple[str, ...]
    families: tuple[str, ...]
    languages: tuple[tuple[str, ...], ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_LEVANT = (
    _words("Amal Dima Farah Hala Layla Maha Nour Rania Salma Yara"),
    _words("Adnan Bilal Firas Hadi Karim Mazen Nabil Omar Samir Tariq"),
    _words("Haddad Khoury Masri Najjar Qasim Saleh Shami Zein"),
)
_ETHIOPIA = (
    _words("Aster Bethlehem Hanna Hirut Lemlem Makda Meron Saba Selam Tigist"),
    _words("Abel Biniam Dawit Henok Isaac Kidane Mikael Samuel Tesfay Yonas"),
    _words("Berhane Gebre Haile Kiros Mehari Tekle Woldu Zere"),
)
_SOMALIA = (
    _words("Asha Ayan Deqa Fadumo Habiba Hodan Idil Nasra Sahra Ubah"),
    _words("Abdi Ali Farah Guled Hassan Ismail Liban Mahad Nur Warsame"),
    _words("Aden Barre Duale Egal Jama Mohamud Osman Yusuf"),
)
_CENTRAL_AFRICA = (
    _words("Aline Beatrice Chantal Esperance Furaha Grace Nadine Neema Riziki Solange"),
    _words("Baraka Daniel Emmanuel Felix Innocent Jean Moise Patrick Samson Theo"),
    _words("Bahati Kabila Mugisha Mukendi Ngoma Nkunda Tshala Zawadi"),
)
_SOUTH_SUDAN = (
    _words("Abuk Achol Adut Akech Amer Ayen Nyabol Nyandeng Nyibol Yar"),
    _words("Akol Bol Deng Garang Kuol Lual Mabior Majok Thon Wol"),
    _words("Achuil Ajak Chol Duot Gatluak Manyang Riek Tut"),
)
_AFGHANISTAN = (
    _words("Arezo Fereshta Laila Malika Nargis Parwin Roya Shabnam Zahra Zohra"),
    _words("Ahmad Farhad Hamid Jawad Mustafa Navid Omid Reza Sharif Yusof"),
    _words("Ahmadi Amiri Hosseini Karimi Nazari Rahimi Sadat Wardak"),
)
_TURKEY = (
    _words("Ayse Elif Emine Esra Fatma Hatice Meryem Sevgi Zehra Zeynep"),
    _words("Ahmet Burak Emre Hakan Kemal Mehmet Murat Orhan Selim Yusuf"),
    _words("Aydin Celik Demir Kaya Ozturk Sahin Yildiz Yilmaz"),
)

ORIGINS = {
    "AF": Origin(*_AFGHANISTAN, languages=(("fa",), ("fa", "ps"))),
    "BI": Origin(*_CENTRAL_AFRICA, languages=(("rn", "fr"), ("rn", "sw"))),
    "CD": Origin(*_CENTRAL_AFRICA, languages=(("sw", "fr"), ("sw",), ("rw", "sw"))),
    "ER": Origin(*_ETHIOPIA, languages=(("ti",), ("ti", "ar"), ("ti", "am"))),
    "ET": Origin(*_ETHIOPIA, languages=(("om", "am"), ("am",))),
    "SD": Origin(*_LEVANT, languages=(("ar",),)),
    "SO": Origin(*_SOMALIA, languages=(("so",), ("so", "ar"), ("so", "sw"))),
    "SS": Origin(*_SOUTH_SUDAN, languages=(("din", "ar"), ("nus",), ("nus", "ar"))),
    "SY": Origin(*_LEVANT, languages=(("ar",), ("ar", "ku"))),
    "TR": Origin(*_TURKEY, languages=(("tr",), ("tr", "ku"))),
}

#: Departure country, and how often which nationality leaves from there.
_LEAVING = {
    "LB": {"SY": 1},
    "JO": {"SY": 1},
    "ET": {"ER": 3, "SS": 2, "SO": 2},
    "KE": {"SO": 3, "SS": 2, "ET": 1, "CD": 1},
    "UG": {"CD": 4, "SS": 2, "BI": 1},
    "RW": {"ER": 3, "SO": 2, "SD": 2},
    "RO": {"ER": 3, "SD": 1, "SO": 1},
}
DEPARTURE_COUNTRIES = tuple(_LEAVING)
#: The parts of the quota in persons, and from where; the open part is from any of them.
_QUOTA = (
    (800, ("LB", "JO")),
    (1_250, ("ET", "KE", "UG")),
    (800, ("RW", "RO")),
    (150, DEPARTURE_COUNTRIES),
)
_IN_NORWAY = {"SY": 5, "TR": 4, "ER": 4, "AF": 3, "SO": 2, "SD": 1, "ET": 1}


def draw_quota(rng: Random) -> tuple[str, str]:
    """Departure country and nationality of one resettlement household."""
    (countries,) = rng.choices([of for _, of in _QUOTA], weights=[size for size, _ in _QUOTA])
    country = rng.choice(countries)
    return country, _weighed(_LEAVING[country], rng)


def draw_in_norway(rng: Random) -> str:
    """Nationality of one who has come to Norway by himself."""
    return _weighed(_IN_NORWAY, rng)


def _weighed(shares: dict[str, int], rng: Random) -> str:
    return rng.choices(list(shares), weights=list(shares.values()))[0]
