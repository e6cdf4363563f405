"""Secrets from files: `BOSETTING_SECRET_FILE` names the file that holds `BOSETTING_SECRET`.

As orchestrators mount them. A file's last line ends are not part of the secret.
"""

import os
from pathlib import Path
from typing import Any, Final

from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from app.errors import CannotStart

#: What may stand in a file instead: whoever reads the environment of a process reads none of it.
SECRETS: Final = (
    *("database_url", "owner_database_url", "secret", "secret_before", "audit_key"),
    *("svarut_integration_password", "svarut_maskinporten_key"),
)
_SUFFIX: Final = "_FILE"


class SecretFiles(PydanticBaseSettingsSource):
    """The settings that stand in files."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        name = f"{self.config.get('env_prefix', '')}{field_name}".upper()
        file = os.environ.get(f"{name}{_SUFFIX}")
        if not file:
            return None, field_name, False
        if os.environ.get(name):
            raise CannotStart(f"Both {name} and {name}{_SUFFIX} are set: leave one of them out.")
        try:
            return Path(file).read_text("utf-8").rstrip("\r\n"), field_name, False
        except (OSError, ValueError) as fault:
            raise CannotStart(f"{name}{_SUFFIX}: the file {file} cannot be read.") from fault

    def __call__(self) -> dict[str, Any]:
        found = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
            if name in SECRETS
        }
        return {name: value for name, value in found.items() if value is not None}
