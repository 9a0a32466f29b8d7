"""`showup db`: upgrades, backups that are whole, and a check that finds what is wrong."""

import shutil
import sqlite3
import stat
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from models import clock
from tests.cli.conftest import Command
from tests.cli.stored import Stored


@pytest.fixture
async def stored(migrated_url: str) -> Stored:
    """A sound practice in a database, once of each kind."""
    return await Stored.make(migrated_url)


def test_an_upgrade_says_what_it_did(showup: Command) -> None:
    assert showup("db", "upgrade").out.startswith("The database was empty and is at revision ")
    assert showup("db", "upgrade").out.endswith(" already.\n")


def test_a_database_of_a_newer_version_is_left_alone(showup: Command, folder: Path) -> None:
    assert showup("db", "upgrade").code == 0
    with closing(sqlite3.connect(folder / "showup.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    for command in (("db", "upgrade"), ("db", "check"), ("accounts", "create", "Riverside")):
        ended = showup(*command)
        assert (ended.code, ended.out) == (1, "")
        assert "revision 9999" in ended.err
        assert ended.err.count("\n") == 1


async def test_nothing_stored_is_sound(showup: Command, migrated_url: str) -> None:
    ended = await Stored(migrated_url).check(showup)
    assert (ended.code, ended.out) == (0, "What is stored is sound.\n")


async def test_a_practice_at_work_is_sound(showup: Command, stored: Stored) -> None:
    assert (await stored.check(showup)).out == "What is stored is sound.\n"


async def wrong(showup: Command, stored: Stored, *statements: str) -> str:
    """What the check says after somebody did this to the database."""
    stored.execute(*statements)
    ended = await stored.check(showup)
    assert ended.code == 1
    assert ended.err.startswith("showup: ")
    assert ended.err.count("\n") == 1
    return ended.out


LONG_AGO = (clock.now() - timedelta(hours=3)).strftime("%Y-%m-%d %H:%M:%S.000000")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            f"UPDATE messages SET status = 'sending', attempt_started_at = '{LONG_AGO}' WHERE id = 'msg_sent'",
            "texts have been on their way to the carrier for over two hours: msg_sent",
        ),
        (
            f"UPDATE messages SET status = 'queued', next_attempt_at = '{LONG_AGO}' WHERE id = 'msg_sent'",
            "texts were due over two hours ago and wait for nothing: msg_sent",
        ),
        (
            "UPDATE messages SET carrier_sid = NULL WHERE id = 'msg_sent'",
            "texts the carrier took have no carrier's id: msg_sent",
        ),
        (
            "UPDATE messages SET attempt_started_at = '2026-01-02 12:00:01.000000' WHERE id = 'msg_before_stop'",
            "texts left after the person had opted out: msg_before_stop",
        ),
        (
            "UPDATE messages SET in_reply_to = 'msg_none' WHERE id = 'msg_sent'",
            "texts answer texts that are not there: msg_sent",
        ),
        (
            "UPDATE messages SET reminder_id = 'rem_none' WHERE id = 'msg_sent'",
            "texts belong to reminders that are not there: msg_sent",
        ),
        (
            "UPDATE messages SET appointment_id = 'appt_none' WHERE id = 'msg_sent'",
            "texts belong to appointments that are not there: msg_sent",
        ),
        (
            "UPDATE reminders SET occurrences = 2 WHERE id = 'rem_fired'",
            "reminders fired another number of times than they have texts: rem_fired",
        ),
        (
            "UPDATE reminders SET why = NULL WHERE id = 'rem_missed'",
            "reminders ended without a text and without a reason: rem_missed",
        ),
        (
            f"UPDATE reminders SET next_run_at = '{LONG_AGO}' WHERE id = 'rem_coming'",
            "reminders were due over two hours ago and were neither sent nor recorded as missed: rem_coming",
        ),
        (
            "UPDATE reminders SET next_run_at = NULL WHERE id = 'rem_coming'",
            "reminders are active and never come, or have ended and yet come: rem_coming",
        ),
        (
            "UPDATE appointments SET status = 'cancelled', status_by = 'api', status_at = created_at",
            "cancelled appointments still have active reminders: appt_coming",
        ),
        (
            "UPDATE appointments SET confirmation = 'confirmed'",
            "appointments have an answer without who gave it and when: appt_coming",
        ),
        (
            "UPDATE appointments SET status = 'arrived'",
            "appointments have a status without who set it and when: appt_coming",
        ),
        (
            "UPDATE phone_numbers SET twilio_token_encrypted = 'garbage'",
            "the tokens of these numbers cannot be read with SHOWUP_SECRET_KEY: num_ours",
        ),
    ],
    ids=lambda given: given.partition(":")[0] if ": " in given and "UPDATE" not in given else "",
)
async def test_the_check_finds(showup: Command, stored: Stored, statement: str, said: str) -> None:
    assert said in await wrong(showup, stored, statement)


async def test_the_check_finds_two_texts_of_one_occurrence(showup: Command, stored: Stored) -> None:
    said = await wrong(
        showup,
        stored,
        "DROP INDEX uq_messages_occurrence",
        "UPDATE messages SET reminder_id = 'rem_fired', occurrence = (SELECT occurrence FROM messages"
        " WHERE id = 'msg_sent') WHERE id = 'msg_before_stop'",
    )
    assert "one occurrence of a reminder made several texts: rem_fired" in said


async def test_the_check_finds_one_carriers_id_on_two_texts(showup: Command, stored: Stored) -> None:
    said = await wrong(
        showup, stored, "DROP INDEX uq_messages_carrier_sid", "UPDATE messages SET carrier_sid = 'SM1'"
    )
    assert "one carrier's id stands on several texts: SM1" in said


async def test_a_text_after_a_new_start_is_no_text_after_the_stop(showup: Command, stored: Stored) -> None:
    stored.execute(
        "UPDATE messages SET attempt_started_at = '2026-01-02 14:00:00.000000' WHERE id = 'msg_before_stop'",
        "INSERT INTO consent_changes (id, account_id, recipient_id, sender, state, source, at)"
        " SELECT 'chg_start', account_id, recipient_id, sender, 'subscribed', source,"
        " '2026-01-02 13:00:00.000000' FROM consent_changes",
    )
    assert (await stored.check(showup)).code == 0


async def test_many_broken_rows_are_counted(showup: Command, migrated_sqlite_url: str) -> None:
    stored = await Stored.make(migrated_sqlite_url, texts=9)
    said = await wrong(showup, stored, "UPDATE messages SET carrier_sid = NULL WHERE status = 'delivered'")
    [line] = [line for line in said.splitlines() if "no carrier's id" in line]
    assert line.endswith(" and 7 more")


async def test_the_check_finds_rows_that_refer_to_nothing(showup: Command, migrated_sqlite_url: str) -> None:
    stored = await Stored.make(migrated_sqlite_url)
    said = await wrong(showup, stored, "PRAGMA foreign_keys = OFF", "DELETE FROM agents")
    assert "rows of phone_numbers refer to agents that are not there: 1" in said


async def test_the_check_finds_a_damaged_file(showup: Command, migrated_sqlite_url: str) -> None:
    stored = await Stored.make(migrated_sqlite_url)
    stored.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = Path(migrated_sqlite_url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as database:
        [(page, size)] = database.execute(
            "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_schema"
            " WHERE name = 'ix_messages_account'"
        ).fetchall()
    content = bytearray(path.read_bytes())
    content[(page - 1) * size + 100 : page * size] = bytes(size - 100)
    path.write_bytes(bytes(content))
    ended = await stored.check(showup)
    assert ended.code == 1
    assert "the file is damaged: " in ended.out or "malformed" in ended.err


async def test_a_backup_of_sqlite_is_a_whole_database(
    showup: Command, folder: Path, migrated_sqlite_url: str
) -> None:
    stored = await Stored.make(migrated_sqlite_url)
    # What is committed but still in the journal belongs to it too, while the service has the file open.
    async with stored.holding_open("UPDATE accounts SET name = 'Lakeside'"):
        assert (await stored.run(showup, "db", "backup", "copy.db")).out == "Wrote copy.db.\n"
    assert stat.S_IMODE((folder / "copy.db").stat().st_mode) == 0o600
    assert [file.name for file in folder.iterdir()] == ["copy.db"]
    with closing(sqlite3.connect(folder / "copy.db")) as copy:
        assert copy.execute("SELECT name FROM accounts").fetchall() == [("Lakeside",)]
    copied = stored.elsewhere(f"sqlite:///{folder / 'copy.db'}")
    assert (await copied.check(showup)).out == "What is stored is sound.\n"


def test_a_backup_takes_nothings_place(showup: Command, folder: Path) -> None:
    assert showup("db", "upgrade").code == 0
    for name in ("showup.db", "notes.txt"):
        (folder / "notes.txt").write_text("keep me")
        ended = showup("db", "backup", name)
        assert (ended.code, ended.err) == (
            1,
            f"showup: {name} exists already: give the backup another name\n",
        )
    assert (folder / "notes.txt").read_text() == "keep me"


def test_a_backup_needs_a_database_and_a_place(showup: Command, folder: Path) -> None:
    assert showup("db", "backup", "copy.db").err == (
        "showup: SHOWUP_DATABASE_URL: there is no database showup.db\n"
    )
    assert showup("db", "upgrade").code == 0
    ended = showup("db", "backup", "missing/copy.db")
    assert (ended.code, ended.err) == (1, "showup: missing/copy.db cannot be written: No such file or directory\n")
    assert not list(folder.glob("*.part"))


@pytest.mark.postgresql
async def test_a_backup_of_postgresql_can_be_restored(
    showup: Command,
    folder: Path,
    migrated_postgres_url: str,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
    postgres_programs: Path,
) -> None:
    monkeypatch.setenv("PATH", f"{postgres_programs}:/usr/bin:/bin")
    stored = await Stored.make(migrated_postgres_url)
    ended = await stored.run(showup, "db", "backup", "copy.dump")
    assert (ended.code, ended.err) == (0, "")
    assert stat.S_IMODE((folder / "copy.dump").stat().st_mode) == 0o600
    await stored.restore(postgres_programs / "pg_restore", folder / "copy.dump", postgres_url)
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SELECT name FROM accounts").fetchall() == [("Riverside Dental",)]


@pytest.mark.postgresql
def test_without_pg_dump_the_backup_says_what_to_install(
    showup: Command, folder: Path, migrated_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shutil.which("pg_dump", path=str(folder)) is None
    monkeypatch.setenv("PATH", str(folder))
    ended = showup("db", "backup", "copy.dump", SHOWUP_DATABASE_URL=migrated_postgres_url)
    assert ended.code == 1
    assert ended.err.startswith("showup: pg_dump is not on the PATH: install ")
    assert list(folder.iterdir()) == []
