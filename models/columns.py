"""Column types that hold the house's rules: instants are aware and in UTC, JSON is JSON, money is nowhere."""

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String
from sqlalchemy.types import JSON, TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Naive datetimes are refused; what is read is aware and in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant in UTC; raises ValueError for one without an offset."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs an offset, {value.isoformat()} has none")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the stored instant, aware and in UTC (SQLite stores it without an offset)."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Word(TypeDecorator[str]):
    """A short word of a closed list (a status, a kind), stored as its text."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the plain text of an enumeration's member."""
        return value.value if isinstance(value, StrEnum) else value


JsonColumn = JSON(none_as_null=True)
Serial = BigInteger().with_variant(Integer, "sqlite")
