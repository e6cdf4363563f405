"""The Norwegian alphabet in plain byte order, since the database has no ICU."""

import unicodedata

#: æ ø å come after z, aa counts as å (Språkrådet); these three signs follow z in ASCII.
_AFTER_Z = {"æ": "{", "ä": "{", "ø": "|", "ö": "|", "å": "}"}
#: Letters that do not come apart into a plain one and a mark: Sami đ ŋ ŧ, and neighbours'.
_PLAIN = {
    "đ": "d",
    "ŋ": "n",
    "ŧ": "t",
    "ü": "y",
    "ð": "d",
    "þ": "th",
    "ß": "ss",
    "œ": "{",
    "ł": "l",
}
_TO_ASCII = str.maketrans(_AFTER_Z | _PLAIN)
#: What we have no place for comes last.
_LAST = "~"


def sort_key(name: str) -> str:
    """ASCII text that sorts, byte by byte, as Norwegians expect `name` to.

    Capitals count as small letters, other letters as the one they are made of (á as a, š as s),
    everything but letters and digits as one blank. Equal names get equal keys.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    letters = folded.replace("aa", "å").translate(_TO_ASCII)
    bare = "".join(c for c in unicodedata.normalize("NFD", letters) if not unicodedata.combining(c))
    return " ".join("".join(_sign(c) for c in bare).split())


def _sign(character: str) -> str:
    if character.isascii():
        return character if character.isalnum() or character in "{|}" else " "
    return _LAST if character.isalnum() else " "
