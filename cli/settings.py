"""Settings, from the environment and `.env`, checked once; a wrong one stops the start with a line naming it."""

import os
import secrets
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from cli.problem import Problem


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
        try:
            name = make_url(value).get_backend_name()
        except ArgumentError:
            name = ""
        if name not in ("sqlite", "postgresql"):
            raise ValueError("must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")
        return value

    @field_validator("public_url", "twilio_api_url", "openai_base_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/") if value else value

    @property
    def is_sqlite(self) -> bool:
        """Tell whether the database is a file of our own."""
        return make_url(self.database_url).get_backend_name() == "sqlite"

    @property
    def database_file(self) -> Path | None:
        """Return the SQLite file, or None for one in memory and for PostgreSQL."""
        name = make_url(self.database_url).database
        return Path(name) if self.is_sqlite and name and name != ":memory:" else None

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
        if self.database_file is None:
            return secrets.token_urlsafe(32)
        return _kept_key(self.beside_database(".key"))


def read_settings() -> Settings:
    """Return the settings; raises Problem naming the first wrong one and what would be right."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "a setting"
        shown = name if name.isupper() else f"SHOWUP_{name.upper()}"
        raise Problem(f"{shown}: {first['msg'].removeprefix('Value error, ')}") from None


def _kept_key(path: Path) -> str:
    """Return the key in a file, made with mode 0600 if there is none; two first starts at once agree on one."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    except OSError as error:
        raise Problem(f"the secret key cannot be kept in {path}: {error.strerror}") from None
    with os.fdopen(descriptor, "w") as file:
        key = secrets.token_urlsafe(32)
        file.write(key + "\n")
    return key
