"""Every setting with its unit, default and meaning; each is read from `BOSETTING_<NAME>`."""

import os
from functools import cache
from pathlib import Path
from typing import Annotated

from platformdirs import user_data_path
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Positive = Annotated[int, Field(ge=1)]


def default_data_dir() -> Path:
    """Where the embedded database lives unless told otherwise: a folder of the user's."""
    if os.name == "posix" and os.geteuid() == 0:
        return Path("/var/lib/bosetting/data")  # root's own home is closed to the server's user
    return user_data_path("bosetting")


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="BOSETTING_", frozen=True)

    #: Address of the application's login, which owns nothing. None: the embedded database.
    database_url: str | None = None
    #: Address of the login that owns the schema; only `bosetting migrate` uses it.
    owner_database_url: str | None = None
    #: Folder of the embedded database.
    data_dir: Path = Field(default_factory=default_data_dir)
    #: Key of our signatures, at least 32 characters; every node of one deployment has the same.
    secret: Annotated[SecretStr, Field(min_length=32)] | None = None

    #: The demonstration: anyone signs in as anyone, and the clock can be set.
    demo: bool = False

    #: Where people reach the application, scheme and host only; sign-in is answered there.
    public_url: Annotated[str, Field(pattern=r"^https?://[^/]+$")] | None = None
    #: The identity providers people sign in with, a TOML file; docs/sign-in.md has one.
    sign_in_file: Path | None = None
    #: Minutes a session lasts without anything being done in it.
    idle_minutes: Positive = 30
    #: Minutes a session lasts at most.
    session_minutes: Positive = 120

    #: Minutes a run can be undone, and its notices wait.
    undo_minutes: Positive = 30
    #: Days a municipality has to answer; the deadline then moves to the next working day.
    answer_days: Positive = 7
    #: Weeks an open report of a home or of capacity is kept past the week it is free from.
    vacancy_weeks: Positive = 8

    #: Largest body of a request, in bytes.
    request_limit_bytes: Positive = 1024 * 1024
    #: Requests worked on at once in one process; more only wait for each other in the database.
    thread_limit: Positive = 5


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
