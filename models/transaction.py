"""The transaction that stored a row, so that a reader can tell what may still be on its way."""

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class TransactionNumber(FunctionElement[int]):
    """The number of the running transaction on PostgreSQL; null on SQLite, whose one writer commits in order."""

    type = BigInteger()
    inherit_cache = True


class OldestRunning(FunctionElement[int]):
    """The number below which every transaction has ended, as the statement sees it. PostgreSQL only."""

    type = BigInteger()
    inherit_cache = True


@compiles(TransactionNumber, "postgresql")
def _number(element: TransactionNumber, compiler: SQLCompiler, **more: Any) -> str:
    return "pg_current_xact_id()::text::bigint"


@compiles(TransactionNumber, "sqlite")
def _no_number(element: TransactionNumber, compiler: SQLCompiler, **more: Any) -> str:
    return "NULL"


@compiles(OldestRunning, "postgresql")
def _oldest(element: OldestRunning, compiler: SQLCompiler, **more: Any) -> str:
    return "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
