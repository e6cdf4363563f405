"""Every setting with its unit, default and meaning; each is read from `BOSETTING_<NAME>`."""

import os
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_data_path
from pydantic import AwareDatetime, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from app.errors import CannotStart
from app.secret_files import SecretFiles
from workflow.kernel.country import Country

Positive = Annotated[int, Field(ge=1)]


def _words(told: object) -> object:
    return told.replace(",", " ").split() if isinstance(told, str) else told


#: Several words, parted by commas or blanks.
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]


def default_data_dir() -> Path:
    """Where the embedded database lives unless told otherwise: a folder of the user's."""
    if os.name == "posix" and os.geteuid() == 0:
        return Path("/var/lib/bosetting/data")  # root's own home is closed to the server's user
    return user_data_path("bosetting")


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="BOSETTING_", frozen=True, hide_input_in_errors=True
    )

    #: Address of the application's login, which owns nothing. None: the embedded database.
    database_url: Annotated[str | None, Field(repr=False)] = None
    #: Whether statements are prepared; not through a PgBouncer older than 1.21.
    database_prepares: bool = True
    #: Address of the login that owns the schema; only `bosetting migrate` uses it.
    owner_database_url: Annotated[str | None, Field(repr=False)] = None
    #: Folder of the embedded database.
    data_dir: Path = Field(default_factory=default_data_dir)
    #: Key of our signatures, at least 32 characters; every node of one deployment has the same.
    secret: Annotated[SecretStr, Field(min_length=32)] | None = None

    #: The secret before this one, while something signed by it is to hold still.
    secret_before: Annotated[SecretStr, Field(min_length=32)] | None = None

    #: The country a deployment is for; kept in the database from the first start on, which then
    #: refuses another. Unset: what the database says, else Norway.
    country: Country | None = None
    #: The demonstration: anyone signs in as anyone, and the clock can be set.
    demo: bool = False

    #: Where people reach the application, scheme and host only; sign-in is answered there.
    public_url: Annotated[str, Field(pattern=r"^https?://[^/]+$")] | None = None
    #: The operator's declaration of accessibility on uustatus.no (forskrift om uu av IKT § 4b).
    accessibility_statement: Annotated[str, Field(pattern=r"^https://[^\s]+$")] | None = None
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

    #: Folder letters are written to where there is no account with KS SvarUt; none: `letters`
    #: beside the embedded database.
    letters_folder: Path | None = None
    #: Our account with KS SvarUt, a UUID; none: letters go to the folder.
    svarut_account: Annotated[str, Field(pattern=r"^[0-9a-fA-F-]{36}$")] | None = None
    #: Where SvarUt is, scheme and host only.
    svarut_url: Annotated[str, Field(pattern=r"^https?://[^/]+$")] = "https://svarut.ks.no"
    #: The integration that sends for the account, and its password.
    svarut_integration_id: str | None = None
    svarut_integration_password: SecretStr | None = None
    #: Seconds a call to SvarUt may take; a letter is claimed for twice as long.
    svarut_seconds: Positive = 60
    #: Maskinporten, as it names itself, and our client there: its id, its key (PEM) and the key's.
    svarut_maskinporten_issuer: str | None = None
    svarut_maskinporten_client_id: str | None = None
    svarut_maskinporten_key: SecretStr | None = None
    svarut_maskinporten_key_id: str | None = None
    #: Municipalities' postal addresses, for letters on paper: lines of number;line;postcode;place.
    postal_addresses: Path | None = None

    #: The server messages leave by; none: they are written to a folder.
    smtp_host: str | None = None
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    #: How it is spoken to: encrypted after a greeting, from the first byte on, or not.
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    #: Whom messages come from.
    mail_from: Annotated[str, Field(pattern=r"^[^\s@<>]+@[^\s@<>]+$")] = "bosetting@localhost"
    #: Folder messages are written to where there is no server; none: `messages` beside the
    #: embedded database.
    messages_folder: Path | None = None
    #: Seconds a server of messages may be silent.
    message_seconds: Positive = 10
    #: A gateway for SMS, its token, and the name messages come from there.
    sms_url: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    sms_token: SecretStr | None = None
    sms_from: str = "Bosetting"

    #: Seconds a webhook's receiver has for all of its answer; its queue is taken for twice as long.
    webhook_seconds: Positive = 10

    #: The carrier's own system, told of wishes of travel below this address; none: nothing is sent.
    carrier_url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+[^\s?#/]$")] | None = None
    #: The token it takes.
    carrier_token: SecretStr | None = None
    #: Seconds it has for all of its answer.
    carrier_seconds: Positive = 30

    #: Addresses or networks of proxies whose word on scheme and client is taken; `*` for any.
    trusted_proxies: Words = ()
    #: Hosts of identity providers and issuers that are at addresses of a private network.
    private_hosts: Words = ()
    #: Names the application is asked by, `.example.no` for all below; none: whichever.
    trusted_hosts: Words = ()
    #: Where faults of security are told, `mailto:` or `https:`; none: no security.txt.
    security_contact: Annotated[str, Field(pattern=r"^(mailto:|https://)\S+$")] | None = None
    #: Until when that holds (RFC 9116: less than a year ahead).
    security_expires: AwareDatetime | None = None
    #: How the log is written: a line of words, or a line of JSON.
    log_format: Literal["text", "json"] = "text"
    #: Sign-ins and failing tokens of one place: at once, and each minute in the long run.
    tries_at_once: Positive = 100
    tries_a_minute: Positive = 60

    #: Issuers of Maskinporten tokens we take, as they name themselves; none: no such tokens.
    maskinporten_issuers: Words = ()
    #: What such a token is issued for (`aud`): the address of our API.
    maskinporten_audience: str | None = None
    #: What stands before `:bosetting.read` and `:bosetting.write` in their scopes.
    maskinporten_prefix: str | None = None

    #: Key that signs the audit's anchors, as `bosetting audit key` makes it; none: no anchors.
    audit_key: SecretStr | None = None
    #: Public keys of earlier ones, whose anchors still count.
    audit_public_keys: Words = ()
    #: Folder the anchors are written to, best where the database's people cannot write.
    audit_folder: Path | None = None

    #: Largest body of a request, in bytes.
    request_limit_bytes: Positive = 1024 * 1024
    #: Requests worked on at once in one process; more only wait for each other in the database.
    thread_limit: Positive = 3

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, SecretFiles(settings_cls)


@cache
def settings() -> Settings:
    """The settings of this process, read once.

    Raises:
        CannotStart: one of them cannot be used; what was given is not repeated.
    """
    try:
        return Settings()
    except ValidationError as fault:
        told = "; ".join(
            f"BOSETTING_{'_'.join(str(step) for step in error['loc'][:1]).upper()}: {error['msg']}"
            for error in fault.errors(include_input=False)
        )
        raise CannotStart(f"{told}.") from None
