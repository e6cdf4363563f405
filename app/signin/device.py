"""What a session runs on, by its family only: enough to know one's own by.

The header itself is not kept. A browser that says nothing known is none.
"""

import re
from typing import Final

#: The first that fits: most browsers claim to be those they descend from as well.
_BROWSERS: Final = (
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Opera", r"OPR/"),
    ("Firefox", r"(Firefox|FxiOS)/"),
    ("Chrome", r"(Chrome|CriOS|Chromium)/"),
    ("Safari", r"Safari/"),
)
_SYSTEMS: Final = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("macOS", r"Macintosh"),
    ("Linux", r"Linux"),
)


def family(user_agent: str | None) -> str | None:
    """`Firefox, Windows`, or as much of that as can be told."""
    found = [
        next((name for name, pattern in known if re.search(pattern, user_agent or "")), None)
        for known in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(name for name in found if name) or None
