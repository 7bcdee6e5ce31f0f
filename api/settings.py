"""Settings: environment variables with the prefix DESKHAND_, or a `.env` file; unknown names are refused."""

from __future__ import annotations

import difflib
import os
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from tickets.errors import DeskhandError

PREFIX = "DESKHAND_"
# Their values are shown to nobody.
WITH_SECRETS = ("webhook_secrets", "webhook_urls")
# A name this close to one of ours is a slip of the pen, even where the prefix itself is misspelt.
SLIP_SIMILARITY = 0.86

ConnectorName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
WebhookSecret = Annotated[SecretStr, Field(min_length=16)]


class WebhookUrl(BaseModel):
    """Where the events of a connector go, and what they are signed with."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: str
    secret: WebhookSecret
    allow_private: bool = False


class SettingsError(DeskhandError):
    """A setting is unknown or has a value that cannot be used."""

    status = 500
    code = "setting"


class Settings(BaseSettings):
    """Everything that an operator may set; each field's description is its documentation."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file_encoding="utf-8", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    home: Path = Field(
        default=Path("./.deskhand"),
        description="Data directory: database, index, registry, admin.key, session.key.",
    )
    database_url: str | None = Field(
        default=None,
        description="Database; left out: SQLite in the home. PostgreSQL: postgresql+psycopg://user:password@host/name.",
    )
    model: str | None = Field(
        default=None, description="A bundle directory, or a version in the registry; left out: the shipped bundle."
    )
    encoder: str | None = Field(
        default=None,
        description="Another sentence-transformers name or path (`make install-train`); "
        "left out: the bundle's own encoder.",
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port to listen on; 0 takes any free one.")
    public_data: Path | None = Field(
        default=None, description="Folder of public data sets; read by benchmarks, training and tests only."
    )
    contracts: Path | None = Field(
        default=None, description="Folder of vendors' API contracts; read by the contract tests only."
    )
    demo: bool = Field(
        default=False,
        description="Sample shop: pages opened from this machine work without a key. Set by `deskhand demo`.",
    )
    anonymous_per_minute: int = Field(
        default=60,
        ge=0,
        description="Messages a minute that one address may send to POST /v1/triage without a key; 0 asks for a key.",
    )
    webhook_secrets: dict[ConnectorName, WebhookSecret] = Field(
        default_factory=dict,
        description='Signing secret by connector name, as JSON: {"mydesk": "at least 16 characters"}.',
    )
    webhook_urls: dict[ConnectorName, WebhookUrl] = Field(
        default_factory=dict,
        description="Where the events of a connector's tickets go, by its name, as JSON: "
        '{"mydesk": {"url": "https://desk.example/hooks", "secret": "at least 16 characters"}}; '
        '"allow_private": true admits addresses in the own network, and plain http.',
    )
    min_answer_probability: float = Field(
        default=0.7,
        ge=0,
        le=1,
        description="POST /v1/answers answers from this probability of the best passage on; "
        "under it, it asks or hands off.",
    )
    threads: int = Field(
        default=2, ge=1, le=64, description="Threads a process decides and stores with, beside the event loop."
    )
    max_waiting: int = Field(
        default=256, ge=1, description="Requests that may wait for a thread; further ones are told to come back (503)."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severe log line that is written."
    )

    @field_validator("home", "public_data", "contracts")
    @classmethod
    def _expand(cls, value: Path | None) -> Path | None:
        return None if value is None else value.expanduser().absolute()

    @field_validator("webhook_urls")
    @classmethod
    def _allowed(cls, value: dict[str, WebhookUrl]) -> dict[str, WebhookUrl]:
        for name, receiver in value.items():
            from connectors.addresses import check_url
            from connectors.errors import ReceiverError

            try:
                check_url(name, receiver.url, allow_private=receiver.allow_private)
            except ReceiverError as error:
                raise ValueError(f"{error.message}. {error.hint}") from None
        return value

    @property
    def url(self) -> str:
        """The database URL that is used."""
        return self.database_url or f"sqlite:///{self.home / 'deskhand.db'}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False

    def environment(self) -> dict[str, str]:
        """Return the settings as environment variables, for worker processes that read them anew."""
        dumped = self.model_dump(mode="json", exclude_none=True, exclude=set(WITH_SECRETS))
        found = {f"{PREFIX}{name.upper()}": str(value) for name, value in dumped.items()}
        for name in WITH_SECRETS:
            import orjson

            found[f"{PREFIX}{name.upper()}"] = orjson.dumps(getattr(self, name), default=_plainly).decode()
        return found


def load_settings(env_file: Path | None = Path(".env"), **given: Any) -> Settings:  # noqa: ANN401 - any field's type
    """Read the settings from the environment and the `.env` file; `given` (command-line options) wins.

    Args:
        env_file: A file of NAME=value lines that need not exist; None reads the environment only.
        given: Settings by field name; None values count as not given.

    Raises:
        SettingsError: A name is unknown or a value cannot be used.

    """
    file = env_file if env_file is not None and env_file.is_file() else None
    _refuse_unknown(dict(os.environ), "the environment")
    if file is not None:
        _refuse_unknown(_read(file), str(file))
    known = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(_env_file=file, **known)  # type: ignore[call-arg]  # pydantic-settings' own argument
    except ValidationError as error:
        raise _explain(error) from None
    except ValueError as error:  # pydantic-settings: a JSON value that is none
        raise SettingsError(str(error), hint="Dictionaries are written as JSON.") from None


def setting_name(field: str) -> str:
    """Return the environment variable of a field: `home` is DESKHAND_HOME."""
    return f"{PREFIX}{field.upper()}"


def _read(file: Path) -> dict[str, str | None]:
    try:
        return dict(dotenv_values(file, encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file} is not UTF-8: {error.reason} at byte {error.start}", field=str(file)) from None


def _refuse_unknown(names: dict[str, str | None] | dict[str, str], source: str) -> None:
    valid = [setting_name(field) for field in Settings.model_fields]
    for name in names:
        if name.upper() in valid:
            continue
        slip = bool(difflib.get_close_matches(name.upper(), valid, n=1, cutoff=SLIP_SIMILARITY))
        if name.upper().startswith(PREFIX) or slip:
            close = difflib.get_close_matches(name.upper(), valid, n=1, cutoff=0.5)
            hint = f"Did you mean {close[0]}?" if close else f"Valid names: {', '.join(valid)}."
            raise SettingsError(f"{name} in {source} is not a setting of Deskhand", field=name, hint=hint)


def _explain(error: ValidationError) -> SettingsError:
    first = error.errors(include_url=False, include_context=False)[0]
    field = str(first["loc"][0]) if first["loc"] else ""
    name = ".".join([setting_name(field), *(str(part) for part in first["loc"][1:])])
    description = Settings.model_fields[field].description if field in Settings.model_fields else None
    given = first.get("input")
    value = f" ({_short(given)})" if isinstance(given, str | int | float) and field not in WITH_SECRETS else ""
    return SettingsError(f"{name}{value}: {first['msg']}", field=name, hint=description)


def _plainly(value: object) -> object:
    """Write secrets as they are, for the environment of our own worker processes."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, BaseModel):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _short(value: str | float) -> str:
    if not isinstance(value, str):
        return str(value)
    return repr(value if len(value) <= 60 else f"{value[:57]}…")
