"""What a Swedish deployment offers machines, beside what both countries have."""

from types import ModuleType
from typing import Final

#: Modules with a `router` below /api/v1.
ROUTERS: Final[tuple[ModuleType, ...]] = ()
