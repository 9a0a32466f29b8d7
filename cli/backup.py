"""Copying the database while the service runs: SQLite's online backup, or pg_dump."""

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

from sqlalchemy.engine import make_url

from cli.problem import Problem
from cli.settings import Settings


def back_up(settings: Settings, target: Path) -> None:
    """Copy the database into a new file, which appears only when it is whole. Raises Problem.

    A copy of SQLite is a database again; one of PostgreSQL is an archive for pg_restore.
    """
    if target.exists():
        raise Problem(f"{target} exists already: give the backup another name")
    unfinished = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        # Made by us first, so that nobody else can read what is in it.
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        if settings.database_file is not None:
            _copy_sqlite(settings.database_file, unfinished)
        else:
            _dump_postgresql(settings.database_url, unfinished)
        os.rename(unfinished, target)
    except OSError as error:
        raise Problem(f"{target} cannot be written: {error.strerror}") from None
    finally:
        unfinished.unlink(missing_ok=True)


def _copy_sqlite(source: Path, target: Path) -> None:
    if not source.exists():
        raise Problem(f"SHOWUP_DATABASE_URL: there is no database {source}")
    try:
        reading = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=10)
        writing = sqlite3.connect(target)
        try:
            reading.backup(writing, pages=1000, sleep=0.01)
            # One file and no others beside it, whatever the journal of the original.
            writing.execute("PRAGMA journal_mode=DELETE")
        finally:
            writing.close()
            reading.close()
    except sqlite3.Error as error:
        raise Problem(f"the database cannot be copied: {error}") from None


def _dump_postgresql(url: str, target: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise Problem("pg_dump is not on the PATH: install PostgreSQL's client programs, then try again")
    parsed = make_url(url)
    # The password goes through the environment: a command line can be read by everybody on the machine.
    address = parsed.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    environment = os.environ | ({"PGPASSWORD": str(parsed.password)} if parsed.password else {})
    ended = subprocess.run(  # noqa: S603 - a program found on the PATH, with arguments of ours
        [program, "--format=custom", "--no-password", f"--file={target}", f"--dbname={address}"],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        said = next((line for line in ended.stderr.splitlines() if "error" in line), ended.stderr.strip())
        raise Problem(said or f"pg_dump ended with {ended.returncode}")
