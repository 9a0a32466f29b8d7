"""Column types: instants are aware and in UTC whatever the database stores."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, insert, select
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.exc import StatementError
from sqlmodel import SQLModel

from models.account import Account
from models.base import rfc3339, table_of
from models.columns import UtcDateTime, Word
from models.message import Status

SQLITE = SQLiteDialect()
POSTGRESQL = PGDialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves this constructor unannotated
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(1970, 1, 2), datetime(2199, 1, 1), timezones=OFFSETS)


@given(INSTANTS)
def test_an_instant_comes_back_equal_and_in_utc(instant: datetime) -> None:
    for dialect in (SQLITE, POSTGRESQL):
        stored = UtcDateTime().process_bind_param(instant, dialect)
        assert stored is not None
        # SQLite keeps no offset, PostgreSQL answers in the connection's own zone.
        for read in (stored.replace(tzinfo=None), stored.astimezone(timezone(timedelta(hours=5, minutes=45)))):
            result = UtcDateTime().process_result_value(read, dialect)
            assert result == instant
            assert result is not None
            assert result.utcoffset() == timedelta(0)


def test_an_instant_without_an_offset_is_refused() -> None:
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine, tables=[table_of(Account)])
    naive = Account(name="Clinic").model_dump() | {"created_at": datetime(2026, 3, 12, 15)}
    with engine.begin() as connection, pytest.raises(StatementError, match="needs an offset"):
        connection.execute(insert(table_of(Account)).values(naive))
    engine.dispose()


def test_null_stays_null() -> None:
    assert UtcDateTime().process_bind_param(None, SQLITE) is None
    assert UtcDateTime().process_result_value(None, SQLITE) is None


def test_a_word_is_stored_as_its_text() -> None:
    stored = Word(Status).process_bind_param(Status.QUEUED, SQLITE)
    assert stored == "queued"
    assert type(stored) is str


def test_json_null_is_sql_null() -> None:
    engine = create_engine("sqlite://")
    accounts = table_of(Account)
    SQLModel.metadata.create_all(engine, tables=[accounts])
    with engine.begin() as connection:
        connection.execute(insert(accounts).values(Account(name="Clinic", sending_hours=None).model_dump()))
        found = connection.execute(select(accounts.c.id).where(accounts.c.sending_hours.is_(None))).all()
    engine.dispose()
    assert len(found) == 1


@given(INSTANTS)
def test_an_instant_is_written_with_z_and_read_back_the_same(instant: datetime) -> None:
    written = rfc3339(instant)
    assert written.endswith("Z")
    assert datetime.fromisoformat(written) == instant


def test_whole_seconds_are_written_without_a_fraction() -> None:
    assert rfc3339(datetime(2026, 3, 12, 19, tzinfo=UTC)) == "2026-03-12T19:00:00Z"
    assert rfc3339(None) is None
