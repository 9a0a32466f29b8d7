"""Settings, from the environment and `.env`, checked once; a wrong one stops the start with a line naming it."""

import os
import secrets
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from cli.problem import Problem

# What would be right, where the type's own words would not say it to a person.
_RIGHT = {
    "SHOWUP_SEND_CONCURRENCY": "must be a whole number from 1 to 1000",
    "SHOWUP_RECONCILE_AFTER": "must be a number of seconds from 0 to 3600",
    "SHOWUP_RATE_LIMIT": "must be off, or a whole number of requests a minute, at least 1",
    "SHOWUP_SANDBOX_PORT": "must be a port from 1 to 65535, or 0 for any free one",
    "SHOWUP_WEBHOOK_ALLOW_PRIVATE": "must be true or false",
    "SHOWUP_LOG_FORMAT": "must be console or json",
}

DEFAULT_PORT = 8000
DEFAULT_PUBLIC_URL = f"http://127.0.0.1:{DEFAULT_PORT}"


class Settings(BaseSettings):
    """Every setting, with its default. Names in the environment are in upper case with `SHOWUP_` in front."""

    model_config = SettingsConfigDict(env_prefix="SHOWUP_", env_file=".env", extra="ignore", env_ignore_empty=True)

    database_url: str = "sqlite:///./showup.db"
    public_url: str | None = None
    secret_key: str | None = None
    twilio_api_url: str | None = None
    openai_api_key: str | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    openai_base_url: str | None = Field(default=None, validation_alias="OPENAI_BASE_URL")
    openai_model: str | None = None
    send_concurrency: int = Field(default=50, ge=1, le=1000)
    reconcile_after: float = Field(default=30, ge=0, le=3600)
    rate_limit: int | None = Field(default=None, ge=1)
    sandbox_port: int = Field(default=0, ge=0, le=65535)
    webhook_allow_private: bool = False
    log_format: Literal["console", "json"] | None = None

    @field_validator("rate_limit", mode="before")
    @classmethod
    def _off(cls, value: object) -> object:
        return None if value == "off" else value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        """Return the address without a driver's name: which driver is used is ours to choose."""
        try:
            url = make_url(value.replace("postgres://", "postgresql://", 1))
        except (ArgumentError, ValueError):
            url = None
        name = url.get_backend_name() if url is not None else ""
        if url is None or name not in ("sqlite", "postgresql"):
            raise ValueError("must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")
        if name == "sqlite" and url.database in (None, "", ":memory:"):
            raise ValueError("must name a file, as in sqlite:///./showup.db")
        return url.set(drivername=name).render_as_string(hide_password=False)

    @field_validator("public_url", "twilio_api_url", "openai_base_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_address = False
        if not is_address or parts.query or parts.fragment or not value.isascii() or " " in value:
            raise ValueError("must be an address such as https://showup.example.com")
        return value.rstrip("/")

    @field_validator("secret_key")
    @classmethod
    def _keys(cls, value: str | None) -> str | None:
        if value is not None and not all(part.strip() for part in value.split(",")):
            raise ValueError("must be one key, or several with commas between them, none of them empty")
        return value

    @property
    def is_sqlite(self) -> bool:
        """Tell whether the database is a file of our own."""
        return make_url(self.database_url).get_backend_name() == "sqlite"

    @property
    def database_file(self) -> Path | None:
        """Return the SQLite file, or None with PostgreSQL."""
        name = make_url(self.database_url).database
        return Path(name) if self.is_sqlite and name else None

    def beside_database(self, ending: str) -> Path:
        """Return the path of a file that belongs to the database, in its folder."""
        file = self.database_file
        return file.with_name(file.name + ending) if file else Path("showup" + ending)

    def vault_key(self) -> str:
        """Return the secret key: as set, or on SQLite the one made on first start and kept beside the database.

        Raises Problem on PostgreSQL without one, for every process must have the same.
        """
        if self.secret_key:
            return self.secret_key
        if not self.is_sqlite:
            raise Problem("SHOWUP_SECRET_KEY is required with PostgreSQL: set it to a long random text")
        return _kept_key(self.beside_database(".key"))


def read_settings() -> Settings:
    """Return the settings; raises Problem naming the first wrong one and what would be right."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        shown = name if name.isupper() else f"SHOWUP_{name.upper()}"
        right = _RIGHT.get(shown) or first["msg"].removeprefix("Value error, ")
        raise Problem(f"{shown} {right}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f".env cannot be read: {error}") from None


def _kept_key(path: Path) -> str:
    """Return the key in a file, made with mode 0600 if there is none; two first starts at once agree on one.

    The file appears with the key in it or not at all: it is written under another name and linked to its own.
    """
    try:
        if not path.exists():
            _make_key(path)
        key = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"the secret key cannot be kept in {path}: {error}") from None
    if not key.replace(",", "").strip():
        raise Problem(f"{path} is empty: put the secret key back into it, or set SHOWUP_SECRET_KEY")
    return key


def _make_key(path: Path) -> None:
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(unfinished, path)
        except FileExistsError:
            pass  # another process was first; its key stays
        except OSError:  # a file system without links
            os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
