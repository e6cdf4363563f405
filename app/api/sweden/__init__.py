"""What a Swedish deployment offers machines, beside what both countries have."""

from types import ModuleType
from typing import Final

from app.api.sweden import (
    accommodation,
    contracts,
    costs,
    dialogue,
    inventory,
    keys,
    procurement,
    register,
    reports,
    swaps,
    targets,
)

#: Modules with a `router` below /api/v1.
ROUTERS: Final[tuple[ModuleType, ...]] = (
    *(register, keys, targets, swaps, dialogue, reports, accommodation, contracts, costs),
    *(inventory, procurement),
)
#: What the document says of them.
TAGS: Final = {
    "register": "Counties and municipalities.",
    "keys": "Distribution keys, the statistics they are computed on, and what comes out.",
    "targets": "Each municipality's number for a year: decided, swapped, filled.",
    "dialogue": "What was said with whom, and who has not been spoken with.",
    "accommodation": "What there is to live in, how well it lies, and what is offered of it.",
    "contracts": "What is signed and called off, and what it is to each municipality's number.",
    "procurement": "Offers weighed against each other, and plans of what is bought.",
    "reports": "What is reported of a day: taken, signed by the boards, frozen, handed over.",
}
